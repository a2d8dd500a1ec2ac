/**
 * The nftables content that makes one node proxy Services, after upstream's pkg/proxy/nftables. Pure: the same services,
 * slices and node give the same ruleset. IPv4.
 *
 * A packet's way: `services` (nat prerouting and output) looks up address, protocol and port in one map and goes to the
 * port's chain, which picks an endpoint's chain, which translates. What has no endpoint is refused in the filter chains.
 */
import type { EndpointSlice, Service } from '@drydock/api'
import type { Chain, NftSet, Ruleset } from '../nft/ruleset.ts'
import { baseChains, baseSets } from './base.ts'
import { planPort } from './port-rules.ts'
import { endpointsOf, isProxied, isProxiedSlice, serviceOfSlice, servicePorts } from './service-ports.ts'

export interface ProxyNode {
  name: string
  zone: string
  /** Addresses on which node ports answer. */
  nodePortAddresses: readonly string[]
  /** Pods' range: sources outside of it are masqueraded on their way to a ClusterIP. Empty: none are. */
  clusterCIDR: string
  masqueradeAll: boolean
}

/** What one Service adds; elements by name of their set. */
export interface Fragment {
  chains: ReadonlyMap<string, Chain>
  affinitySets: ReadonlyMap<string, NftSet>
  elements: ReadonlyArray<readonly [set: string, element: string, value: string]>
}

const serviceKey = (s: Service): string => `${s.metadata?.namespace ?? ''}/${s.metadata?.name ?? ''}`

/** Groups slices by the Service that they belong to. */
export function slicesByService(slices: readonly EndpointSlice[]): Map<string, EndpointSlice[]> {
  const by = new Map<string, EndpointSlice[]>()
  for (const s of slices) {
    if (!isProxiedSlice(s)) continue
    const key = serviceOfSlice(s)
    const of = by.get(key)
    if (of) of.push(s)
    else by.set(key, [s])
  }
  return by
}

export function planService(service: Service, slices: readonly EndpointSlice[], node: ProxyNode): Fragment {
  const chains = new Map<string, Chain>()
  const affinitySets = new Map<string, NftSet>()
  const elements: [string, string, string][] = []
  for (const p of servicePorts(service)) planPort(p, endpointsOf(p, slices), node, { chains, affinitySets, elements })
  return { chains, affinitySets, elements }
}

/** Everything together. Where two Services claim one address and port, the older one has it (then the name decides). */
export function merge(fragments: Iterable<Fragment>, node: ProxyNode): Ruleset {
  const chains = new Map<string, Chain>(baseChains(node))
  const sets = new Map<string, NftSet & { elements: Map<string, string> }>()
  for (const [name, s] of baseSets(node)) sets.set(name, { ...s, elements: new Map(s.elements) })
  const affinity = new Map<string, NftSet>()
  for (const f of fragments) {
    for (const [name, c] of f.chains) chains.set(name, c)
    for (const [name, s] of f.affinitySets) affinity.set(name, s)
    for (const [name, key, value] of f.elements) {
      const of = sets.get(name)!.elements
      if (!of.has(key)) of.set(key, value)
    }
  }
  return { chains, sets: new Map<string, NftSet>([...sets, ...affinity]) }
}

const byAge = (a: Service, b: Service): number => {
  const ka = `${a.metadata?.creationTimestamp ?? ''} ${serviceKey(a)}`
  const kb = `${b.metadata?.creationTimestamp ?? ''} ${serviceKey(b)}`
  return ka < kb ? -1 : 1
}

interface Planned { service: Service, slices: readonly EndpointSlice[], fragment: Fragment }

/** Plans all Services, and keeps what each gave for as long as its objects are the same: a sync costs what changed. */
export class Planner {
  #cache = new Map<string, Planned>()
  #node: ProxyNode | undefined

  rules(services: readonly Service[], slices: readonly EndpointSlice[], node: ProxyNode): Ruleset {
    if (JSON.stringify(node) !== JSON.stringify(this.#node)) this.#cache.clear()
    this.#node = node
    const by = slicesByService(slices)
    const next = new Map<string, Planned>()
    const fragments = services.filter(isProxied).sort(byAge).map((service) => {
      const key = serviceKey(service)
      const own = by.get(key) ?? []
      const old = this.#cache.get(key)
      const same = old?.service === service && old.slices.length === own.length && own.every((s, i) => s === old.slices[i])
      const fragment = same ? old.fragment : planService(service, own, node)
      next.set(key, { service, slices: own, fragment })
      return fragment
    })
    this.#cache = next
    return merge(fragments, node)
  }
}

export const rules = (services: readonly Service[], slices: readonly EndpointSlice[], node: ProxyNode): Ruleset =>
  new Planner().rules(services, slices, node)
