import { addQuantities, formatQuantity, parseQuantity, podRequests, quantityFromMilli, quantityFromValue, type PersistentVolumeClaim, type Pod, type ResourceQuota, type Service } from '@drydock/api'
import { isFinished } from '../shared/pods.ts'

/** How much of a quota is used, counted from the objects that are there. Pure. */

const compute = new Set(['cpu', 'memory', 'ephemeral-storage', 'requests.cpu', 'requests.memory', 'requests.ephemeral-storage', 'limits.cpu', 'limits.memory', 'limits.ephemeral-storage'])
/** What a name in `hard` is counted on: a plain resource or `count/resource.group`. */
export function countedResource(name: string): { resource: string, group: string } | undefined {
  const m = /^count\/([^.]+)(?:\.(.+))?$/.exec(name)
  if (m) return { resource: m[1]!, group: m[2] ?? '' }
  return ['configmaps', 'secrets', 'replicationcontrollers', 'resourcequotas', 'persistentvolumeclaims', 'services'].includes(name) ? { resource: name, group: '' } : undefined
}
const ofPods = (name: string): boolean => name === 'pods' || compute.has(name) || name.startsWith('requests.') && name !== 'requests.storage' || name.startsWith('hugepages-')

const isBestEffort = (p: Pod): boolean => p.status?.qosClass === 'BestEffort' || (p.status?.qosClass === undefined && Object.keys(podRequests(p)).length === 0 && Object.keys(podRequests(p, { list: 'limits' })).length === 0)

function inScope(q: ResourceQuota, p: Pod): boolean {
  const scopes = [...(q.spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists', values: [] as string[] })), ...(q.spec?.scopeSelector?.matchExpressions ?? [])]
  return scopes.every((s) => {
    switch (s.scopeName) {
      case 'Terminating': return p.spec?.activeDeadlineSeconds !== undefined
      case 'NotTerminating': return p.spec?.activeDeadlineSeconds === undefined
      case 'BestEffort': return isBestEffort(p)
      case 'NotBestEffort': return !isBestEffort(p)
      case 'PriorityClass': {
        const name = p.spec?.priorityClassName
        if (s.operator === 'Exists') return !!name
        if (s.operator === 'DoesNotExist') return !name
        return (s.operator === 'In') === (!!name && !!s.values?.includes(name))
      }
      case 'CrossNamespacePodAffinity': return [p.spec?.affinity?.podAffinity, p.spec?.affinity?.podAntiAffinity].some((a) => a?.requiredDuringSchedulingIgnoredDuringExecution?.some((t) => t.namespaces?.length || t.namespaceSelector))
      default: return false
    }
  })
}

export interface QuotaInput {
  quota: ResourceQuota
  pods: readonly Pod[]
  services: readonly Service[]
  claims: readonly PersistentVolumeClaim[]
  counts: ReadonlyMap<string, number>
}

export function usage(i: QuotaInput): Record<string, string> {
  const pods = i.pods.filter((p) => !isFinished(p) && inScope(i.quota, p))
  const out: Record<string, string> = {}
  for (const name of Object.keys(i.quota.spec?.hard ?? {})) {
    if (name === 'pods') out[name] = String(pods.length)
    else if (name === 'services.nodeports') out[name] = String(i.services.reduce((n, s) => n + (s.spec?.type === 'NodePort' || s.spec?.type === 'LoadBalancer' ? (s.spec.ports ?? []).filter((p) => p.nodePort).length : 0), 0))
    else if (name === 'services.loadbalancers') out[name] = String(i.services.filter((s) => s.spec?.type === 'LoadBalancer').length)
    else if (name === 'requests.storage') out[name] = sumOf(i.claims.map((c) => c.spec?.resources?.requests?.['storage'] ?? '0'))
    else if (name.endsWith('.storageclass.storage.k8s.io/requests.storage')) out[name] = sumOf(i.claims.filter((c) => `${c.spec?.storageClassName}.storageclass.storage.k8s.io/requests.storage` === name).map((c) => c.spec?.resources?.requests?.['storage'] ?? '0'))
    else if (i.counts.has(name)) out[name] = String(i.counts.get(name))
    else if (ofPods(name)) out[name] = computed(name, pods)
  }
  return out
}

const sumOf = (texts: readonly string[]): string => formatQuantity(texts.map((t) => parseQuantity(t) ?? parseQuantity('0')!).reduce(addQuantities, parseQuantity('0')!))

function computed(name: string, pods: readonly Pod[]): string {
  const limits = name.startsWith('limits.')
  const resource = name.replace(/^(requests|limits)\./, '')
  let sum = 0
  let binary = false
  for (const p of pods) {
    sum += podRequests(p, limits ? { list: 'limits' } : {})[resource] ?? 0
    binary ||= p.spec?.containers.some((c) => /i$/.test(String((limits ? c.resources?.limits : c.resources?.requests)?.[resource] ?? ''))) ?? false
  }
  return formatQuantity(resource === 'cpu' ? quantityFromMilli(sum) : quantityFromValue(sum, binary ? 'BinarySI' : 'DecimalSI'))
}
