import type { Pod, ResourceQuota } from '@drydock/api'

/** A scope of a quota as one test, whichever of the two ways it is written. */
export interface Scope { name: string, operator: string, values: readonly string[] }

export function scopesOf(q: ResourceQuota): Scope[] {
  return [
    ...(q.spec?.scopes ?? []).map((name) => ({ name, operator: 'Exists', values: [] })),
    ...(q.spec?.scopeSelector?.matchExpressions ?? []).map((e) => ({ name: e.scopeName, operator: e.operator, values: e.values ?? [] })),
  ]
}

export function hasScope(s: Scope, pod: Pod): boolean {
  switch (s.name) {
    case 'Terminating': return isTerminating(pod)
    case 'NotTerminating': return !isTerminating(pod)
    case 'BestEffort': return isBestEffort(pod)
    case 'NotBestEffort': return !isBestEffort(pod)
    case 'PriorityClass': return matchesClass(s, pod.spec?.priorityClassName ?? '')
    case 'CrossNamespacePodAffinity': return crossesNamespaces(pod)
    default: return false
  }
}

const isTerminating = (pod: Pod): boolean => (pod.spec?.activeDeadlineSeconds ?? -1) >= 0

/** No container asks for cpu or memory (qos.GetPodQOS). */
function isBestEffort(pod: Pod): boolean {
  const asks = (a: Record<string, string> | undefined) => Object.entries(a ?? {}).some(([k, v]) => (k === 'cpu' || k === 'memory') && v !== '0')
  return ![...pod.spec?.containers ?? [], ...pod.spec?.initContainers ?? []].some((c) => asks(c.resources?.requests) || asks(c.resources?.limits))
    && !asks(pod.spec?.resources?.requests) && !asks(pod.spec?.resources?.limits)
}

function matchesClass(s: Scope, name: string): boolean {
  switch (s.operator) {
    case 'Exists': return name !== ''
    case 'DoesNotExist': return name === ''
    case 'In': return name !== '' && s.values.includes(name)
    case 'NotIn': return name === '' || !s.values.includes(name)
    default: return false
  }
}

function crossesNamespaces(pod: Pod): boolean {
  const a = pod.spec?.affinity
  const terms = [
    ...a?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [], ...a?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [],
    ...(a?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((t) => t.podAffinityTerm), ...(a?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((t) => t.podAffinityTerm),
  ]
  return terms.some((t) => t.namespaces?.length || t.namespaceSelector !== undefined)
}
