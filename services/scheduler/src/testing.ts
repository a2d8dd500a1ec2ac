import type { Node, Pod } from '@drydock/api'
import type { Random } from '@drydock/base'
import { filterPlugins, scorePlugins } from './plugins/index.ts'
import { Decider } from './schedule.ts'
import { Cluster, type Lookups } from './snapshot/cluster.ts'
import { PodInfo } from './snapshot/pod-info.ts'

/** Builders for this service's tests. */
export const lookups: Lookups = {
  namespaceLabels: (ns) => ({ 'kubernetes.io/metadata.name': ns }), claim: () => undefined, volume: () => undefined, volumes: () => [],
  storageClass: () => undefined, disruptionBudgets: () => [], spreadSelector: () => undefined,
}
export const first: Random = { next: () => 0.999, uuid: () => '' }

export const node = (name: string, o: { labels?: Record<string, string>, cpu?: string, memory?: string, spec?: Node['spec'] } = {}): Node => ({
  metadata: { name, labels: { 'kubernetes.io/hostname': name, ...o.labels } }, spec: o.spec ?? {},
  status: { allocatable: { cpu: o.cpu ?? '4', memory: o.memory ?? '8Gi', pods: '110' } },
})
export const pod = (name: string, spec: Partial<NonNullable<Pod['spec']>> & { cpu?: string } = {}, labels: Record<string, string> = { app: 'a' }): PodInfo => {
  const { cpu, ...rest } = spec
  return new PodInfo({ metadata: { name, namespace: 'ns', uid: name, labels, generation: 1 }, spec: { containers: [{ name: 'c', ...(cpu && { resources: { requests: { cpu } } }) }], ...rest } })
}
export function cluster(nodes: Node[], placed: [PodInfo, string][] = [], l: Partial<Lookups> = {}): Cluster {
  const c = new Cluster({ ...lookups, ...l })
  for (const n of nodes) c.setNode(n)
  for (const [p, n] of placed) c.setPod(p, n)
  return c
}
export const decider = (): Decider => new Decider({ profile: { filters: filterPlugins, scores: scorePlugins }, random: first })
