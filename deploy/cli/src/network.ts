/**
 * A cluster's part of the host's network: one bridge (the switch), and per node a network namespace with a veth to it.
 * Everything is found by name, so each function can run again after being cut short anywhere.
 */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Layout, NodeLayout } from './layout.ts'

const exec = promisify(execFile)
const ip = async (...args: string[]) => (await exec('ip', args)).stdout
// By nsenter: `ip -n` also remounts /sys in a mount namespace of its own, which a chroot without a mounted root refuses.
const ipInside = async (n: NodeLayout, ...args: string[]) => (await exec('nsenter', [`--net=/run/netns/${n.netns}`, 'ip', ...args])).stdout
const nft = (script: string) => new Promise<void>((resolve, reject) => {
  const child = execFile('nft', ['-f', '-'], (e, _out, stderr) => (e ? reject(new Error(`nft: ${stderr.trim() || e.message}`)) : resolve()))
  child.stdin!.end(script)
})
const device = (name: string) => existsSync(`/sys/class/net/${name}`)
const namespace = (name: string) => existsSync(`/run/netns/${name}`)

export async function ensureBridge(l: Layout): Promise<void> {
  if (!device(l.bridge)) {
    await ip('link', 'add', l.bridge, 'type', 'bridge')
    await ip('addr', 'replace', `${l.gateway}/24`, 'dev', l.bridge)
  }
  await ip('link', 'set', l.bridge, 'up')
  // Nodes reach the outside (for images) through the host, under its address.
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1')
  await nft(`table inet ${l.table}-nodes
delete table inet ${l.table}-nodes
table inet ${l.table}-nodes {
  chain postrouting { type nat hook postrouting priority srcnat; policy accept; ip saddr ${l.subnet} oifname != ${JSON.stringify(l.bridge)} masquerade; }
}
`)
}

export async function ensureNode(l: Layout, n: NodeLayout): Promise<void> {
  if (!namespace(n.netns)) await ip('netns', 'add', n.netns)
  const inside = (await ipInside(n, '-o', 'link')).includes('eth0')
  if (!inside || !device(n.vethHost)) {
    if (device(n.vethHost)) await ip('link', 'delete', n.vethHost)
    await ip('link', 'add', n.vethHost, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', n.netns)
  }
  await ip('link', 'set', n.vethHost, 'master', l.bridge, 'up')
  await ipInside(n, 'addr', 'replace', `${n.address}/24`, 'dev', 'eth0')
  await ipInside(n, 'link', 'set', 'eth0', 'up')
  await ipInside(n, 'link', 'set', 'lo', 'up')
  await ipInside(n, 'route', 'replace', 'default', 'via', l.gateway)
}

export async function removeNode(n: NodeLayout): Promise<void> {
  if (device(n.vethHost)) await ip('link', 'delete', n.vethHost).catch(() => undefined)
  if (namespace(n.netns)) await ip('netns', 'delete', n.netns)
}

export async function removeBridge(l: Layout): Promise<void> {
  if (device(l.bridge)) await ip('link', 'delete', l.bridge)
  const tables = (await exec('nft', ['list', 'tables']).catch(() => ({ stdout: '' }))).stdout.split('\n')
  for (const t of tables) if (t.endsWith(` ${l.table}`) || t.endsWith(` ${l.table}-nodes`)) await nft(`delete ${t}\n`)
}

/** The process that listens on a TCP port of the host's namespace, if any: its pid and command. */
export function listener(port: number): string | undefined {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  for (const f of ['/proc/net/tcp', '/proc/net/tcp6']) {
    if (!existsSync(f)) continue
    const row = readFileSync(f, 'utf8').split('\n').map((x) => x.trim().split(/\s+/)).find((x) => x[1]?.endsWith(`:${hex}`) && x[3] === '0A')
    if (row) return row[9] ?? ''
  }
  return undefined
}
