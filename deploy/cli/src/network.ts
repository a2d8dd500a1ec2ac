/**
 * A cluster's part of the host's network: one bridge (the switch), and per node a network namespace with a veth to it.
 * Everything is found by name, so each function can run again after being cut short anywhere. Commands go to `ip` in
 * batches: a process for each would be a good part of a cold start.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { exec } from '@drydock/base'
import type { Layout, NodeLayout } from './layout.ts'

const batch = (lines: readonly string[]) => exec('ip', ['-batch', '-'], { input: lines.join('\n') + '\n' })
// By nsenter: `ip -n` also remounts /sys in a mount namespace of its own, which a chroot without a mounted root refuses.
const batchInside = (n: NodeLayout, lines: readonly string[]) => exec('nsenter', [`--net=/run/netns/${n.netns}`, 'ip', '-batch', '-'], { input: lines.join('\n') + '\n' })
const nft = (script: string) => exec('nft', ['-f', '-'], { input: script })
const device = (name: string) => existsSync(`/sys/class/net/${name}`)
const namespace = (name: string) => existsSync(`/run/netns/${name}`)

/** The bridge with the control plane's address on it: what listens there can start. */
export async function ensureBridge(l: Layout): Promise<void> {
  await batch([
    ...(device(l.bridge) ? [] : [`link add ${l.bridge} type bridge`]),
    `addr replace ${l.gateway}/24 dev ${l.bridge}`, `link set ${l.bridge} up`,
  ])
}

/** Nodes reach the outside (for images) through the host, under its address. */
export async function ensureWayOut(l: Layout): Promise<void> {
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1')
  await nft(`table inet ${l.table}-nodes
delete table inet ${l.table}-nodes
table inet ${l.table}-nodes {
  chain postrouting { type nat hook postrouting priority srcnat; policy accept; ip saddr ${l.subnet} oifname != ${JSON.stringify(l.bridge)} masquerade; }
}
`)
}

/** The nodes' namespaces, each with its address on the bridge. */
export async function ensureNodes(l: Layout, nodes: readonly NodeLayout[]): Promise<void> {
  if (!nodes.length) return
  await batch(nodes.flatMap((n) => {
    const there = namespace(n.netns), plugged = device(n.vethHost)
    return [
      ...(there ? [] : [`netns add ${n.netns}`]),
      // A cable whose other end went with an earlier namespace is of no use.
      ...(plugged && !there ? [`link delete ${n.vethHost}`] : []),
      ...(plugged && there ? [] : [`link add ${n.vethHost} type veth peer name eth0 netns ${n.netns}`]),
      `link set ${n.vethHost} master ${l.bridge} up`,
    ]
  }))
  await Promise.all(nodes.map((n) => batchInside(n, [`addr replace ${n.address}/24 dev eth0`, 'link set eth0 up', 'link set lo up', `route replace default via ${l.gateway}`])))
}

export async function removeNode(n: NodeLayout): Promise<void> {
  if (device(n.vethHost)) await batch([`link delete ${n.vethHost}`]).catch(() => undefined)
  if (namespace(n.netns)) await batch([`netns delete ${n.netns}`])
}

export async function removeBridge(l: Layout): Promise<void> {
  if (device(l.bridge)) await batch([`link delete ${l.bridge}`])
  const tables = (await exec('nft', ['list', 'tables'], {}).catch(() => '')).split('\n')
  for (const t of tables) if (t.endsWith(` ${l.table}`) || t.endsWith(` ${l.table}-nodes`)) await nft(`delete ${t}\n`)
}

/** TCP ports of the host's namespace that somebody listens on. */
export function listening(): Set<number> {
  const ports = new Set<number>()
  for (const f of ['/proc/net/tcp', '/proc/net/tcp6']) {
    if (!existsSync(f)) continue
    // Columns: slot, local address, remote address, state (0A: listening).
    for (const m of readFileSync(f, 'utf8').matchAll(/^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:0000 0A /gm)) ports.add(parseInt(m[1]!, 16))
  }
  return ports
}
