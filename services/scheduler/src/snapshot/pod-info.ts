import { labelMatcher, podRequests, requiredNodeMatcher, requiredNodeNames, type Labels, type NodeMatcher, type PodAffinityTerm, type Pod, type PodSpec, type Toleration } from '@drydock/api'

/** A term of pod (anti-)affinity, compiled. Terms with the same `signature` select the same pods. */
export interface PodTerm {
  readonly signature: string
  readonly topologyKey: string
  readonly weight: number
  /** `labelsOf` gives a namespace's labels, for namespace selectors. */
  matches(pod: PodInfo, labelsOf: (namespace: string) => Labels): boolean
}

export interface HostPort { readonly ip: string, readonly protocol: string, readonly port: number }

// Upstream's stand-ins for what asks for nothing, so that scoring spreads such pods too.
const NON_ZERO = { cpu: 100, memory: 200 * 1024 * 1024 } as const
const NATIVE = new Set(['cpu', 'memory', 'ephemeral-storage'])
const noTerms: readonly PodTerm[] = []

/**
 * What scheduling needs of a pod, read once. Never changes: a changed pod gets a new one.
 */
export class PodInfo {
  readonly pod: Pod
  readonly key: string
  readonly uid: string
  readonly name: string
  readonly namespace: string
  readonly labels: Labels
  readonly priority: number
  readonly nodeName: string
  readonly cpu: number
  readonly memory: number
  readonly ephemeral: number
  /** Extended and other resources; undefined where there is none, which is nearly always. */
  readonly scalars: readonly (readonly [string, number])[] | undefined
  readonly nonZeroCpu: number
  readonly nonZeroMemory: number
  readonly hostPorts: readonly HostPort[]
  readonly affinity: readonly PodTerm[]
  readonly antiAffinity: readonly PodTerm[]
  readonly preferredAffinity: readonly PodTerm[]
  readonly preferredAntiAffinity: readonly PodTerm[]
  readonly terminating: boolean
  #node: { matcher: NodeMatcher | undefined } | undefined
  #specKey: string | undefined

  constructor(pod: Pod) {
    const spec = (pod.spec ?? { containers: [] }) as PodSpec
    this.pod = pod
    this.name = pod.metadata?.name ?? ''
    this.namespace = pod.metadata?.namespace ?? ''
    this.key = `${this.namespace}/${this.name}`
    this.uid = pod.metadata?.uid ?? ''
    this.labels = pod.metadata?.labels
    this.priority = spec.priority ?? 0
    this.nodeName = spec.nodeName ?? ''
    this.terminating = pod.metadata?.deletionTimestamp !== undefined
    const requests = podRequests(pod)
    this.cpu = requests.cpu ?? 0
    this.memory = requests.memory ?? 0
    this.ephemeral = requests['ephemeral-storage'] ?? 0
    const scalars = Object.entries(requests).filter(([r, n]) => !NATIVE.has(r) && n > 0)
    this.scalars = scalars.length > 0 ? scalars : undefined
    const nonZero = requests.cpu !== undefined && requests.memory !== undefined && spec.containers.length === 1 ? requests : podRequests(pod, { defaults: NON_ZERO })
    this.nonZeroCpu = nonZero.cpu ?? 0
    this.nonZeroMemory = nonZero.memory ?? 0
    this.hostPorts = hostPorts(spec)
    const a = spec.affinity
    this.affinity = a?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.map((t) => podTerm(t, this, 1)) ?? noTerms
    this.antiAffinity = a?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.map((t) => podTerm(t, this, 1)) ?? noTerms
    this.preferredAffinity = a?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution?.map((t) => podTerm(t.podAffinityTerm, this, t.weight)) ?? noTerms
    this.preferredAntiAffinity = a?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution?.map((t) => podTerm(t.podAffinityTerm, this, t.weight)) ?? noTerms
  }

  get spec(): PodSpec { return this.pod.spec as PodSpec }
  get tolerations(): readonly Toleration[] { return this.spec.tolerations ?? [] }
  get gated(): boolean { return (this.spec.schedulingGates?.length ?? 0) > 0 }
  get finished(): boolean { return this.pod.status?.phase === 'Succeeded' || this.pod.status?.phase === 'Failed' }
  get nominatedNode(): string { return this.pod.status?.nominatedNodeName ?? '' }
  get bestEffort(): boolean { return this.cpu === 0 && this.memory === 0 }

  /** Whether every count over pods is the same with this version of the pod as with the other. */
  countsAs(o: PodInfo): boolean { return this.uid === o.uid && this.terminating === o.terminating && this.specKey === o.specKey && this.finished === o.finished }

  /** nodeSelector and required node affinity; undefined where the pod asks for neither. */
  get nodeMatcher(): NodeMatcher | undefined { return (this.#node ??= { matcher: requiredNodeMatcher(this.spec) }).matcher }
  get onlyNodes(): ReadonlySet<string> | undefined { return requiredNodeNames(this.spec) }

  /** Changes when the spec or the labels do: a status update alone is not worth another try. */
  get specKey(): string { return (this.#specKey ??= `${this.pod.metadata?.generation ?? ''} ${JSON.stringify(this.labels ?? {})}`) }
}

function hostPorts(spec: PodSpec): readonly HostPort[] {
  const out: HostPort[] = []
  const sidecars = spec.initContainers?.filter((c) => c.restartPolicy === 'Always') ?? []
  for (const c of [...spec.containers, ...sidecars]) for (const p of c.ports ?? []) if (p.hostPort) out.push({ ip: p.hostIP || '0.0.0.0', protocol: p.protocol || 'TCP', port: p.hostPort })
  return out
}

function podTerm(term: PodAffinityTerm, pod: { namespace: string, labels: Labels }, weight: number): PodTerm {
  const selector = mergeLabelKeys(term, pod.labels)
  const named = term.namespaces?.length || term.namespaceSelector ? term.namespaces ?? [] : [pod.namespace]
  const namespaceMatches = term.namespaceSelector ? labelMatcher(term.namespaceSelector) : undefined
  const labels = labelMatcher(selector)
  return {
    signature: JSON.stringify([[...named].sort(), term.namespaceSelector ?? null, selector ?? null]),
    topologyKey: term.topologyKey,
    weight,
    matches: (p, labelsOf) => (named.includes(p.namespace) || (namespaceMatches?.(labelsOf(p.namespace)) ?? false)) && labels(p.labels),
  }
}

// The apiserver merges these into the selector when the pod is made; doing it again changes nothing.
function mergeLabelKeys(term: PodAffinityTerm, labels: Labels): PodAffinityTerm['labelSelector'] {
  if (!term.labelSelector || !(term.matchLabelKeys?.length || term.mismatchLabelKeys?.length)) return term.labelSelector
  const present = (keys: string[] | undefined) => (keys ?? []).filter((k) => labels?.[k] !== undefined)
  return {
    ...term.labelSelector,
    matchExpressions: [
      ...(term.labelSelector.matchExpressions ?? []),
      ...present(term.matchLabelKeys).map((key) => ({ key, operator: 'In', values: [labels![key]!] })),
      ...present(term.mismatchLabelKeys).map((key) => ({ key, operator: 'NotIn', values: [labels![key]!] })),
    ],
  }
}
