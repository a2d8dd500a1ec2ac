import type { Container, PersistentVolumeClaim, Pod, Service } from '@drydock/api'
import type { AdmissionRequest, ApiObject } from '../../types.ts'
import { containerTotals, parseAmounts } from '../amounts.ts'
import type { ExactAmounts } from '../amounts.ts'
import { hasScope } from './scopes.ts'
import type { Scope } from './scopes.ts'

/** How one resource is charged (pkg/quota/v1/evaluator/core). */
export interface Evaluator {
  handles(r: AdmissionRequest): boolean
  /** Which of a quota's resources it knows. */
  matching(names: readonly string[]): string[]
  usage(o: ApiObject): ExactAmounts
  /** What the object must say so that these resources can be counted; undefined when it does. */
  constraint(names: readonly string[], o: ApiObject): string | undefined
  inScope(scope: Scope, o: ApiObject): boolean
}

const one = { nanos: 1_000_000_000n, format: 'DecimalSI' } as const
const times = (n: number) => ({ nanos: BigInt(n) * one.nanos, format: 'DecimalSI' } as const)
const isPrimary = (r: AdmissionRequest): boolean => r.subresource === '' && (r.operation === 'CREATE' || r.operation === 'UPDATE')
const noScope = () => false

export function evaluatorFor(r: AdmissionRequest): Evaluator {
  if (r.resource.group === '') {
    if (r.resource.resource === 'pods') return pods
    if (r.resource.resource === 'services') return services
    if (r.resource.resource === 'persistentvolumeclaims') return claims
  }
  return counted(r.resource.group ? `count/${r.resource.resource}.${r.resource.group}` : `count/${r.resource.resource}`, r.resource.group === '' && plain.has(r.resource.resource) ? r.resource.resource : undefined)
}

/** Resources that a quota may name without count/. */
const plain = new Set(['configmaps', 'secrets', 'replicationcontrollers', 'resourcequotas'])

function counted(count: string, alias: string | undefined): Evaluator {
  return {
    handles: (r) => r.operation === 'CREATE' && r.subresource === '',
    matching: (names) => names.filter((n) => n === count || n === alias),
    usage: () => new Map([[count, one], ...(alias ? [[alias, one] as const] : [])]),
    constraint: () => undefined,
    inScope: noScope,
  }
}

const compute = ['cpu', 'memory', 'ephemeral-storage']
const podResources = new Set(['count/pods', 'pods', ...compute, ...compute.map((c) => `requests.${c}`), ...compute.map((c) => `limits.${c}`)])
const mustBeSaid = new Set(['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'])
const isExtended = (name: string): boolean => name.includes('/') && !/^([^/]*\.)?kubernetes\.io\//.test(name) && !name.startsWith('requests.')

const pods: Evaluator = {
  handles: (r) => (r.subresource === '' && r.operation === 'CREATE') || (r.subresource === 'resize' && r.operation === 'UPDATE'),
  matching: (names) => names.filter((n) => podResources.has(n) || n.startsWith('hugepages-') || n.startsWith('requests.hugepages-') || (n.startsWith('requests.') && isExtended(n.slice('requests.'.length)))),
  usage(o) {
    const pod = o as unknown as Pod, out: ExactAmounts = new Map([['count/pods', one]])
    if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') return out
    for (const [k, v] of charge(containerTotals(pod.spec!, 'requests'), containerTotals(pod.spec!, 'limits'))) out.set(k, v)
    return out
  },
  constraint(names, o) {
    const wanted = names.filter((n) => mustBeSaid.has(n)), spec = (o as unknown as Pod).spec!
    const missing = new Map<string, Set<string>>()
    const look = (c: Container) => {
      const said = charge(parseAmounts(c.resources?.requests), parseAmounts(c.resources?.limits))
      for (const n of wanted) if (!said.has(n)) missing.set(n, (missing.get(n) ?? new Set()).add(c.name))
    }
    spec.containers.forEach(look)
    spec.initContainers?.forEach(look)
    if (!missing.size) return undefined
    return `must specify ${[...missing].sort(([a], [b]) => (a < b ? -1 : 1)).map(([n, containers]) => `${n} for: ${[...containers].sort().join(',')}`).join('; ')}`
  },
  inScope: (scope, o) => hasScope(scope, o as unknown as Pod),
}

function charge(requests: ExactAmounts, limits: ExactAmounts): ExactAmounts {
  const out: ExactAmounts = new Map([['pods', one]])
  for (const c of compute) {
    const request = requests.get(c), limit = limits.get(c)
    if (request) { out.set(c, request); out.set(`requests.${c}`, request) }
    if (limit) out.set(`limits.${c}`, limit)
  }
  for (const [k, v] of requests) {
    if (k.startsWith('hugepages-')) out.set(k, v)
    if (k.startsWith('hugepages-') || isExtended(k)) out.set(`requests.${k}`, v)
  }
  return out
}

const services: Evaluator = {
  handles: isPrimary,
  matching: (names) => names.filter((n) => ['services', 'services.nodeports', 'services.loadbalancers', 'count/services'].includes(n)),
  usage(o) {
    const spec = (o as unknown as Service).spec ?? {}, ports = spec.ports ?? []
    const balanced = spec.type === 'LoadBalancer'
    const nodePorts = spec.type === 'NodePort' || (balanced && spec.allocateLoadBalancerNodePorts !== false) ? ports.length : balanced ? ports.filter((p) => p.nodePort).length : 0
    return new Map([['count/services', one], ['services', one], ['services.nodeports', times(nodePorts)], ['services.loadbalancers', times(balanced ? 1 : 0)]])
  },
  constraint: () => undefined,
  inScope: noScope,
}

const ofClass = '.storageclass.storage.k8s.io/'
const claims: Evaluator = {
  handles: isPrimary,
  matching: (names) => names.filter((n) => ['persistentvolumeclaims', 'requests.storage', 'count/persistentvolumeclaims'].includes(n) || n.endsWith(`${ofClass}requests.storage`) || n.endsWith(`${ofClass}persistentvolumeclaims`)),
  usage(o) {
    const claim = o as unknown as PersistentVolumeClaim
    const storage = parseAmounts(claim.spec?.resources?.requests).get('storage')
    const className = claim.metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? claim.spec?.storageClassName
    const out: ExactAmounts = new Map([['count/persistentvolumeclaims', one], ['persistentvolumeclaims', one]])
    if (className) out.set(`${className}${ofClass}persistentvolumeclaims`, one)
    if (storage) out.set('requests.storage', storage)
    if (storage && className) out.set(`${className}${ofClass}requests.storage`, storage)
    return out
  },
  constraint: () => undefined,
  inScope: noScope,
}
