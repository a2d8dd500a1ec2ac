import { isStatus, resources, type Job } from '@drydock/api'
import type { Result } from '@drydock/controller'
import type { ControllerDefinition } from '../shared/context.ts'

/** When a finished Job is to be deleted; undefined where it is not, or has not ended. Pure. */
export function expiry(job: Job): number | undefined {
  const ttl = job.spec?.ttlSecondsAfterFinished
  const end = job.status?.conditions?.find((c) => (c.type === 'Complete' || c.type === 'Failed') && c.status === 'True')
  return ttl === undefined || !end ? undefined : Date.parse(end.lastTransitionTime ?? '') + ttl * 1000
}

/** Deletes Jobs that ended long enough ago. Reads the Job once more before: its time may have been prolonged. */
export const ttlAfterFinished: ControllerDefinition = {
  name: 'ttl-after-finished-controller',
  create(c) {
    const jobs = c.informers.informer(resources.jobs)
    const controller = c.controller({
      name: 'ttl-after-finished-controller',
      workers: 2,
      async reconcile(key, signal): Promise<Result> {
        const seen = jobs.store.get(key)
        const at = seen && seen.metadata?.deletionTimestamp === undefined ? expiry(seen) : undefined
        if (at === undefined) return
        if (at > c.clock.now()) return { requeueAfterMs: at - c.clock.now() }
        const { namespace = '', name = '', uid = '' } = seen!.metadata ?? {}
        try {
          const live = await c.client.get(resources.jobs, name, { namespace, signal })
          const now = expiry(live)
          if (live.metadata?.uid !== uid || now === undefined || now > c.clock.now()) return
          await c.client.delete(resources.jobs, name, { namespace, propagationPolicy: 'Foreground', preconditions: { uid }, signal })
        } catch (e) {
          if (!isStatus(e, 'NotFound')) throw e
        }
      },
    })
    const seen = (j: Job) => { if (expiry(j) !== undefined) controller.enqueue(`${j.metadata?.namespace}/${j.metadata?.name}`) }
    jobs.on({ add: seen, update: seen })
    return controller
  },
}
