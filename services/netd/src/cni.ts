/** The CNI configuration of a node: what makes its runtime, and so the Node, ready. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface CniOptions {
  /** Unique among the nodes of the machine: results and leases are kept under it. */
  name: string
  bridge: string
  podCIDR: string
  mtu: number
  /** Where host-local keeps its leases. */
  dataDir: string
}

export const confFile = '10-drydock.conflist'
/** Where libcni keeps the results of its calls, whatever the runtime. */
const resultsFolder = '/var/lib/cni/results'

export const networkName = (node: string): string => `drydock-${node}`

export function conflist(o: CniOptions): string {
  return JSON.stringify({
    cniVersion: '1.0.0', name: o.name,
    plugins: [{
      type: 'bridge', bridge: o.bridge, isGateway: true, isDefaultGateway: true, forceAddress: true, ipMasq: false, hairpinMode: true, mtu: o.mtu,
      ipam: { type: 'host-local', dataDir: o.dataDir, ranges: [[{ subnet: o.podCIDR }]] },
    }],
  }, undefined, 2) + '\n'
}

/** Writes it whole or not at all, and only when it differs: the runtime reloads at every write. Answers whether it did. */
export function writeConf(folder: string, text: string): boolean {
  const file = join(folder, confFile)
  try { if (readFileSync(file, 'utf8') === text) return false } catch { /* It is not there yet. */ }
  mkdirSync(folder, { recursive: true })
  const half = `${file}.tmp`
  writeFileSync(half, text)
  renameSync(half, file)
  return true
}

/** Takes away configuration, leases and cached results of a network. */
export function removeConf(o: { confDir: string, dataDir: string, name: string }): void {
  for (const f of [join(o.confDir, confFile), join(o.confDir, `${confFile}.tmp`), o.dataDir]) rmSync(f, { recursive: true, force: true })
  let names: string[] = []
  try { names = readdirSync(resultsFolder) } catch { return }
  for (const n of names) if (n.startsWith(`${o.name}-`)) rmSync(join(resultsFolder, n), { force: true })
}
