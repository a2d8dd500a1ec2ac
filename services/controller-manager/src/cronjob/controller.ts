import { deepEqual, isStatus, resources, type CronJob, type Job, type ObjectReference } from '@drydock/api'
import { formatTime } from '@drydock/base'
import type { Result } from '@drydock/controller'
import type { ControllerDefinition } from '../shared/context.ts'
import { controllerOf, controllerRef } from '../shared/owner.ts'
import { isNamespaceTerminating } from '../shared/pod-control.ts'
import { dueTime, endOf, jobName, surplusHistory } from './plan.ts'

const SCHEDULED = 'batch.kubernetes.io/cronjob-scheduled-timestamp'
/** A little after the time, so that a clock that is behind does not come too early. */
const LATE_MS = 100

/** Makes a Job at each time of a schedule. The Job's name is made of the time: however often this runs, there is one. */
export const cronJob: ControllerDefinition = {
  name: 'cronjob-controller',
  create(c) {
    const events = c.recorder('cronjob-controller')
    const cronJobs = c.informers.informer(resources.cronjobs)
    const jobs = c.informers.informer(resources.jobs)
    const key = (o: CronJob | Job) => `${o.metadata?.namespace}/${o.metadata?.name}`
    const say = (cj: CronJob, type: 'Normal' | 'Warning', reason: string, message: string) => events.event({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: cj.metadata }, type, reason, message)
    const reference = (j: Job): ObjectReference => ({ apiVersion: 'batch/v1', kind: 'Job', namespace: j.metadata?.namespace ?? '', name: j.metadata?.name ?? '', uid: j.metadata?.uid ?? '', resourceVersion: j.metadata?.resourceVersion ?? '' })

    async function remove(cj: CronJob, j: Job, signal: AbortSignal): Promise<void> {
      try {
        await c.client.delete(resources.jobs, j.metadata?.name ?? '', { namespace: j.metadata?.namespace ?? '', propagationPolicy: 'Background', preconditions: { uid: j.metadata?.uid ?? '' }, signal })
        say(cj, 'Normal', 'SuccessfulDelete', `Deleted job ${j.metadata?.name}`)
      } catch (e) {
        if (!isStatus(e, 'NotFound')) throw e
      }
    }

    async function isThere(ref: ObjectReference, signal: AbortSignal): Promise<boolean> {
      try {
        await c.client.get(resources.jobs, ref.name ?? '', { namespace: ref.namespace ?? '', signal })
        return true
      } catch (e) {
        if (isStatus(e, 'NotFound')) return false
        throw e
      }
    }

    async function save(cj: CronJob, status: NonNullable<CronJob['status']>, signal: AbortSignal): Promise<CronJob> {
      if (deepEqual(status, cj.status ?? {})) return cj
      return c.client.update(resources.cronjobs, { ...cj, status }, { namespace: cj.metadata?.namespace ?? '', subresource: 'status', signal })
    }

    /** What the list of active Jobs and the Jobs there are tell differently may only be late in the view: then the API's own word counts. */
    async function fresh(cj: CronJob, own: readonly Job[], signal: AbortSignal): Promise<CronJob> {
      const listed = (of: CronJob, j: Job) => of.status?.active?.some((r) => r.uid === j.metadata?.uid)
      const unknown = (of: CronJob) => own.filter((j) => !endOf(j) && j.metadata?.deletionTimestamp === undefined && !listed(of, j))
      if (unknown(cj).length === 0 && (cj.status?.active ?? []).every((r) => own.some((j) => j.metadata?.uid === r.uid))) return cj
      const live = await c.client.get(resources.cronjobs, cj.metadata?.name ?? '', { namespace: cj.metadata?.namespace ?? '', signal })
      for (const j of unknown(live)) say(live, 'Warning', 'UnexpectedJob', `Saw a job that the controller did not create or forgot: ${j.metadata?.name}`)
      return live
    }

    /** Jobs that ended leave the list of active ones; what is too old goes. */
    async function lookBack(seen: CronJob, own: readonly Job[], signal: AbortSignal): Promise<CronJob> {
      const cj = await fresh(seen, own, signal)
      const status = { ...cj.status }
      const surplus = surplusHistory(cj, own)
      for (const j of surplus) await remove(cj, j, signal)
      const removed = new Set(surplus.map((j) => j.metadata?.uid))
      const active: ObjectReference[] = []
      for (const ref of status.active ?? []) {
        if (removed.has(ref.uid)) continue
        const j = own.find((x) => x.metadata?.uid === ref.uid)
        const end = j && endOf(j)
        if (end) say(cj, 'Normal', 'SawCompletedJob', `Saw completed job: ${ref.name}, condition: ${end.type}`)
        else if (j || await isThere(ref, signal)) active.push(ref)
        else say(cj, 'Normal', 'MissingJob', `Active job went missing: ${ref.name}`)
      }
      for (const j of own) {
        const done = endOf(j, 'Complete') ? j.status?.completionTime : undefined
        if (done && done > (status.lastSuccessfulTime ?? '')) status.lastSuccessfulTime = done
      }
      if (active.length > 0) status.active = active
      else delete status.active
      return save(cj, status, signal)
    }

    async function start(cj: CronJob, at: number, own: readonly Job[], signal: AbortSignal): Promise<void> {
      if (cj.spec?.concurrencyPolicy === 'Forbid' && (cj.status?.active?.length ?? 0) > 0) {
        say(cj, 'Normal', 'JobAlreadyActive', `Not starting job because prior execution is running and concurrency policy is Forbid`)
        return
      }
      if (cj.spec?.concurrencyPolicy === 'Replace') for (const ref of cj.status?.active ?? []) { const j = own.find((x) => x.metadata?.uid === ref.uid); if (j) await remove(cj, j, signal) }
      const name = jobName(cj, at)
      const template = cj.spec?.jobTemplate
      const job: Job = {
        apiVersion: 'batch/v1', kind: 'Job',
        metadata: {
          name, namespace: cj.metadata?.namespace ?? '', ownerReferences: [controllerRef(resources.cronjobs, cj)], ...(template?.metadata?.labels && { labels: template.metadata.labels }),
          annotations: { ...template?.metadata?.annotations, [SCHEDULED]: formatTime(at) },
        },
        ...(template?.spec && { spec: structuredClone(template.spec) }),
      }
      let made: Job
      try {
        made = await c.client.create(resources.jobs, job, { namespace: cj.metadata?.namespace ?? '', signal })
        say(cj, 'Normal', 'SuccessfulCreate', `Created job ${name}`)
      } catch (e) {
        if (isNamespaceTerminating(e)) return
        if (!isStatus(e, 'AlreadyExists')) {
          say(cj, 'Warning', 'FailedCreate', `Error creating job: ${(e as Error).message}`)
          throw e
        }
        made = await c.client.get(resources.jobs, name, { namespace: cj.metadata?.namespace ?? '', signal })
        if (controllerOf(made)?.uid !== cj.metadata?.uid) return
      }
      const kept = cj.spec?.concurrencyPolicy === 'Replace' ? [] : cj.status?.active ?? []
      const active = endOf(made) || kept.some((r) => r.uid === made.metadata?.uid) ? kept : [...kept, reference(made)]
      await save(cj, { ...cj.status, ...(active.length > 0 && { active }), lastScheduleTime: formatTime(at) }, signal)
    }

    const controller = c.controller({
      name: 'cronjob-controller',
      workers: 5,
      async reconcile(k, signal): Promise<Result> {
        const seen = cronJobs.store.get(k)
        if (!seen || seen.metadata?.deletionTimestamp !== undefined) return
        const own = jobs.store.list(seen.metadata?.namespace).filter((j) => controllerOf(j)?.uid === seen.metadata?.uid)
        const cj = await lookBack(seen, own, signal)
        if (cj.spec?.suspend) return
        const now = c.clock.now()
        let due
        try {
          due = dueTime(cj, now)
        } catch (e) {
          say(cj, 'Warning', 'UnparseableSchedule', `unparseable schedule: ${JSON.stringify(cj.spec?.schedule)} : ${(e as Error).message}`)
          return
        }
        if (due.missed > 100) say(cj, 'Warning', 'TooManyMissedTimes', 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew')
        if (due.at !== undefined) await start(cj, due.at, own, signal)
        return due.nextMs === undefined ? undefined : { requeueAfterMs: due.nextMs - c.clock.now() + LATE_MS }
      },
    })
    cronJobs.on({ add: (o) => controller.enqueue(key(o)), update: (o, old) => { if (!deepEqual(o.spec, old.spec)) controller.enqueue(key(o)) } })
    const ofJob = (j: Job) => { const ref = controllerOf(j); if (ref?.kind === 'CronJob') controller.enqueue(`${j.metadata?.namespace}/${ref.name}`) }
    jobs.on({ add: ofJob, update: ofJob, delete: ofJob })
    return controller
  },
}
