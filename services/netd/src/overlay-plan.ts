/**
 * Routes, neighbours and forwarding entries that the overlay needs, and the commands that turn what the kernel has into
 * that. Pure. Routes are told apart from anyone else's by their protocol number.
 */
import { baseAddress, macOf, type Peer } from './peers.ts'

export const routeProtocol = '221'

export interface OverlayOptions { backend: 'vxlan' | 'host-gw', /** VXLAN device, or the node's own link. */ device: string, self: string }
export interface Route { dst: string, gateway: string }
export interface Neighbour { ip: string, mac: string }
export interface Forward { mac: string, dst: string }
/** What the kernel has of it. */
export interface Overlay { routes: readonly Route[], neighbours: readonly Neighbour[], forwards: readonly Forward[] }

export function wantedOverlay(peers: readonly Peer[], o: OverlayOptions): Overlay {
  const others = peers.filter((p) => p.name !== o.self)
  if (o.backend === 'host-gw') return { routes: others.map((p) => ({ dst: p.podCIDR, gateway: p.address })), neighbours: [], forwards: [] }
  return {
    routes: others.map((p) => ({ dst: p.podCIDR, gateway: baseAddress(p.podCIDR) })),
    neighbours: others.map((p) => ({ ip: baseAddress(p.podCIDR), mac: macOf(p.address) })),
    forwards: others.map((p) => ({ mac: macOf(p.address), dst: p.address })),
  }
}

/** Lines for `ip -batch -` and `bridge -batch -`; none when nothing differs. What comes is put in before its route. */
export function overlayCommands(has: Overlay, wants: Overlay, o: OverlayOptions): { ip: string[], bridge: string[] } {
  const dev = `dev ${o.device}`, onlink = o.backend === 'vxlan' ? ' onlink' : ''
  const n = missing(has.neighbours, wants.neighbours), f = missing(has.forwards, wants.forwards), r = missing(has.routes, wants.routes)
  const goneN = missing(wants.neighbours, has.neighbours).filter((x) => !wants.neighbours.some((w) => w.ip === x.ip))
  const goneR = missing(wants.routes, has.routes).filter((x) => !wants.routes.some((w) => w.dst === x.dst))
  return {
    bridge: [
      ...missing(wants.forwards, has.forwards).map((x) => `fdb del ${x.mac} ${dev} dst ${x.dst} self`),
      ...f.map((x) => `fdb append ${x.mac} ${dev} dst ${x.dst} self permanent`),
    ],
    ip: [
      ...n.map((x) => `neigh replace ${x.ip} lladdr ${x.mac} ${dev} nud permanent`),
      ...r.map((x) => `route replace ${x.dst} via ${x.gateway} ${dev}${onlink} proto ${routeProtocol}`),
      ...goneR.map((x) => `route del ${x.dst} ${dev} proto ${routeProtocol}`),
      ...goneN.map((x) => `neigh del ${x.ip} ${dev}`),
    ],
  }
}

/** Of `wants`, what `has` lacks. */
function missing<T extends object>(has: readonly T[], wants: readonly T[]): T[] {
  const known = new Set(has.map((x) => JSON.stringify(x)))
  return wants.filter((x) => !known.has(JSON.stringify(x)))
}
