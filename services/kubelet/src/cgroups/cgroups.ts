/**
 * The cgroups above containers: <root>/kubepods/{burstable,besteffort}/pod<uid>, in v1 hierarchies or the unified one. The
 * runtime makes the containers' own below them. Absent (no privilege, no cgroupfs) it does nothing and says so once.
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod } from '@drydock/api'
import type { Logger } from '@drydock/base'
import { cpuQuota, cpuShares, podTotal, qosClass, type QOSClass } from '../pods/resources.ts'

export interface Cgroups {
  /** Makes the pod's cgroup and sets its limits; answers what CRI calls the cgroup parent ('' where there are none). Never throws. */
  ensure(pod: Pod): Promise<string>
  /** What `ensure` will answer, once it is known that cgroups can be made here: the runtime makes the parent where it is not there yet. */
  parentOf(pod: Pod): string | undefined
  /** Counts a pod that an earlier kubelet has given its cgroup. */
  adopt(pod: Pod): void
  remove(podUID: string): Promise<void>
  /** Uids of pods that have a cgroup. */
  present(): Promise<string[]>
}

// Only where limits are written; the runtime joins the rest by itself.
const v1Controllers = ['cpu', 'memory', 'pids']

export interface CgroupsOptions { root: string, driver: string, log: Logger, /** Default /sys/fs/cgroup. */ mount?: string }

export function createCgroups(o: CgroupsOptions): Cgroups {
  const mount = o.mount ?? '/sys/fs/cgroup', unified = existsSync(join(mount, 'cgroup.controllers'))
  const base = join('/', o.root, 'kubepods')
  // Where sysfs was mounted anew (`ip netns exec` does that) there are no hierarchies, and a mkdir in it never ends.
  const mounted = unified || v1Controllers.every((c) => existsSync(join(mount, c, 'cgroup.procs')))
  let broken = o.driver !== 'cgroupfs' || !mounted
  if (broken) o.log.warn({ driver: o.driver, mounted }, 'pods get no cgroups of their own')
  let works = false
  const made = new Map<string, { qos: QOSClass, cpu: number }>() // those that this process made or adopted
  const pathFor = (uid: string, qos: string) => (qos === 'Guaranteed' ? join(base, `pod${uid}`) : join(base, qos.toLowerCase(), `pod${uid}`))
  const dirs = (path: string) => (unified ? [join(mount, path)] : v1Controllers.map((c) => join(mount, c, path)))
  // Every hierarchy, as the runtime makes directories in all of them.
  const allDirs = async (path: string) => (unified ? [join(mount, path)] : (await readdir(mount)).map((c) => join(mount, c, path)))
  const write = async (file: string, value: string) => { if (existsSync(file)) await writeFile(file, value) }

  const cpuOf = (pod: Pod) => podTotal(pod, 'requests')['cpu'] ?? 0
  const setShares = (path: string, shares: number) => (unified ? write(join(mount, path, 'cpu.weight'), String(Math.max(1, Math.floor(1 + ((shares - 2) * 9999) / 262_142)))) : write(join(mount, 'cpu', path, 'cpu.shares'), String(shares)))

  /** Each class has what its pods ask for: the best-effort ones the least there is. */
  const shared = new Map<QOSClass, number>()
  async function shareOut(qos: QOSClass): Promise<void> {
    const shares = cpuShares(qos === 'BestEffort' ? 0 : [...made.values()].reduce((sum, m) => sum + (m.qos === qos ? m.cpu : 0), 0))
    if (qos === 'Guaranteed' || shared.get(qos) === shares) return
    shared.set(qos, shares)
    await setShares(join(base, qos.toLowerCase()), shares)
  }

  async function limit(path: string, pod: Pod): Promise<void> {
    const limits = podTotal(pod, 'limits')
    const every = (k: string) => [...(pod.spec?.containers ?? [])].every((c) => c.resources?.limits?.[k] !== undefined) || pod.spec?.resources?.limits?.[k] !== undefined
    const quota = every('cpu') ? cpuQuota(limits['cpu'] ?? 0) : 0, memory = every('memory') ? limits['memory'] ?? 0 : 0
    await setShares(path, cpuShares(cpuOf(pod)))
    if (unified) {
      const at = join(mount, path)
      await write(join(at, 'cpu.max'), quota ? `${quota} 100000` : 'max 100000')
      await write(join(at, 'memory.max'), memory ? String(memory) : 'max')
    } else {
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
      const uid = pod.metadata!.uid!, qos = qosClass(pod), path = pathFor(uid, qos)
      try {
        await make(path)
        made.set(uid, { qos, cpu: cpuOf(pod) })
        await Promise.all([limit(path, pod), shareOut(qos)])
        works = true
        return path
      } catch (e) {
        broken = true
        o.log.warn({ error: String(e), path }, 'cgroups cannot be made here: pods get none of their own')
        return ''
      }
    },
    parentOf: (pod) => (broken ? '' : works ? pathFor(pod.metadata!.uid!, qosClass(pod)) : undefined),
    adopt(pod) { made.set(pod.metadata!.uid!, { qos: qosClass(pod), cpu: cpuOf(pod) }) },
    async remove(uid) {
      const known = made.get(uid), classes: QOSClass[] = known ? [known.qos] : ['Guaranteed', 'Burstable', 'BestEffort']
      for (const qos of classes) for (const d of await allDirs(pathFor(uid, qos)).catch(() => [])) await rmdir(d).catch((e: NodeJS.ErrnoException) => (e.code === 'ENOENT' ? undefined : removeTree(d)))
      if (made.delete(uid) && known) await shareOut(known.qos).catch(() => {}) // the class is there as long as any pod of it
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
