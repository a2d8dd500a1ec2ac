import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { realClock, runGroup, systemRandom } from '@drydock/base'
import { connect, type EventRecorder } from '@drydock/client'
import { createController, runWhenLeader } from '@drydock/controller'
import { addInformerMetrics, runService, tlsFiles } from '@drydock/service'
import { flags, isEnabled } from './config.ts'
import { controllers, type ControllerContext } from './src/index.ts'

await runService({
  name: 'kube-controller-manager',
  description: 'Runs the controllers that bring the cluster from what is to what is asked for.',
  flags,
  create({ flags: f, log, metrics }) {
    const clock = realClock
    const files = tlsFiles(f)
    // The informers start when this process leads: their first lists are read after the last leader's writes.
    const connection = connect({ server: f.server, natsServers: f.natsServers, ...files, name: 'kube-controller-manager', log })
    const { client, informers } = connection
    addInformerMetrics(metrics, informers)
    const recorders = new Map<string, EventRecorder>()
    const recorder = (component: string): EventRecorder => {
      let r = recorders.get(component)
      if (!r) recorders.set(component, (r = connection.recorder(component)))
      return r
    }
    const settings = {
      rootCa: readFileSync(f.rootCaFile || files.caFile, 'utf8'), allocateNodeCidrs: f.allocateNodeCidrs, clusterCidr: f.clusterCidr, nodeCidrMaskSize: f.nodeCidrMaskSize,
      nodeMonitorPeriodMs: f.nodeMonitorPeriod, nodeMonitorGracePeriodMs: f.nodeMonitorGracePeriod, terminatedPodGcThreshold: f.terminatedPodGcThreshold,
    }

    async function lead(signal: AbortSignal): Promise<void> {
      const context: ControllerContext = { client, informers, clock, random: systemRandom, log, settings, recorder, controller: (o) => createController(o, { log, clock }) }
      const chosen = controllers.filter((c) => isEnabled(c.name, f.controllers))
      const running = chosen.map((c) => c.create(context))
      log.info({ controllers: chosen.map((c) => c.name) }, 'starting controllers')
      await runGroup(signal, [
        (s) => informers.run(s),
        async (s) => {
          await informers.synced(s)
          await runGroup(s, running.map((r) => (own) => r.run(own)))
        },
      ])
    }

    const elected = (signal: AbortSignal): Promise<void> => runWhenLeader({
      client, log, name: f.leaderElectResourceName || 'kube-controller-manager', namespace: f.leaderElectResourceNamespace, identity: `${hostname()}_${systemRandom.uuid()}`,
      leaseDurationMs: f.leaderElectLeaseDuration, renewDeadlineMs: f.leaderElectRenewDeadline, retryPeriodMs: f.leaderElectRetryPeriod,
    }, signal, lead)

    return {
      async run(signal) {
        try {
          await (f.leaderElect ? elected(signal) : lead(signal))
        } finally {
          // Last, for on the way out the Lease is given up and events are sent.
          await Promise.all([...recorders.values()].map((r) => r.flush(AbortSignal.timeout(2000)).catch(() => {})))
          client.close()
        }
      },
    }
  },
})
