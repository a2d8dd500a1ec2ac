/**
 * The cgroups above containers: <root>/kubepods/{burstable,besteffort}/pod<uid>, in v1 hierarchies or the unified one. The
 * runtime makes the containers' own below them. Absent (no privilege, no cgroupfs) it does nothing and says so once.
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod } from '@drydock/api'
import type { Logger } from '@drydock/base'
import { cpuQuota, cpuShares, podTotal, qosClass } from '../pods/resources.ts'

export interface Cgroups {
  /** Makes the pod's cgroup and sets its limits; answers what CRI calls the cgroup parent ('' where there are none). Never throws. */
  ensure(pod: Pod): Promise<string>
  /** What `ensure` will answer, once it is known that cgroups can be made here: the runtime makes the parent where it is not there yet. */
  parentOf(pod: Pod): string | undefined
  remove(podUID: string): Promise<void>
  /** Uids of pods that have a cgroup. */
  present(): Promise<string[]>
}

const mount = '/sys/fs/cgroup'
// Only where limits are written; the runtime joins the rest by itself.
const v1Controllers = ['cpu', 'memory', 'pids']

export interface CgroupsOptions { root: string, driver: string, log: Logger }

export function createCgroups(o: CgroupsOptions): Cgroups {
  const unified = existsSync(join(mount, 'cgroup.controllers'))
  const base = join('/', o.root, 'kubepods')
  // Where sysfs was mounted anew (`ip netns exec` does that) there are no hierarchies, and a mkdir in it never ends.
  const mounted = unified || v1Controllers.every((c) => existsSync(join(mount, c, 'cgroup.procs')))
  let broken = o.driver !== 'cgroupfs' || !mounted
  if (broken) o.log.warn({ driver: o.driver, mounted }, 'pods get no cgroups of their own')
  let works = false
  const made = new Map<string, string[]>() // QoS classes under which a pod has a cgroup, where this process made it
  const pathFor = (uid: string, qos: string) => (qos === 'Guaranteed' ? join(base, `pod${uid}`) : join(base, qos.toLowerCase(), `pod${uid}`))
  const dirs = (path: string) => (unified ? [join(mount, path)] : v1Controllers.map((c) => join(mount, c, path)))
  // Every hierarchy, as the runtime makes directories in all of them.
  const allDirs = async (path: string) => (unified ? [join(mount, path)] : (await readdir(mount)).map((c) => join(mount, c, path)))
  const write = async (file: string, value: string) => { if (existsSync(file)) await writeFile(file, value) }

  async function limit(path: string, pod: Pod): Promise<void> {
    const limits = podTotal(pod, 'limits'), shares = cpuShares(podTotal(pod, 'requests')['cpu'] ?? 0)
    const every = (k: string) => [...(pod.spec?.containers ?? [])].every((c) => c.resources?.limits?.[k] !== undefined) || pod.spec?.resources?.limits?.[k] !== undefined
    const quota = every('cpu') ? cpuQuota(limits['cpu'] ?? 0) : 0, memory = every('memory') ? limits['memory'] ?? 0 : 0
    if (unified) {
      const at = join(mount, path)
      await write(join(at, 'cpu.weight'), String(Math.max(1, Math.floor(1 + ((shares - 2) * 9999) / 262_142))))
      await write(join(at, 'cpu.max'), quota ? `${quota} 100000` : 'max 100000')
      await write(join(at, 'memory.max'), memory ? String(memory) : 'max')
    } else {
      await write(join(mount, 'cpu', path, 'cpu.shares'), String(shares))
      if (quota) { await write(join(mount, 'cpu', path, 'cpu.cfs_period_us'), '100000'); await write(join(mount, 'cpu', path, 'cpu.cfs_quota_us'), String(quota)) }
      if (memory) await write(join(mount, 'memory', path, 'memory.limit_in_bytes'), String(memory))
    }
  }

  async function make(path: string): Promise<void> {
    for (const d of dirs(path)) await mkdir(d, { recursive: true })
    if (!unified) return
    for (let at = '', parts = path.split('/').filter(Boolean).slice(0, -1); ; at = join(at, parts.shift()!)) { // controllers come from above, level by level
      for (const c of ['cpu', 'memory', 'pids', 'cpuset']) await writeFile(join(mount, at, 'cgroup.subtree_control'), `+${c}`).catch(() => {})
      if (parts.length === 0) break
    }
  }

  return {
    async ensure(pod) {
      if (broken) return ''
      const path = pathFor(pod.metadata!.uid!, qosClass(pod))
      try {
        await make(path)
        await limit(path, pod)
        made.set(pod.metadata!.uid!, [qosClass(pod)])
        works = true
        return path
      } catch (e) {
        broken = true
        o.log.warn({ error: String(e), path }, 'cgroups cannot be made here: pods get none of their own')
        return ''
      }
    },
    parentOf: (pod) => (broken ? '' : works ? pathFor(pod.metadata!.uid!, qosClass(pod)) : undefined),
    async remove(uid) {
      if (made.get(uid)?.length === 0) return
      for (const qos of made.get(uid) ?? ['Guaranteed', 'Burstable', 'BestEffort']) for (const d of await allDirs(pathFor(uid, qos)).catch(() => [])) await rmdir(d).catch((e: NodeJS.ErrnoException) => (e.code === 'ENOENT' ? undefined : removeTree(d)))
      made.delete(uid)
    },
    async present() {
      const found = new Set<string>()
      for (const sub of ['', 'burstable', 'besteffort']) {
        for (const d of dirs(join(base, sub))) for (const n of await readdir(d).catch(() => [])) if (n.startsWith('pod')) found.add(n.slice(3))
      }
      return [...found]
    },
  }
}

/** rmdir from the leaves up; what still has processes stays for the next round. */
async function removeTree(dir: string): Promise<void> {
  for (const e of await readdir(dir, { withFileTypes: true }).catch(() => [])) if (e.isDirectory()) await removeTree(join(dir, e.name))
  await rmdir(dir).catch(() => {})
}

/** Whether the machine has memory pressure by its own account: available bytes. */
export async function availableMemory(): Promise<number> {
  const m = /MemAvailable:\s+(\d+)/.exec(await readFile('/proc/meminfo', 'utf8').catch(() => ''))
  return m ? Number(m[1]) * 1024 : Infinity
}
