/**
 * What both kinds of proxy do with the kernel: bring the plan up to date with what has changed, apply the difference, tidy
 * UDP flows. The cost of a change is that of what changed, however many Services there are.
 */
import type { EndpointSlice, Node, Service } from '@drydock/api'
import type { Logger } from '@drydock/base'
import type { Conntrack } from './conntrack.ts'
import { healthCheck, type Check } from './health-check-ports.ts'
import type { Applied, Applier } from './nft/applier.ts'
import type { Changes, Ruleset } from './nft/ruleset.ts'
import { loopbackRules } from './plan/loopback.ts'
import { Planner, type ProxyNode } from './plan/rules.ts'
import { isProxiedSlice } from './plan/service-ports.ts'
import { staleFlows, udpView, type UdpView } from './plan/udp.ts'

/** The state as it is known now. Services go by `namespace/name`. */
export interface View {
  service(key: string): Service | undefined
  services(): readonly Service[]
  slices(service: string): readonly EndpointSlice[]
  nodes(): readonly Node[]
}

export interface Update {
  readonly rules: Ruleset
  /** What of `rules` is new since the last update; undefined: not known. */
  readonly changes?: Changes
  /** UDP flows to forget, once the rules are in force. */
  readonly flows: readonly string[][]
}

/** What a proxy plans, kept up to date. */
export interface Program {
  /** A Service, or a slice of it, is another now; undefined: everything may be. */
  changed(service?: string): void
  update(): Update
}

export interface ProxierOptions {
  program: Program
  applier: Applier
  conntrack: Conntrack
  log: Logger
  onApplied?(a: Applied): void
}

/** UDP flows that wait for rules which are refused; what is beyond runs out by its own timeout. */
const mostFlows = 1000

/** The reconcile of a proxy: the kernel's table equals the plan of the newest state when it has returned. */
export function createSync(o: ProxierOptions): (signal: AbortSignal) => Promise<void> {
  let waiting: readonly string[][] = []
  return async (signal) => {
    const { rules, changes, flows } = o.program.update()
    waiting = [...waiting, ...flows].slice(-mostFlows)
    const applied = await o.applier.apply(rules, signal, changes)
    if (applied.commands) o.log.debug({ ...applied }, 'rules applied')
    o.onApplied?.(applied)
    const due = waiting
    waiting = []
    await o.conntrack.forget(due, signal)
  }
}

export interface NodeProxyOptions { name: string, clusterCIDR: string, masqueradeAll: boolean, nodePortAddresses: readonly string[] }

/** All of a node's proxying. Node ports answer on the given addresses, else on the node's own. */
export class NodeProgram implements Program {
  readonly #o: NodeProxyOptions
  readonly #view: View
  readonly #dirty = new Set<string>()
  #all = true
  #node: ProxyNode | undefined
  #planner: Planner | undefined
  readonly #udp = new Map<string, UdpView>()
  readonly #checks = new Map<string, Check>()

  constructor(o: NodeProxyOptions, view: View) {
    this.#o = o
    this.#view = view
  }

  /** The load balancers' health checks of this node, as of the last update. */
  get checks(): readonly Check[] { return [...this.#checks.values()] }

  changed(service?: string): void {
    if (service === undefined) this.#all = true
    else this.#dirty.add(service)
  }

  update(): Update {
    const node = this.#all ? this.#nodeNow() : this.#node!
    const anew = !this.#planner || JSON.stringify(node) !== JSON.stringify(this.#node)
    if (anew) this.#planner = new Planner(node)
    this.#node = node
    const planner = this.#planner!
    const keys = this.#all ? new Set([...this.#view.services().map((s) => `${s.metadata?.namespace}/${s.metadata?.name}`), ...planner.services, ...this.#udp.keys(), ...this.#checks.keys()]) : new Set(this.#dirty)
    this.#all = false
    this.#dirty.clear()
    const flows = [...keys].flatMap((key) => this.#plan(planner, key))
    const changes = planner.takeChanges()
    return { rules: planner.rules, flows, ...(!anew && { changes }) }
  }

  #plan(planner: Planner, key: string): string[][] {
    const service = this.#view.service(key)
    const slices = service ? this.#view.slices(key).filter(isProxiedSlice) : []
    planner.set(key, service, slices)
    const check = service && healthCheck(service, slices, this.#o.name)
    if (check) this.#checks.set(key, check)
    else this.#checks.delete(key)
    const before = this.#udp.get(key)
    const after: UdpView = service ? udpView(service, slices) : new Map()
    if (after.size > 0) this.#udp.set(key, after)
    else this.#udp.delete(key)
    return before || after.size > 0 ? staleFlows(before ?? new Map(), after) : []
  }

  #nodeNow(): ProxyNode {
    const o = this.#o
    const own = this.#view.nodes().find((n) => n.metadata?.name === o.name)
    const internal = own?.status?.addresses?.find((a) => a.type === 'InternalIP')?.address
    return {
      name: o.name, clusterCIDR: o.clusterCIDR, masqueradeAll: o.masqueradeAll,
      zone: own?.metadata?.labels?.['topology.kubernetes.io/zone'] ?? '',
      nodePortAddresses: o.nodePortAddresses.length ? o.nodePortAddresses : internal ? [internal] : [],
    }
  }
}

/** Node ports on the host's loopback alone: few Services, planned anew every time. */
export function loopbackProgram(view: View): Program {
  return { changed() {}, update: () => ({ rules: loopbackRules(view.services(), view.slices, view.nodes()), flows: [] }) }
}
