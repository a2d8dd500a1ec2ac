import { hostname } from 'node:os'
import { realClock, runGroup, systemRandom } from '@drydock/base'
import { connect } from '@drydock/client'
import { runWhenLeader } from '@drydock/controller'
import { addInformerMetrics, Counter, Gauge, Histogram, runService, tlsFiles } from '@drydock/service'
import { flags } from './config.ts'
import { Scheduler } from './src/scheduler.ts'

await runService({
  name: 'kube-scheduler',
  description: 'Finds a node for every pod.',
  flags,
  create({ flags: f, log, metrics }) {
    const clock = realClock
    // The informers start when this process leads: their first lists are read after the last leader's writes.
    const connection = connect({ server: f.server, natsServers: f.natsServers, ...tlsFiles(f), name: 'kube-scheduler', log })
    const { client, informers } = connection
    addInformerMetrics(metrics, informers)
    const events = connection.recorder(f.schedulerName)
    const attempts = new Counter({ name: 'scheduler_schedule_attempts_total', help: 'Number of attempts to schedule pods, by the result.', labelNames: ['result', 'profile'], registers: [metrics] })
    const duration = new Histogram({ name: 'scheduler_scheduling_algorithm_duration_seconds', help: 'Scheduling algorithm latency in seconds', buckets: [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1], registers: [metrics] })
    const pending = new Gauge({ name: 'scheduler_pending_pods', help: 'Number of pending pods, by the queue type.', labelNames: ['queue'], registers: [metrics] })

    async function lead(signal: AbortSignal): Promise<void> {
      const scheduler = new Scheduler({
        client, informers, events, clock, random: systemRandom, log, schedulerName: f.schedulerName, percentageOfNodesToScore: f.percentageOfNodesToScore,
        onAttempt(result, seconds) {
          attempts.inc({ result, profile: f.schedulerName })
          duration.observe(seconds)
        },
      })
      Object.assign(pending, { collect() { for (const [queue, n] of Object.entries(scheduler.queue.sizes)) pending.set({ queue }, n) } })
      await runGroup(signal, [(s) => informers.run(s), (s) => scheduler.run(s)])
    }

    const elected = (signal: AbortSignal): Promise<void> => runWhenLeader({
      client, log, name: f.leaderElectResourceName || 'kube-scheduler', namespace: f.leaderElectResourceNamespace, identity: `${hostname()}_${systemRandom.uuid()}`,
      leaseDurationMs: f.leaderElectLeaseDuration, renewDeadlineMs: f.leaderElectRenewDeadline, retryPeriodMs: f.leaderElectRetryPeriod,
    }, signal, lead)

    return {
      async run(signal) {
        try {
          await (f.leaderElect ? elected(signal) : lead(signal))
        } finally {
          // Last, for on the way out the Lease is given up and events are sent.
          await events.flush(AbortSignal.timeout(2000)).catch(() => {})
          client.close()
        }
      },
    }
  },
})
