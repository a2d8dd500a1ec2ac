/** Wires netd: nodes and this node's pods → overlay, table and CNI configuration. */
import { join } from 'node:path'
import { type Node, type Pod, resources } from '@drydock/api'
import { backoffMs, type Clock, type Exec, exec, type Logger, runGroup } from '@drydock/base'
import type { InformerFactory } from '@drydock/client'
import type { Running, ServiceContext } from '@drydock/service'
import type { Config } from '../config.ts'
import { conflist, networkName, removeConf, writeConf } from './cni.ts'
import { hostPortsOf } from './host-ports.ts'
import { deviceName, Network } from './overlay.ts'
import { peersOf, podCIDROf } from './peers.ts'
import { ensureSysctls } from './sysctls.ts'
import { tableScript } from './table.ts'

export interface NetdParts { informers: InformerFactory, clock: Clock, exec?: Exec }

/** Looks at everything again at least this often: someone may have changed the kernel's side by hand. */
const resyncMs = 60_000

const dataDir = (f: Config): string => join(f.stateDir, 'ipam')
const networkOf = (f: Config, run: Exec): Network => new Network({ exec: run, backend: f.backend as 'vxlan' | 'host-gw', vni: f.vni, port: f.vxlanPort, self: f.hostnameOverride, nodeIP: f.nodeIp })

export function createNetd(c: ServiceContext<Config>, parts: NetdParts): Required<Pick<Running, 'run'>> {
  const { flags } = c
  const nodes = parts.informers.informer(resources.nodes)
  const pods = parts.informers.informer(resources.pods, { shard: flags.hostnameOverride })
  const reconcile = createReconcile({ flags, exec: parts.exec ?? exec, log: c.log, nodes: () => nodes.store.list(), pods: () => pods.store.list() })
  const loop = new Loop(parts.clock, c.log, reconcile)
  const changed = (): void => loop.changed()
  nodes.on({ add: changed, delete: changed, update: (now, old) => { if (nodeView(now) !== nodeView(old)) changed() } })
  pods.on({ add: (p) => { if (portView(p)) changed() }, delete: (p) => { if (portView(p)) changed() }, update: (now, old) => { if (portView(now) !== portView(old)) changed() } })
  c.health.add('network', () => { if (!loop.ok) throw new Error('the pod network is not set up') }, { readyOnly: true })
  return {
    run: (signal) => runGroup(signal, [
      (s) => parts.informers.run(s),
      // Never act on a half view: a node that is not listed yet would lose its routes.
      async (s) => { await parts.informers.synced(s); await loop.run(s) },
    ]),
  }
}

export interface ReconcileOptions { flags: Config, exec: Exec, log: Logger, nodes(): readonly Node[], pods(): readonly Pod[] }

/** Makes everything so; false while this node has no pod range yet. The CNI configuration comes last: it says that pods may come. */
export function createReconcile(o: ReconcileOptions): (signal: AbortSignal) => Promise<boolean> {
  const network = networkOf(o.flags, o.exec)
  let script = ''
  return async (signal) => {
    const nodes = o.nodes()
    const podCIDR = podCIDROf(nodes.find((n) => n.metadata?.name === o.flags.hostnameOverride))
    if (!podCIDR) return false
    ensureSysctls()
    const { mtu } = await network.ensure(peersOf(nodes), podCIDR, signal)
    const next = tableScript({ table: o.flags.nftTable, podCIDR, clusterCIDR: o.flags.clusterCidr, hostPorts: hostPortsOf(o.pods(), o.flags.hostnameOverride) })
    if (next !== script) await o.exec('nft', ['-f', '-'], { input: next, signal })
    script = next
    const written = writeConf(o.flags.cniConfDir, conflist({ name: networkName(o.flags.hostnameOverride), bridge: o.flags.bridge, podCIDR, mtu, dataDir: dataDir(o.flags) }))
    if (written) o.log.info({ podCIDR, mtu, device: o.flags.backend === 'vxlan' ? deviceName(o.flags.vni) : '' }, 'CNI configuration written')
    return true
  }
}

/** Takes away everything that netd makes on a node; pods that still run lose their network. */
export async function cleanup(flags: Config, run: Exec = exec): Promise<void> {
  removeConf({ confDir: flags.cniConfDir, dataDir: dataDir(flags), name: networkName(flags.hostnameOverride) })
  await networkOf(flags, run).remove()
  await run('ip', ['link', 'delete', flags.bridge], {}).catch(() => undefined)
  await run('nft', ['-f', '-'], { input: `add table ip ${flags.nftTable}\ndelete table ip ${flags.nftTable}\n` })
}

const nodeView = (n: Node): string => JSON.stringify([n.status?.addresses, n.spec?.podCIDR, n.spec?.podCIDRs])
const portView = (p: Pod): string => {
  const ports = (p.spec?.containers ?? []).flatMap((c) => c.ports ?? []).filter((x) => x.hostPort)
  return ports.length ? JSON.stringify([ports, p.status?.podIP, p.status?.phase]) : ''
}

/** Runs `reconcile` at the start, after each change, after failures, and every so often. */
class Loop {
  readonly #clock: Clock
  readonly #log: Logger
  readonly #reconcile: (signal: AbortSignal) => Promise<boolean>
  #dirty = false
  #wake: () => void = () => {}
  ok = false

  constructor(clock: Clock, log: Logger, reconcile: (signal: AbortSignal) => Promise<boolean>) { this.#clock = clock; this.#log = log; this.#reconcile = reconcile }

  changed(): void { this.#dirty = true; this.#wake() }

  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#wake(), { once: true })
    for (let failures = 0; !signal.aborted;) {
      this.#dirty = false
      try {
        this.ok = await this.#reconcile(signal)
        failures = 0
      } catch (e) {
        if (signal.aborted) return
        this.ok = false
        this.#log.error({ err: e, failures: ++failures }, 'pod network not set up; will try again')
      }
      if (!this.#dirty) await this.#pause(failures ? backoffMs(failures - 1, { initialMs: 100, maxMs: 10_000 }) : resyncMs)
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.timer(ms, resolve)
      this.#wake = () => { cancel(); resolve() }
    })
  }
}
