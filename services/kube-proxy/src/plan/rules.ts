/**
 * The nftables content that makes one node proxy Services, after upstream's pkg/proxy/nftables. Pure: the same services,
 * slices and node give the same ruleset. IPv4.
 *
 * A packet's way: `services` (nat prerouting and output) looks up address, protocol and port in one map and goes to the
 * port's chain, which picks an endpoint's chain, which translates. What has no endpoint is refused in the filter chains.
 */
import type { EndpointSlice, Service } from '@drydock/api'
import type { Chain, Changes, NftSet, Ruleset } from '../nft/ruleset.ts'
import { baseChains, baseSets } from './base.ts'
import { planPort } from './port-rules.ts'
import { endpointsOf, isProxied, isProxiedSlice, serviceOfSlice, servicePorts } from './service-ports.ts'
import { type Fragment, WantedTable } from './table.ts'

export interface ProxyNode {
  name: string
  zone: string
  /** Addresses on which node ports answer. */
  nodePortAddresses: readonly string[]
  /** Pods' range: sources outside of it are masqueraded on their way to a ClusterIP. Empty: none are. */
  clusterCIDR: string
  masqueradeAll: boolean
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

/** Services with older rank first: where two claim one address and port, the older one has it (then the name decides). */
const rankOf = (s: Service): string => `${s.metadata?.creationTimestamp ?? ''} ${serviceKey(s)}`

interface Planned { rank: string, fragment: Fragment }

/** Plans Service by Service, and keeps the table that they make together: a change costs what changed. */
export class Planner {
  readonly #node: ProxyNode
  readonly #planned = new Map<string, Planned>()
  readonly #table: WantedTable

  constructor(node: ProxyNode) {
    this.#node = node
    this.#table = new WantedTable(baseChains(node), baseSets(node))
  }

  /** The wanted table; the same object every time, which later calls of `set` change. */
  get rules(): Ruleset { return this.#table }
  get services(): Iterable<string> { return this.#planned.keys() }

  /** A Service as it is now, with its slices; undefined: it is gone. `key` is `namespace/name`. */
  set(key: string, service: Service | undefined, slices: readonly EndpointSlice[]): void {
    const before = this.#planned.get(key)
    const after = service && isProxied(service) ? { rank: rankOf(service), fragment: planService(service, slices, this.#node) } : undefined
    if (!before && !after) return
    this.#table.replace(key, after?.rank ?? '', before?.fragment, after?.fragment)
    if (after) this.#planned.set(key, after)
    else this.#planned.delete(key)
  }

  takeChanges(): Changes { return this.#table.takeChanges() }
}

/** All of it at once. */
export function rules(services: readonly Service[], slices: readonly EndpointSlice[], node: ProxyNode): Ruleset {
  const planner = new Planner(node)
  const by = slicesByService(slices)
  for (const s of services) planner.set(serviceKey(s), s, by.get(serviceKey(s)) ?? [])
  return planner.rules
}
