import { FieldError, fieldForbidden, invalid } from '@drydock/api'
import type { Container, Pod } from '@drydock/api'
import { semanticEqual } from '../lib/equal.ts'
import type { Errors } from '../lib/validate.ts'
import { qosClass } from './pod-spec/qos.ts'
import { validateAnyPod } from './pod-spec/validate/index.ts'
import { MIRROR } from './pod-update.ts'

const lists = ['initContainers', 'containers'] as const
const amounts = ['limits', 'requests'] as const
const resizable = ['cpu', 'memory'] as const

/** ValidatePodResize: amounts of CPU and memory may change, the class of service may not. */
export function validatePodResize(pod: Pod, old: Pod): Errors {
  const never = unresizable(pod, old)
  if (never) return [new FieldError('Forbidden', '[]', '', never)]
  const counts = lists.filter((l) => (pod.spec![l]?.length ?? 0) !== (old.spec![l]?.length ?? 0)).reverse()
  if (counts.length) return counts.map((l) => fieldForbidden(`spec.${l}`, 'resize may not add or remove containers'))
  const out = validateAnyPod(pod)
  if (qosClass(pod.spec!) !== qosClass(old.spec!)) out.push(invalid('spec', qosClass(old.spec!), 'Pod QOS Class may not change as a result of resizing'))
  for (const l of lists) for (const [i, c] of (old.spec![l] ?? []).entries()) if (l === 'containers' || c.restartPolicy === 'Always') out.push(...removed(`spec.${l}[${i}].resources`, pod.spec![l]![i]!, c))
  for (const l of [...lists].reverse()) for (const [i, c] of (old.spec![l] ?? []).entries()) out.push(...others(l, pod.spec![l]![i]!, c))
  return out
}

function unresizable(pod: Pod, old: Pod): string | undefined {
  const whole = (p: Pod) => Object.keys({ ...p.spec?.resources?.limits, ...p.spec?.resources?.requests }).length > 0
  if (whole(old) || whole(pod)) return 'pods with pod-level resources cannot be resized'
  if (old.metadata?.annotations?.[MIRROR] !== undefined) return 'static pods cannot be resized'
  return old.spec?.os?.name === 'windows' ? 'windows pods cannot be resized' : undefined
}

/** What was asked for or limited may be another amount, but not nothing. */
const removed = (path: string, now: Container, was: Container): Errors => [...amounts].reverse().flatMap((part) =>
  (Object.keys(was.resources?.[part] ?? {}).some((k) => now.resources?.[part]?.[k] === undefined) ? [fieldForbidden(`${path}.${part}`, `resource ${part} cannot be removed`)] : []))

/** Anything but CPU and memory of a container that runs for as long as the pod. */
function others(list: (typeof lists)[number], now: Container, was: Container): Errors {
  const sidecar = list === 'initContainers' && now.restartPolicy === 'Always'
  if (list === 'initContainers' && !sidecar) return semanticEqual(now, was) ? [] : [fieldForbidden('spec', 'resources for non-sidecar init containers are immutable')]
  if (semanticEqual(withAmountsOf(now, was), was)) return []
  return [fieldForbidden('spec', `only cpu and memory resources${sidecar ? ' for sidecar containers' : ''} are mutable`)]
}

/** The container with the CPU and memory of another; without any list that the other has not. */
function withAmountsOf(c: Container, from: Container): Container {
  const resources: NonNullable<Container['resources']> = {}
  for (const part of amounts) {
    const old = from.resources?.[part]
    if (!old) continue
    const list = { ...c.resources?.[part] }
    for (const k of resizable) {
      if (old[k] === undefined) delete list[k]
      else list[k] = old[k]
    }
    resources[part] = list
  }
  if (from.resources?.claims) resources.claims = from.resources.claims
  return { ...c, resources }
}
