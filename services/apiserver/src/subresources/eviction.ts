import { StatusError, badRequest, conflict, forbidden, invalidStatus, isStatus, labelMatcher, notSupported, resources } from '@drydock/api'
import type { DeleteOptions, Pod, PodDisruptionBudget } from '@drydock/api'
import { formatTime } from '@drydock/base'
import { getFresh, plainError, success } from './lib.ts'
import { setPodCondition } from './pod-conditions.ts'
import type { Action, ActionParts, ActionRequest } from './types.ts'

/**
 * Deletes a pod if its disruption budget lets it (pkg/registry/core/pod/storage/eviction.go): the budget is counted down in
 * the store first, so that any number of evictions at once take no more than it allows.
 */
export function evictionAction(parts: ActionParts): Action {
  return { resource: resources.pods, subresource: 'eviction', kind: { group: 'policy', version: 'v1', kind: 'Eviction' }, olderVersions: ['v1beta1'], create: (r) => evict(parts, r) }
}

const attempts = 5

async function evict(parts: ActionParts, r: ActionRequest): Promise<{ code: number, object: unknown }> {
  if (r.name !== (r.object.metadata?.['name'] ?? '')) throw badRequest('name in URL does not match name in Eviction object')
  await r.admit(r.object)
  const options = deleteOptions(r)
  const done = { code: 201, object: success(201) }
  let pod = await getFresh(parts, resources.pods, r.namespace, r.name, r.signal)
  for (let attempt = 1; budgetless(pod); attempt++) {
    try {
      await remove(parts, r, guarded(options, unfinished(pod) ? pod : undefined))
      return done
    } catch (e) {
      if (!isStatus(e, 'Conflict') || options.preconditions?.resourceVersion || options.preconditions?.uid || attempt >= attempts) throw e
      pod = await parts.writer.update(resources.pods, r.namespace, r.name, () => undefined, { signal: r.signal })
    }
  }
  const { budget, countedUnhealthy } = await pass(parts, r, pod, options)
  try {
    await remove(parts, r, guarded(options, countedUnhealthy ? pod : undefined))
  } catch (e) {
    if (isStatus(e, 'Conflict') && countedUnhealthy && budget && !options.preconditions?.resourceVersion) throw stillProcessed(budget)
    throw e
  }
  return done
}

function deleteOptions(r: ActionRequest): DeleteOptions {
  const given = (r.object['deleteOptions'] ?? {}) as DeleteOptions
  if (given.dryRun?.length && (given.dryRun.length > 1 || given.dryRun[0] !== 'All')) {
    throw invalidStatus({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [notSupported('dryRun', given.dryRun as never, ['All'])])
  }
  return r.dryRun || given.dryRun?.length ? { ...given, dryRun: ['All'] } : given
}

const finished = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed' || pod.metadata?.deletionTimestamp !== undefined
const unfinished = (pod: Pod): boolean => !finished(pod)
/** Pods that a budget does not count: finished, not yet running, or going anyway. */
const budgetless = (pod: Pod): boolean => finished(pod) || pod.status?.phase === 'Pending'
const isReady = (pod: Pod): boolean => pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false

/** Adds the pod's version as a precondition: it may have become running, or ready, since it was looked at. */
function guarded(o: DeleteOptions, pod: Pod | undefined): DeleteOptions {
  if (!pod || o.preconditions?.resourceVersion) return o
  return { ...o, preconditions: { ...o.preconditions, resourceVersion: pod.metadata?.resourceVersion } }
}

/** Throws unless the pod's budget lets it go, having counted it down. */
async function pass(parts: ActionParts, r: ActionRequest, pod: Pod, o: DeleteOptions): Promise<{ budget?: string, countedUnhealthy: boolean }> {
  const budgets = parts.reader.list(resources.poddisruptionbudgets, r.namespace).filter((b) => labelMatcher(b.spec?.selector)(pod.metadata?.labels))
  if (budgets.length > 1) throw plainError('This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.')
  const [budget] = budgets
  if (!budget) return { countedUnhealthy: false }
  const name = budget.metadata?.name ?? ''
  if (!isReady(pod)) {
    const { currentHealthy = 0, desiredHealthy = 0 } = budget.status ?? {}
    if (budget.spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow' || (currentHealthy >= desiredHealthy && desiredHealthy > 0)) return { budget: name, countedUnhealthy: true }
  }
  await parts.writer.update(resources.poddisruptionbudgets, r.namespace, name, (b) => countDown(b, r.name, parts.clock.now()), { dryRun: !!o.dryRun?.length, signal: r.signal })
  return { budget: name, countedUnhealthy: false }
}

const maxDisruptedPods = 2000

function countDown(b: PodDisruptionBudget, pod: string, now: number): PodDisruptionBudget {
  const name = b.metadata?.name ?? '', s = { ...b.status } as NonNullable<PodDisruptionBudget['status']>
  const refuse = (why: string) => forbidden({ group: 'policy', resource: 'poddisruptionbudget' }, name, why)
  if ((s.observedGeneration ?? 0) < (b.metadata?.generation ?? 0)) throw stillProcessed(name)
  if ((s.disruptionsAllowed ?? 0) < 0) throw refuse('pdb disruptions allowed is negative')
  if (Object.keys(s.disruptedPods ?? {}).length > maxDisruptedPods) throw refuse('DisruptedPods map too big - too many evictions not confirmed by PDB controller')
  if (!s.disruptionsAllowed) throw tooMany(`The disruption budget ${name} ${whyNone(s)}`, 0)
  s.disruptionsAllowed--
  s.disruptedPods = { ...s.disruptedPods, [pod]: formatTime(now) }
  if (s.disruptionsAllowed === 0) s.conditions = insufficient(s, now)
  return { ...b, status: s }
}

function whyNone(s: NonNullable<PodDisruptionBudget['status']>): string {
  const condition = s.conditions?.find((c) => c.type === 'DisruptionAllowed'), said = condition?.status === 'False' && condition.message ? condition : undefined
  // What was counted is not to be trusted when the count failed.
  if (said?.reason === 'SyncFailed') return `does not allow evicting pods currently because it failed sync: ${said.message}`
  if ((s.currentHealthy ?? 0) <= (s.desiredHealthy ?? 0)) return `needs ${s.desiredHealthy ?? 0} healthy pods and has ${s.currentHealthy ?? 0} currently`
  return `does not allow evicting pods currently${said ? ` (${said.reason}): ${said.message}` : ''}`
}

function insufficient(s: NonNullable<PodDisruptionBudget['status']>, now: number): NonNullable<NonNullable<PodDisruptionBudget['status']>['conditions']> {
  const type = 'DisruptionAllowed'
  const old = s.conditions?.find((c) => c.type === type)
  const next = {
    type, status: 'False', reason: 'InsufficientPods', message: '', ...(s.observedGeneration !== undefined && { observedGeneration: s.observedGeneration }),
    lastTransitionTime: old?.status === 'False' ? old.lastTransitionTime : formatTime(now),
  }
  return old ? s.conditions!.map((c) => (c === old ? next : c)) : [...s.conditions ?? [], next]
}

const stillProcessed = (budget: string) => tooMany(`The disruption budget ${budget} is still being processed by the server.`, 10)

function tooMany(cause: string, retryAfterSeconds: number): StatusError {
  return new StatusError({
    reason: 'TooManyRequests', message: 'Cannot evict pod as it would violate the pod\'s disruption budget.',
    details: { ...(retryAfterSeconds && { retryAfterSeconds }), causes: [{ reason: 'DisruptionBudget', message: cause }] },
  })
}

/** Says on the pod why it goes, then deletes it. */
async function remove(parts: ActionParts, r: ActionRequest, o: DeleteOptions): Promise<void> {
  const dryRun = !!o.dryRun?.length
  let preconditions = o.preconditions
  if (!dryRun) {
    const marked = await parts.writer.update(resources.pods, r.namespace, r.name, (pod) => {
      checkPreconditions(pod, preconditions)
      setPodCondition(pod, { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' }, parts.clock.now())
      return pod
    }, { signal: r.signal })
    if (preconditions?.resourceVersion) preconditions = { ...preconditions, resourceVersion: marked.metadata?.resourceVersion }
  }
  await parts.writer.delete(resources.pods, r.namespace, r.name, { ...o, ...(preconditions && { preconditions }) }, { dryRun, signal: r.signal })
}

function checkPreconditions(pod: Pod, p: DeleteOptions['preconditions']): void {
  const fail = (what: string, wanted: string, found: string | undefined) => conflict({ group: '', resource: 'Pod' }, pod.metadata?.name ?? '',
    `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${found}). The object might have been ${what === 'UID' ? 'deleted and then recreated' : 'modified'}`)
  if (p?.uid && p.uid !== pod.metadata?.uid) throw fail('UID', p.uid, pod.metadata?.uid)
  if (p?.resourceVersion && p.resourceVersion !== pod.metadata?.resourceVersion) throw fail('ResourceVersion', p.resourceVersion, pod.metadata?.resourceVersion)
}
