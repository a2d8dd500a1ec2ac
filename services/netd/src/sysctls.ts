/** Kernel settings that a node of a pod network needs. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const wanted: ReadonlyArray<readonly [string, string]> = [
  ['/proc/sys/net/ipv4/ip_forward', '1'],
  // Replies between two pods of one bridge must pass connection tracking, or what a Service translated is not undone.
  ['/proc/sys/net/bridge/bridge-nf-call-iptables', '1'],
]

export function ensureSysctls(): void {
  for (const [file, value] of wanted) if (existsSync(file) && readFileSync(file, 'utf8').trim() !== value) writeFileSync(file, value)
}
