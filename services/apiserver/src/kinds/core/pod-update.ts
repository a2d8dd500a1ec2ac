import { fieldForbidden, inclusiveRange, invalid, required } from '@drydock/api'
import type { Container, NodeAffinity, NodeSelectorTerm, Pod, PodSpec, Toleration } from '@drydock/api'
import { ephemeralDiff, goNodeTerms, podSpecDiff } from '../lib/go-struct.ts'
import { sortedMap } from '../lib/selector.ts'
import { semanticEqual } from '../lib/equal.ts'
import type { Errors } from '../lib/validate.ts'
import { APPARMOR, podAnnotations } from './pod-spec/validate/annotations.ts'
import { validateAnyPod } from './pod-spec/validate/index.ts'

/** ValidatePodUpdate: of a pod's spec little may change once it is there. */
export function validatePodUpdate(pod: Pod, old: Pod): Errors {
  const out = [...validateAnyPod(pod, old), ...annotationChanges(pod, old)]
  const now = pod.spec!
  const was = old.spec!
  for (const list of ['containers', 'initContainers'] as const) {
    if ((now[list]?.length ?? 0) !== (was[list]?.length ?? 0)) return [...out, fieldForbidden(`spec.${list}`, 'pod updates may not add or remove containers')]
    out.push(...images(`spec.${list}`, now[list]))
  }
  const deadline = deadlineChange(now, was)
  out.push(...deadline.errors)
  if (deadline.stop) return out
  out.push(...onlyAddedTolerations(now.tolerations, was.tolerations), ...onlyRemovedGates(now, was))
  if (semanticEqual(now, was)) return out
  const rest = munged(now, was)
  if (was.schedulingGates?.length) out.push(...gatedPlacement(rest as unknown as Record<string, unknown>, now, was))
  for (const k of Object.keys(rest) as Array<keyof PodSpec>) if (rest[k] === undefined) delete rest[k]
  if (!semanticEqual(rest, was)) out.push(fieldForbidden('spec', `pod updates may not change fields other than ${changeable.join(',')}${podSpecDiff(was, rest)}`))
  return out
}

export const MIRROR = 'kubernetes.io/config.mirror'

/** ValidatePodSpecificAnnotationUpdates: what annotations promised of AppArmor and mirrors stays, and all of them are checked again. */
export function annotationChanges(pod: Pod, old: Pod): Errors {
  const now = pod.metadata?.annotations ?? {}, was = old.metadata?.annotations ?? {}
  const out: Errors = []
  const say = (k: string, how: string) => {
    if (k.startsWith(APPARMOR)) out.push(fieldForbidden(`metadata.annotations[${k}]`, `may not ${how} AppArmor annotations`))
    if (k === MIRROR) out.push(fieldForbidden(`metadata.annotations[${k}]`, `may not ${how} mirror pod annotation`))
  }
  for (const k in was) if (now[k] !== was[k]) say(k, 'remove or update')
  for (const k in now) if (was[k] === undefined) say(k, 'add')
  return [...out, ...podAnnotations('metadata.annotations', now, pod.spec!)]
}

export const changeable = [
  '`spec.containers[*].image`', '`spec.initContainers[*].image`', '`spec.activeDeadlineSeconds`', '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
]

const images = (path: string, list: readonly Container[] | undefined): Errors =>
  (list ?? []).flatMap((c, i) => (!c.image ? [required(`${path}[${i}].image`)] : c.image.trim() !== c.image ? [invalid(`${path}[${i}].image`, c.image, 'must not have leading or trailing whitespace')] : []))

const INT32_MAX = 2147483647

/** A deadline may be set, and come nearer. */
function deadlineChange(now: PodSpec, was: PodSpec): { errors: Errors, stop: boolean } {
  const path = 'spec.activeDeadlineSeconds'
  const next = now.activeDeadlineSeconds
  const last = was.activeDeadlineSeconds
  if (next === undefined) return { errors: last === undefined ? [] : [invalid(path, null, 'must not update from a positive integer to nil value')], stop: false }
  if (next < 0 || next > INT32_MAX) return { errors: [invalid(path, next, inclusiveRange(0, INT32_MAX))], stop: true }
  if (last !== undefined && last < next) return { errors: [invalid(path, next, 'must be less than or equal to previous value')], stop: true }
  return { errors: [], stop: false }
}

function onlyAddedTolerations(now: readonly Toleration[] | undefined, was: readonly Toleration[] | undefined): Errors {
  const same = (a: Toleration, b: Toleration) => semanticEqual({ ...a, tolerationSeconds: undefined }, { ...b, tolerationSeconds: undefined })
  return (was ?? []).every((w) => (now ?? []).some((n) => same(n, w))) ? [] : [fieldForbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')]
}

function onlyRemovedGates(now: PodSpec, was: PodSpec): Errors {
  const old = new Set(was.schedulingGates?.map((g) => g.name))
  return (now.schedulingGates ?? []).flatMap((g, i) => (old.has(g.name) ? [] : [fieldForbidden(`spec.schedulingGates[${i}].name`, `only deletion is allowed, but found new scheduling gate '${g.name}'`)]))
}

/** The new spec with everything that may change taken from the old one. */
export function munged(now: PodSpec, was: PodSpec): PodSpec {
  const withImages = (list: Container[] | undefined, from: Container[] | undefined) => list?.map((c, i) => ({ ...c, image: from?.[i]?.image ?? '' }))
  const out: Record<string, unknown> = { ...now, tolerations: was.tolerations, activeDeadlineSeconds: was.activeDeadlineSeconds, schedulingGates: was.schedulingGates }
  if (now.containers) out.containers = withImages(now.containers, was.containers)
  if (now.initContainers) out.initContainers = withImages(now.initContainers, was.initContainers)
  if ((was.terminationGracePeriodSeconds ?? 0) < 0 && now.terminationGracePeriodSeconds === 1) out.terminationGracePeriodSeconds = was.terminationGracePeriodSeconds
  for (const k of Object.keys(out)) if (out[k] === undefined) delete out[k]
  return out as unknown as PodSpec
}

const NODE_AFFINITY = 'spec.affinity.nodeAffinity'
const REQUIRED_TERMS = `${NODE_AFFINITY}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`

/** A gated pod's placement may still be narrowed: node selectors added, node affinity made stricter. What may change is taken out of `out`. */
function gatedPlacement(out: Record<string, unknown>, now: PodSpec, was: PodSpec): Errors {
  const errors: Errors = []
  if (!semanticEqual(now.nodeSelector, was.nodeSelector)) {
    const narrowed = Object.entries(was.nodeSelector ?? {}).every(([k, v]) => now.nodeSelector?.[k] === v)
    if (!narrowed) errors.push(invalid('spec.nodeSelector', sortedMap(now.nodeSelector), 'only additions to spec.nodeSelector are allowed (no mutations or deletions)'))
    out.nodeSelector = was.nodeSelector
  }
  const [next, last] = [now.affinity?.nodeAffinity, was.affinity?.nodeAffinity]
  if (semanticEqual(next, last)) return errors
  errors.push(...nodeAffinityChange(next, last))
  const { nodeAffinity: _n, ...others } = now.affinity ?? {}
  if (last) out.affinity = { ...others, nodeAffinity: last }
  else if (was.affinity === undefined && Object.keys(others).length === 0) out.affinity = undefined
  else out.affinity = others
  return errors
}

/** validateNodeAffinityMutation. */
function nodeAffinityChange(now: NodeAffinity | undefined, was: NodeAffinity | undefined): Errors {
  const [next, last] = [now?.requiredDuringSchedulingIgnoredDuringExecution, was?.requiredDuringSchedulingIgnoredDuringExecution]
  if (!last) return []
  const terms = next?.nodeSelectorTerms ?? []
  if (last.nodeSelectorTerms.length > 0 && last.nodeSelectorTerms.length !== terms.length) return [invalid(REQUIRED_TERMS, next?.nodeSelectorTerms ? goNodeTerms(terms) : null, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed')]
  return last.nodeSelectorTerms.flatMap((t, i) => (narrows(terms[i]!, t) ? [] : [invalid(`${REQUIRED_TERMS}[${i}]`, goNodeTerms(terms)[i], 'only additions are allowed (no mutations or deletions)')]))
}

/** A term without anything stays so: it selects nothing. */
function narrows(now: NodeSelectorTerm, was: NodeSelectorTerm): boolean {
  if (!was.matchExpressions?.length && !was.matchFields?.length) return !now.matchExpressions?.length && !now.matchFields?.length
  return (['matchExpressions', 'matchFields'] as const).every((f) => (was[f] ?? []).every((e, i) => semanticEqual(e, now[f]?.[i])))
}

/** Ephemeral containers may be added, never changed or taken away. */
export function validateEphemeralUpdate(pod: Pod, old: Pod): Errors {
  if (old.metadata?.annotations?.[MIRROR] !== undefined) return [fieldForbidden('[]', 'static pods do not support ephemeral containers')]
  const out = [...validateAnyPod(pod), ...annotationChanges(pod, old)]
  const now = new Map((pod.spec!.ephemeralContainers ?? []).map((c) => [c.name, c]))
  for (const c of old.spec!.ephemeralContainers ?? []) {
    const next = now.get(c.name)
    if (!next) out.push(fieldForbidden('spec.ephemeralContainers', `existing ephemeral containers ${JSON.stringify(c.name)} may not be removed\n`))
    else if (!semanticEqual(next, c)) out.push(fieldForbidden('spec.ephemeralContainers', `existing ephemeral containers ${JSON.stringify(c.name)} may not be changed${ephemeralDiff(c, next)}`))
  }
  return out
}
