/**
 * A pod's volumes on the node's disk. `prepare` asks the API for what they hold; `setUp` writes it, and may be called again
 * at any time: it changes only what differs. Volumes of kinds that this node cannot serve are refused by name.
 * Layout: <root>/pods/<uid>/volumes/kubernetes.io~<plugin>/<name>, as upstream's; secrets and tokens, which must not reach a
 * disk, in one tmpfs for all pods at <root>/memory/<uid>/<plugin>/<name>.
 */
import { chmod, chown, lstat, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { EmptyDirVolumeSource, Pod, ProjectedVolumeSource, Volume } from '@drydock/api'
import type { Clock, Logger } from '@drydock/base'
import { whole } from '../pods/quantity.ts'
import { podTotal } from '../pods/resources.ts'
import type { NodeAmounts } from '../env/field.ts'
import { writeAtomically } from './atomic-writer.ts'
import { checkHostPath } from './host-path.ts'
import type { Mounter } from './mounts.ts'
import type { Objects } from './objects.ts'
import { configMapData, downwardFiles, keyFiles, MountError, secretData, type Payload } from './payload.ts'

/** A volume ready to be mounted into containers. */
export interface MountedVolume { name: string, hostPath: string, readOnly: boolean, /** Files are links into `..data`. */ atomic: boolean }
/** What `prepare` found out, for `setUp`. */
interface Prepared { volume: Volume, plugin: string, payload?: () => Promise<Payload>, path?: string, readOnly?: boolean }

export interface Volumes {
  /** Throws VolumeError for volumes that cannot be had yet. */
  prepare(pod: Pod): Promise<Prepared[]>
  setUp(pod: Pod, prepared: readonly Prepared[]): Promise<Map<string, MountedVolume>>
  /** Unmounts and removes everything of a pod. */
  tearDown(podUID: string): Promise<void>
  /** Uids of pods that have a directory here. */
  present(): Promise<string[]>
  podDir(podUID: string): string
  /** Where an emptyDir is, or would be. */
  emptyDir(pod: Pod, volume: string): string
}

/** Of all volumes of a pod that cannot be had now: what is to be told of each. */
export class VolumeError extends Error {
  readonly failures: readonly { volume: string, message: string }[]
  constructor(failures: readonly { volume: string, message: string }[]) {
    super(failures.map((f) => f.message).join('; '))
    this.name = 'VolumeError'
    this.failures = failures
  }
}

export interface VolumesOptions { rootDir: string, objects: Objects, mounter: Mounter, clock: Clock, log: Logger, node: () => NodeAmounts }

export function createVolumes(o: VolumesOptions): Volumes {
  const podDir = (uid: string) => join(o.rootDir, 'pods', uid)
  const dirOf = (pod: Pod, plugin: string, name: string) => join(podDir(pod.metadata!.uid!), 'volumes', plugin, name)

  const memory = join(o.rootDir, 'memory'), secret = new Set(['kubernetes.io~secret', 'kubernetes.io~projected'])
  let memoryReady: Promise<void> | undefined
  /** Mounted once; where that is not allowed the directory is an ordinary one. */
  const mountMemory = () => (memoryReady ??= (async () => {
    await mkdir(memory, { recursive: true, mode: 0o750 })
    if ((await o.mounter.below(memory)).includes(memory)) return
    await o.mounter.tmpfs(memory, 'mode=0750').catch((e: unknown) => o.log.warn({ error: String(e) }, 'no tmpfs can be mounted: secrets are kept on disk'))
  })())

  async function prepareOne(pod: Pod, v: Volume): Promise<Prepared> {
    const ns = pod.metadata!.namespace!
    if (v.emptyDir) return { volume: v, plugin: 'kubernetes.io~empty-dir' }
    if (v.hostPath) { await checkHostPath(v.hostPath.path, v.hostPath.type); return { volume: v, plugin: '', path: v.hostPath.path } }
    if (v.configMap) {
      const s = v.configMap, c = await o.objects.configMap(ns, s.name ?? '', s.optional ?? false)
      const files = keyFiles('configmap', configMapData(c), s.items, s.defaultMode ?? 0o644, s.optional ?? false)
      return { volume: v, plugin: 'kubernetes.io~configmap', payload: async () => files }
    }
    if (v.secret) {
      const s = v.secret, c = await o.objects.secret(ns, s.secretName ?? '', s.optional ?? false)
      const files = keyFiles('secret', secretData(c), s.items, s.defaultMode ?? 0o644, s.optional ?? false)
      return { volume: v, plugin: 'kubernetes.io~secret', payload: async () => files }
    }
    if (v.downwardAPI) return { volume: v, plugin: 'kubernetes.io~downward-api', payload: async () => downwardFiles(pod, v.downwardAPI!.items, v.downwardAPI!.defaultMode ?? 0o644, o.node()) }
    if (v.projected) return { volume: v, plugin: 'kubernetes.io~projected', payload: await projected(pod, v.projected) }
    if (v.persistentVolumeClaim) return claimed(ns, v)
    if (v.csi) throw new MountError(`kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name ${v.csi.driver} not found in the list of registered CSI drivers`)
    throw new MountError(`no volume plugin matched name: ${Object.keys(v).find((k) => k !== 'name') ?? 'none'}`)
  }

  /** Objects are asked for now; the token, which takes the API server a signature, comes when files are written. */
  async function projected(pod: Pod, source: ProjectedVolumeSource): Promise<() => Promise<Payload>> {
    const ns = pod.metadata!.namespace!, mode = source.defaultMode ?? 0o644
    const parts = await Promise.all((source.sources ?? []).map(async (s): Promise<() => Promise<Payload>> => {
      if (s.configMap) {
        const files = keyFiles('configmap', configMapData(await o.objects.configMap(ns, s.configMap.name ?? '', s.configMap.optional ?? false)), s.configMap.items, mode, s.configMap.optional ?? false)
        return async () => files
      }
      if (s.secret) {
        const files = keyFiles('secret', secretData(await o.objects.secret(ns, s.secret.name ?? '', s.secret.optional ?? false)), s.secret.items, mode, s.secret.optional ?? false)
        return async () => files
      }
      if (s.downwardAPI) return async () => downwardFiles(pod, s.downwardAPI!.items, mode, o.node())
      if (s.serviceAccountToken) {
        const t = s.serviceAccountToken, wanted = o.objects.token(pod, t.audience, t.expirationSeconds ?? 3600)
        wanted.catch(() => {}) // reported when it is awaited
        return async () => new Map([[t.path, { data: Buffer.from((await wanted).token), ...tokenOwner(pod, mode) }]])
      }
      throw new MountError(`projected source ${Object.keys(s).join()} is not supported by this node`)
    }))
    return async () => {
      const all: Payload = new Map()
      for (const p of parts) for (const [k, f] of await p()) all.set(k, f)
      return all
    }
  }

  async function claimed(ns: string, v: Volume): Promise<Prepared> {
    const claim = await o.objects.claim(ns, v.persistentVolumeClaim!.claimName)
    const name = claim.spec?.volumeName
    if (!name || claim.status?.phase !== 'Bound') throw new MountError(`PVC ${ns}/${claim.metadata?.name} is not bound`)
    const pv = await o.objects.volume(name)
    const readOnly = v.persistentVolumeClaim!.readOnly ?? false
    if (pv.spec?.hostPath) { await checkHostPath(pv.spec.hostPath.path, pv.spec.hostPath.type); return { volume: v, plugin: '', path: pv.spec.hostPath.path, readOnly } }
    if (pv.spec?.local) {
      await stat(pv.spec.local.path).catch(() => { throw new MountError(`path ${JSON.stringify(pv.spec!.local!.path)} does not exist`) })
      return { volume: v, plugin: '', path: pv.spec.local.path, readOnly }
    }
    throw new MountError(`PersistentVolume ${name}: only hostPath and local volumes can be mounted on this node`)
  }

  async function setUpOne(pod: Pod, p: Prepared): Promise<MountedVolume> {
    const name = p.volume.name, fsGroup = pod.spec?.securityContext?.fsGroup
    if (p.path !== undefined) return { name, hostPath: p.path, readOnly: p.readOnly ?? false, atomic: false }
    if (secret.has(p.plugin)) await mountMemory()
    const dir = secret.has(p.plugin) ? join(memory, pod.metadata!.uid!, p.plugin, name) : dirOf(pod, p.plugin, name)
    if (!p.payload) {
      await setUpEmptyDir(pod, p.volume.emptyDir!, dir)
      return { name, hostPath: dir, readOnly: false, atomic: false }
    }
    const [payload] = await Promise.all([p.payload(), mkdir(dir, { recursive: true, mode: 0o755 })])
    if (fsGroup !== undefined) for (const f of payload.values()) { f.gid = fsGroup; f.mode |= f.mode & 0o100 ? 0o550 : 0o440 }
    await writeAtomically(dir, payload, o.clock.now())
    await chmod(dir, 0o777)
    return { name, hostPath: dir, readOnly: false, atomic: true }
  }

  /** A tmpfs keeps the mode it comes with (1777), as upstream's does. */
  async function setUpEmptyDir(pod: Pod, e: EmptyDirVolumeSource, dir: string): Promise<void> {
    const fsGroup = pod.spec?.securityContext?.fsGroup, memory = e.medium === 'Memory'
    if (e.medium && !memory) throw new MountError(`emptyDir medium ${e.medium} is not supported by this node`)
    if (await mkdir(dir, { recursive: true, mode: 0o750 }) === undefined) return
    if (memory) await o.mounter.tmpfs(dir, `size=${memorySize(pod, e, o.node().memory)}`)
    if (fsGroup !== undefined) await chown(dir, -1, fsGroup)
    if (!memory || fsGroup !== undefined) await chmod(dir, (memory ? 0o1777 : 0o777) | (fsGroup !== undefined ? 0o2000 : 0))
  }

  /** All of them, or a VolumeError that names those that failed. */
  async function all<T>(work: readonly { volume: string, result: Promise<T> }[]): Promise<T[]> {
    const results = await Promise.allSettled(work.map((w) => w.result))
    const failures = results.flatMap((r, i) => (r.status === 'rejected' ? [{ volume: work[i]!.volume, message: `MountVolume.SetUp failed for volume "${work[i]!.volume}" : ${r.reason instanceof Error ? r.reason.message : String(r.reason)}` }] : []))
    if (failures.length) throw new VolumeError(failures)
    return results.map((r) => (r as PromiseFulfilledResult<T>).value)
  }

  return {
    podDir, emptyDir: (pod, volume) => dirOf(pod, 'kubernetes.io~empty-dir', volume),
    prepare: (pod) => all((pod.spec?.volumes ?? []).map((v) => ({ volume: v.name, result: prepareOne(pod, v) }))),
    async setUp(pod, prepared) {
      const done = await all(prepared.map((p) => ({ volume: p.volume.name, result: setUpOne(pod, p) })))
      return new Map(done.map((m) => [m.name, m]))
    },
    async tearDown(uid) {
      const dir = podDir(uid)
      await rm(join(memory, uid), { recursive: true, force: true })
      if (!await lstat(dir).catch(() => undefined)) return
      const mounts = await o.mounter.below(dir)
      for (const m of mounts) await o.mounter.unmount(m)
      if (mounts.length && (await o.mounter.below(dir)).length) throw new Error(`mounts remain below ${dir}`) // never delete through a mount
      await rm(dir, { recursive: true, force: true })
    },
    async present() { return [...new Set((await Promise.all([dirname(podDir('x')), memory].map((d) => readdir(d).catch(() => [])))).flat())] },
  }
}

/** calculateEmptyDirMemorySize: no more than the pod may use, nor than it asks for. */
function memorySize(pod: Pod, e: EmptyDirVolumeSource, allocatable: number): number {
  const limited = [...(pod.spec?.containers ?? [])].every((c) => c.resources?.limits?.['memory'] !== undefined) || pod.spec?.resources?.limits?.['memory'] !== undefined
  const bounds = [limited ? podTotal(pod, 'limits')['memory'] ?? 0 : 0, whole(e.sizeLimit)]
  return bounds.reduce((size, b) => (b > 0 && b <= size ? b : size), allocatable)
}

/** The token is its reader's alone where all containers run as one user; else as the volume says (serviceaccount token plugin). */
function tokenOwner(pod: Pod, mode: number): { mode: number, uid?: number } {
  if (pod.spec?.securityContext?.fsGroup !== undefined) return { mode: 0o600 }
  const users = new Set([...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].map((c) => c.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser))
  const [only] = users
  return users.size === 1 && only !== undefined ? { mode: 0o600, uid: only } : { mode }
}
