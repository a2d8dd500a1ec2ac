/**
 * Takes away what a cluster's nodes left on the machine: processes in its cgroups, containerd's shims, mounts below its
 * folder, cgroups. Finds everything by the cluster's own names; never touches what does not carry them.
 */
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { join } from 'node:path'
import { realClock, type Clock } from '@drydock/base'
import type { Layout } from './layout.ts'

const exec = promisify(execFile)
const read = (f: string) => { try { return readFileSync(f, 'utf8') } catch { return '' } }

const cgroupRoots = () => ['/sys/fs/cgroup', ...(existsSync('/sys/fs/cgroup/cgroup.controllers') ? [] : readdirSync('/sys/fs/cgroup').map((d) => join('/sys/fs/cgroup', d)))]
const cgroupFolders = (l: Layout) => cgroupRoots().map((r) => join(r, l.cgroup)).filter((d) => existsSync(d))

function* below(folder: string): Generator<string> {
  let names: string[] = []
  try { names = readdirSync(folder, { withFileTypes: true }).filter((d) => d.isDirectory()).map((d) => d.name) } catch { return }
  for (const n of names) yield* below(join(folder, n))
  yield folder
}

/** Pids of containers and shims of this cluster, or of one node's folder. */
export function leftovers(l: Layout, nodeFolder = join(l.folder, 'nodes') + '/', cgroup = ''): number[] {
  const found = new Set<number>()
  for (const root of cgroupFolders(l)) for (const d of below(join(root, cgroup))) for (const p of read(join(d, 'cgroup.procs')).split('\n')) if (p) found.add(Number(p))
  for (const p of readdirSync('/proc')) {
    if (!/^\d+$/.test(p)) continue
    const cmd = read(`/proc/${p}/cmdline`).split('\0')
    if (cmd[0]?.includes('containerd-shim') && cmd.some((a) => a.startsWith(nodeFolder))) found.add(Number(p))
  }
  found.delete(process.pid)
  return [...found]
}

export async function killLeftovers(l: Layout, nodeFolder?: string, cgroup?: string, clock: Clock = realClock): Promise<void> {
  const end = clock.monotonic() + 10_000
  for (let pids = leftovers(l, nodeFolder, cgroup); pids.length && clock.monotonic() < end; pids = leftovers(l, nodeFolder, cgroup)) {
    for (const p of pids) try { process.kill(p, 'SIGKILL') } catch { /* it ended by itself */ }
    await clock.sleep(20)
  }
}

const unescape = (s: string) => s.replace(/\\([0-7]{3})/g, (_, o: string) => String.fromCharCode(parseInt(o, 8)))

/** Unmounts everything mounted below a folder, deepest first. */
export async function unmountBelow(folder: string): Promise<void> {
  const targets = read('/proc/self/mountinfo').split('\n').map((x) => unescape(x.split(' ')[4] ?? '')).filter((t) => t === folder || t.startsWith(folder + '/')).reverse()
  for (let i = 0; i < targets.length; i += 50) await exec('umount', ['--lazy', ...targets.slice(i, i + 50)]).catch(() => undefined)
}

/** Container network namespaces (made by containerd's CRI as /run/netns/cni-…) whose sandbox belonged to a node. */
export function sandboxNamespaces(nodeFolder: string): string[] {
  const out = new Set<string>()
  for (const state of below(join(nodeFolder, 'containerd/state'))) for (const m of read(join(state, 'config.json')).matchAll(/"(\/(?:var\/)?run\/netns\/cni-[0-9a-f-]+)"/g)) out.add(m[1]!)
  return [...out]
}

/**
 * Results of CNI calls that libcni keeps outside of any folder of ours: those of the node's pods (netd's network carries the
 * node's name) and, by the same sandbox, of their loopback interfaces.
 */
export function removeCniResults(node: string, folder = '/var/lib/cni/results'): void {
  let names: string[] = []
  try { names = readdirSync(folder) } catch { return }
  const prefix = `drydock-${node}-`
  for (const n of names) {
    const sandbox = n.startsWith(prefix) ? /^([0-9a-f]+)-eth0$/.exec(n.slice(prefix.length))?.[1] : undefined
    if (sandbox) for (const f of [n, `cni-loopback-${sandbox}-lo`]) rmSync(join(folder, f), { force: true })
  }
}

export async function removeNamespaces(files: readonly string[]): Promise<void> {
  for (const f of files) if (existsSync(f)) await exec('ip', ['netns', 'delete', f.split('/').pop()!]).catch(() => undefined)
}

export function removeCgroups(l: Layout, below_ = ''): void {
  for (const root of cgroupFolders(l)) for (const d of below(join(root, below_))) try { rmdirSync(d) } catch { /* a process in it is still ending; the caller looks again */ }
}
