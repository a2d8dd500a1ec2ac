/**
 * Brings the kernel's side of the overlay to the plan: device, routes, neighbours, forwarding. Reads what is there every
 * time and keeps no memory, so that it may be killed at any line and run again.
 */
import type { Exec } from '@drydock/base'
import { type Overlay, overlayCommands, routeProtocol, wantedOverlay } from './overlay-plan.ts'
import { baseAddress, macOf, type Peer } from './peers.ts'

export interface NetworkOptions {
  exec: Exec
  backend: 'vxlan' | 'host-gw'
  vni: number
  port: number
  /** Name of this Node, and its address. */
  self: string
  nodeIP: string
}
interface Link { ifname: string, mtu: number, address?: string, operstate?: string, linkinfo?: { info_data?: { id?: number, port?: number, local?: string, link?: string } } }

/** VXLAN puts this much around each packet. */
const vxlanOverheadBytes = 50

export const deviceName = (vni: number): string => `drydock.${vni}`

export class Network {
  readonly #o: NetworkOptions
  constructor(o: NetworkOptions) { this.#o = o }

  /** Makes everything so. Answers the MTU that pods must have. */
  async ensure(peers: readonly Peer[], podCIDR: string, signal?: AbortSignal): Promise<{ mtu: number }> {
    const uplink = await this.#uplink(signal)
    const mtu = this.#o.backend === 'vxlan' ? uplink.mtu - vxlanOverheadBytes : uplink.mtu
    const device = this.#o.backend === 'vxlan' ? await this.#device(uplink, mtu, podCIDR, signal) : uplink.ifname
    const o = { backend: this.#o.backend, device, self: this.#o.self }
    const commands = overlayCommands(await this.#has(device, signal), wantedOverlay(peers, o), o)
    if (commands.bridge.length) await this.#run('bridge', ['-batch', '-'], commands.bridge.join('\n') + '\n', signal)
    if (commands.ip.length) await this.#run('ip', ['-batch', '-'], commands.ip.join('\n') + '\n', signal)
    return { mtu }
  }

  /** Takes away the device and the routes. */
  async remove(): Promise<void> {
    for (const l of await this.#json<Link>('ip', ['-j', 'link', 'show', 'type', 'vxlan'])) {
      if (l.ifname === deviceName(this.#o.vni)) await this.#run('ip', ['link', 'delete', l.ifname])
    }
    await this.#run('ip', ['route', 'flush', 'proto', routeProtocol]).catch(() => undefined)
  }

  /** The link that has the node's address. */
  async #uplink(signal?: AbortSignal): Promise<Link> {
    const links = await this.#json<Link>('ip', ['-j', '-4', 'addr', 'show', 'to', `${this.#o.nodeIP}/32`], signal)
    const link = links.find((l) => l.ifname)
    if (!link) throw new Error(`no interface has the address ${this.#o.nodeIP} (--node-ip)`)
    return link
  }

  async #device(uplink: Link, mtu: number, podCIDR: string, signal?: AbortSignal): Promise<string> {
    const name = deviceName(this.#o.vni), mac = macOf(this.#o.nodeIP), address = `${baseAddress(podCIDR)}/32`
    const [old] = (await this.#json<Link>('ip', ['-j', '-d', 'link', 'show', 'type', 'vxlan'], signal)).filter((l) => l.ifname === name)
    const info = old?.linkinfo?.info_data
    const right = old && old.address === mac && info?.id === this.#o.vni && info.port === this.#o.port && info.local === this.#o.nodeIP && info.link === uplink.ifname
    const script = [
      ...(old && !right ? [`link delete ${name}`] : []),
      ...(right ? [] : [`link add ${name} address ${mac} type vxlan id ${this.#o.vni} dstport ${this.#o.port} local ${this.#o.nodeIP} dev ${uplink.ifname} nolearning`]),
      ...(right && old.mtu === mtu ? [] : [`link set ${name} mtu ${mtu}`]),
      `link set ${name} up`,
      ...(await this.#addressChange(name, address, right === true, signal)),
    ]
    await this.#run('ip', ['-batch', '-'], script.join('\n') + '\n', signal)
    return name
  }

  /** The device has one address: that of the pod range, which may have changed since. */
  async #addressChange(name: string, address: string, exists: boolean, signal?: AbortSignal): Promise<string[]> {
    const links = exists ? await this.#json<{ addr_info?: Array<{ local: string, prefixlen: number }> }>('ip', ['-j', '-4', 'addr', 'show', 'dev', name], signal) : []
    const has = links.flatMap((l) => l.addr_info ?? []).map((a) => `${a.local}/${a.prefixlen}`)
    return [...has.filter((a) => a !== address).map((a) => `addr del ${a} dev ${name}`), ...(has.includes(address) ? [] : [`addr add ${address} dev ${name}`])]
  }

  async #has(device: string, signal?: AbortSignal): Promise<Overlay> {
    const vxlan = this.#o.backend === 'vxlan'
    const [routes, neighbours, forwards] = await Promise.all([
      this.#json<{ dst: string, gateway?: string, dev?: string }>('ip', ['-j', 'route', 'show', 'proto', routeProtocol], signal),
      vxlan ? this.#json<{ dst: string, lladdr?: string }>('ip', ['-j', '-4', 'neigh', 'show', 'dev', device, 'nud', 'permanent'], signal) : [],
      vxlan ? this.#json<{ mac: string, dst?: string }>('bridge', ['-j', 'fdb', 'show', 'dev', device], signal) : [],
    ])
    return {
      routes: routes.map((r) => ({ dst: r.dst.includes('/') ? r.dst : `${r.dst}/32`, gateway: r.gateway ?? '' })),
      neighbours: neighbours.map((n) => ({ ip: n.dst, mac: n.lladdr ?? '' })),
      forwards: forwards.flatMap((f) => (f.dst ? [{ mac: f.mac, dst: f.dst }] : [])),
    }
  }

  async #json<T>(file: string, args: readonly string[], signal?: AbortSignal): Promise<T[]> {
    const text = await this.#run(file, args, undefined, signal)
    return text.trim() ? JSON.parse(text) as T[] : []
  }

  #run(file: string, args: readonly string[], input?: string, signal?: AbortSignal): Promise<string> {
    return this.#o.exec(file, args, { ...(input !== undefined && { input }), ...(signal && { signal }) })
  }
}
