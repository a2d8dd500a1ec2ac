/**
 * Does what a plan asks, by CRI (kuberuntime_manager, kuberuntime_container): sandboxes, starts, ends, with upstream's events.
 * Failures to start are StartError; they say what a waiting container shows and when to look again.
 */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Container, Pod, Service } from '@drydock/api'
import type { Clock, Logger, Random } from '@drydock/base'
import * as cri from '@drydock/proto/cri'
import { CriError, isNotFound, type Cri } from '../cri/client.ts'
import type { NodeAmounts } from '../env/field.ts'
import { makeEnv } from '../env/make.ts'
import { expand } from '../env/expand.ts'
import { ImageError, type Images } from '../images/manager.ts'
import type { Objects } from '../volumes/objects.ts'
import { resolveSubPath } from '../volumes/sub-path.ts'
import type { MountedVolume, Volumes } from '../volumes/volumes.ts'
import { createBackoff, goSeconds } from './backoff.ts'
import { containerConfig, sandboxConfig, volumeMount } from './config.ts'
import { hostsFile, parseResolvConf, podDNS } from './dns.ts'
import { runHook } from './hooks.ts'
import { sandbox as sandboxFrom } from './inspect.ts'
import { containerHash, formatPod, hostNames, kernelHostname, podLogDir } from './names.ts'
import { verifyRunAsNonRoot } from './security.ts'
import { allContainers, latest, type AnyContainer, type PodRuntime, type RuntimeContainer, type RuntimeSandbox } from './types.ts'

export class StartError extends Error {
  readonly reason: string
  readonly retryAfterMs: number
  constructor(reason: string, message: string, retryAfterMs = 10_000) { super(message); this.reason = reason; this.retryAfterMs = retryAfterMs }
}

export type PodEvent = (pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string, container?: string) => void

export interface RuntimeManagerOptions {
  cri: Cri
  clock: Clock
  random: Random
  log: Logger
  images: Images
  objects: Objects
  volumes: Volumes
  event: PodEvent
  services: () => readonly Service[]
  node: () => NodeAmounts & { hostIPs: readonly string[], memoryCapacity: number }
  clusterDNS: readonly string[]
  clusterDomain: string
  resolvConf: string
  podLogsDir: string
  rootDir: string
}

/** What containers of a pod are started with. */
export interface StartContext { pod: Pod, sandbox: RuntimeSandbox, config: cri.PodSandboxConfig, volumes: Map<string, MountedVolume>, runtime: PodRuntime, signal: AbortSignal }

export interface RuntimeManager {
  config(pod: Pod, attempt: number, cgroupParent: string): Promise<cri.PodSandboxConfig>
  createSandbox(pod: Pod, config: cri.PodSandboxConfig, signal: AbortSignal): Promise<RuntimeSandbox>
  /** Resolves with the container's id once it runs and its postStart hook is done. */
  start(c: AnyContainer, x: StartContext): Promise<string>
  kill(pod: Pod, c: Container, rc: RuntimeContainer, o: { message?: string, graceSeconds?: number, waitTurn?: (seconds: number) => Promise<void>, quiet?: boolean, signal: AbortSignal }): Promise<void>
  /** Ends all containers, sidecars last and in reverse order, then the sandboxes. Ends of those in `told` are not announced again. */
  killPod(pod: Pod, rt: PodRuntime, graceSeconds: number | undefined, signal: AbortSignal, told?: Set<string>): Promise<void>
  forget(pod: { uid: string }): void
}

const minimumGraceSeconds = 2

export function createRuntimeManager(o: RuntimeManagerOptions): RuntimeManager {
  const crash = createBackoff(o.clock, 10_000, 300_000)
  const seccompRoot = join(o.rootDir, 'seccomp')
  let hostDNS: ReturnType<typeof parseResolvConf> | undefined

  async function config(pod: Pod, attempt: number, cgroupParent: string): Promise<cri.PodSandboxConfig> {
    hostDNS ??= parseResolvConf(await readFile(o.resolvConf, 'utf8').catch(() => ''))
    const m = pod.metadata!, logDir = podLogDir(o.podLogsDir, { namespace: m.namespace!, name: m.name!, uid: m.uid! })
    if (o.clusterDNS.length === 0 && (pod.spec?.dnsPolicy ?? 'ClusterFirst').startsWith('ClusterFirst') && !pod.spec?.hostNetwork) {
      o.event(pod, 'Warning', 'MissingClusterDNS', `pod: "${formatPod(pod)}". kubelet does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" policy. Falling back to "Default" policy.`)
    }
    let hostname: string
    try {
      hostname = kernelHostname(pod, hostNames(pod, o.clusterDomain))
    } catch (e) {
      throw noSandbox(pod, e)
    }
    const { dns, omitted } = podDNS(pod, hostDNS, { servers: o.clusterDNS, domain: o.clusterDomain })
    for (const words of omitted) o.event(pod, 'Warning', 'DNSConfigForming', words)
    return sandboxConfig({ pod, attempt, hostname, dns, logDir, cgroupParent, seccompRoot })
  }

  const noSandbox = (pod: Pod, e: unknown): unknown => { o.event(pod, 'Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${(e as Error).message}`); return e }

  async function createSandbox(pod: Pod, cfg: cri.PodSandboxConfig, signal: AbortSignal): Promise<RuntimeSandbox> {
    const folders = Promise.all([cfg.logDirectory, ...allContainers(pod).map((c) => containerDir(pod, c))].map((d) => mkdir(d, { recursive: true, mode: 0o755 })))
    folders.catch(() => {}) // told below, once the sandbox is there
    let id: string
    try {
      const { runtimeClassName } = pod.spec ?? {}
      id = await o.cri.runPodSandbox(cfg, runtimeClassName ? (await o.objects.runtimeClass(runtimeClassName)).handler : '', { signal })
    } catch (e) {
      throw signal.aborted ? e : noSandbox(pod, e)
    }
    const [status] = await Promise.all([o.cri.podSandboxStatus(id, { signal }), folders])
    return sandboxFrom(status.status!)
  }
  /** Holds the files behind termination messages. */
  const containerDir = (pod: Pod, c: AnyContainer) => join(o.volumes.podDir(pod.metadata!.uid!), 'containers', c.name)

  const crashKey = (pod: Pod, c: AnyContainer) => `${pod.metadata!.uid}_${c.name}_${containerHash(c)}`
  /** CrashLoopBackOff, counted from the last exit. */
  function holdBack(pod: Pod, c: AnyContainer, rt: PodRuntime): void {
    const ended = rt.containers.find((x) => x.name === c.name && x.state === 'exited')
    if (!ended) return
    const key = crashKey(pod, c), left = crash.remaining(key, ended.finishedAt)
    if (left > 0) {
      o.event(pod, 'Warning', 'BackOff', `Back-off restarting failed container ${c.name} in pod ${formatPod(pod)}`, c.name)
      throw new StartError('CrashLoopBackOff', `back-off ${goSeconds(crash.current(key))} restarting failed container=${c.name} pod=${formatPod(pod)}`, left)
    }
    crash.next(key, ended.finishedAt)
  }

  async function start(c: AnyContainer, x: StartContext): Promise<string> {
    const { pod } = x, event = (type: 'Normal' | 'Warning', reason: string, message: string) => o.event(pod, type, reason, message, c.name)
    holdBack(pod, c, x.runtime)
    const image = await o.images.ensure(pod, c, x.config, event, x.signal).catch((e: unknown) => {
      if (!(e instanceof ImageError)) throw e
      event('Warning', 'Failed', `Error: ${e.reason}`)
      throw new StartError(e.reason, e.message, e.retryAfterMs)
    })
    const failed = (reason: string, e: unknown): never => {
      const message = e instanceof CriError ? e.desc : e instanceof Error ? e.message : String(e)
      if (x.signal.aborted) throw e
      event('Warning', 'Failed', `Error: ${message}`)
      throw new StartError(reason, message, reason === 'RunContainerError' ? 0 : 10_000)
    }
    const before = latest(x.runtime, c.name)
    const made = await containerFor(c, x, image, before ? before.restartCount + 1 : 0).catch((e: unknown) => failed('CreateContainerConfigError', e))
    const id = await o.cri.createContainer(x.sandbox.id, made, x.config, { signal: x.signal }).catch((e: unknown) => failed('CreateContainerError', e))
    event('Normal', 'Created', 'Container created')
    await o.cri.startContainer(id, { signal: x.signal }).catch((e: unknown) => failed('RunContainerError', e))
    event('Normal', 'Started', 'Container started')
    await afterStart(c, x, id)
    return id
  }

  async function afterStart(c: AnyContainer, x: StartContext, id: string): Promise<void> {
    const hook = c.lifecycle?.postStart
    if (!hook) return
    try {
      await runHook(hook, { cri: o.cri, clock: o.clock, pod: formatPod(x.pod), container: c as Container, containerId: id, ip: x.sandbox.ips[0] ?? '', signal: x.signal })
    } catch (e) {
      if (x.signal.aborted) throw e
      o.event(x.pod, 'Warning', 'FailedPostStartHook', 'PostStartHook failed', c.name)
      const rc = { id, name: c.name } as RuntimeContainer
      await kill(x.pod, c as Container, rc, { message: 'FailedPostStartHook', signal: x.signal })
      throw new StartError('PostStartHookError', (e as Error).message, 0)
    }
  }

  async function containerFor(c: AnyContainer, x: StartContext, image: { ref: string, user: { uid: number | undefined, username: string } }, restartCount: number): Promise<cri.ContainerConfig> {
    const { pod } = x, node = o.node()
    verifyRunAsNonRoot(pod, c, image.user)
    const ips = pod.spec?.hostNetwork ? node.hostIPs : x.sandbox.ips
    const own = ownFiles(c, x, ips)
    own.catch(() => {}) // awaited below, or of no account beside what else fails
    const env = await makeEnv({ pod, container: c, objects: o.objects, services: o.services(), ips, hostIPs: node.hostIPs, node })
    const mounts = [...await volumeMounts(c, x, env), ...await own]
    const target = (c as { targetContainerName?: string }).targetContainerName
    const targetId = target ? latest(x.runtime, target)?.id : undefined
    if (target && !targetId) throw new Error(`target container not found: ${target}`)
    return containerConfig({ pod, container: c, restartCount, image: image.ref, imageUser: image.user, env, mounts, memoryCapacity: node.memoryCapacity, seccompRoot, ...(targetId && { targetId }) })
  }

  async function volumeMounts(c: AnyContainer, x: StartContext, env: ReadonlyMap<string, string>): Promise<cri.Mount[]> {
    const mounts: cri.Mount[] = []
    if ((c as Container).volumeDevices?.length) throw new Error('volumeDevices are not supported by this node')
    for (const m of c.volumeMounts ?? []) {
      const v = x.volumes.get(m.name)
      if (!v) throw new Error(`cannot find volume "${m.name}" to mount into container "${c.name}"`)
      const missing = new Set<string>(), value = (n: string) => { const found = env.get(n); if (!found) missing.add(n); return found }
      const sub = m.subPathExpr ? expand(m.subPathExpr, value) : m.subPath
      if (missing.size) throw new Error(`missing value for ${[...missing].sort().join(', ')}`)
      mounts.push(volumeMount(m, v, sub ? await resolveSubPath(v.hostPath, sub, `volumeMount ${JSON.stringify(m.name)} of container ${JSON.stringify(c.name)}`) : v.hostPath))
    }
    return mounts
  }

  /** The hosts file and the one for the container's last words, where it mounts nothing of its own there. */
  async function ownFiles(c: AnyContainer, x: StartContext, ips: readonly string[]): Promise<cri.Mount[]> {
    const { pod } = x, mounts: Promise<cri.Mount>[] = []
    const taken = (path: string) => c.volumeMounts?.some((m) => m.mountPath === path) ?? false
    const mount = (containerPath: string, hostPath: string) => cri.Mount.fromPartial({ containerPath, hostPath })
    const hosts = async () => {
      const path = join(o.volumes.podDir(pod.metadata!.uid!), 'etc-hosts'), host = pod.spec?.hostNetwork ? await readFile('/etc/hosts', 'utf8').catch(() => '') : undefined
      await writeFile(path, hostsFile(pod, hostNames(pod, o.clusterDomain), ips, host), { mode: 0o644 })
      return mount('/etc/hosts', path)
    }
    const messagePath = c.terminationMessagePath ?? '/dev/termination-log'
    const message = async () => {
      const path = join(containerDir(pod, c), Math.floor(o.random.next() * 2 ** 32).toString(16).padStart(8, '0'))
      await writeFile(path, '')
      await chmod(path, 0o666)
      return mount(messagePath, path)
    }
    await mkdir(containerDir(pod, c), { recursive: true, mode: 0o755 })
    if (!taken('/etc/hosts')) mounts.push(hosts())
    if (messagePath && !taken(messagePath)) mounts.push(message())
    return Promise.all(mounts)
  }

  const graceOf = (pod: Pod, c: Container | undefined, message: string | undefined): number => {
    if (pod.metadata?.deletionGracePeriodSeconds !== undefined) return pod.metadata.deletionGracePeriodSeconds
    const own = message?.includes('failed startup probe') ? c?.startupProbe : message?.includes('failed liveness probe') ? c?.livenessProbe : undefined
    return own?.terminationGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30
  }

  const kill: RuntimeManager['kill'] = async (pod, c, rc, k) => {
    let grace = k.graceSeconds ?? graceOf(pod, c, k.message)
    if (!k.quiet) o.event(pod, 'Normal', 'Killing', k.message ?? `Stopping container ${c.name}`, c.name)
    const from = o.clock.monotonic(), left = () => Math.max(0, grace - Math.floor((o.clock.monotonic() - from) / 1000))
    if (c.lifecycle?.preStop && grace > 0) await preStop(pod, c, rc, grace, k.signal)
    if (k.waitTurn && left() > 0) await k.waitTurn(left())
    grace = Math.max(minimumGraceSeconds, left())
    await o.cri.stopContainer(rc.id, grace, { signal: k.signal }).catch((e: unknown) => { if (!isNotFound(e)) throw e })
  }

  /** Runs the hook, but no longer than the grace there is. */
  async function preStop(pod: Pod, c: Container, rc: RuntimeContainer, graceSeconds: number, signal: AbortSignal): Promise<void> {
    const late = new AbortController(), cancel = o.clock.timer(graceSeconds * 1000, () => late.abort(new Error('the grace period is over')))
    try {
      await runHook(c.lifecycle!.preStop!, { cri: o.cri, clock: o.clock, pod: formatPod(pod), container: c, containerId: rc.id, ip: pod.status?.podIP ?? '', signal: AbortSignal.any([signal, late.signal]) })
    } catch (e) {
      if (signal.aborted) throw e
      if (!late.signal.aborted) o.event(pod, 'Warning', 'FailedPreStopHook', 'PreStopHook failed', c.name)
    } finally {
      cancel()
    }
  }

  return {
    config, createSandbox, start, kill,
    async killPod(pod, rt, graceSeconds, signal, told) {
      const running = rt.containers.filter((c) => c.state === 'running' || c.state === 'unknown' || c.state === 'created')
      const sidecars = (pod.spec?.initContainers ?? []).filter((c) => c.restartPolicy === 'Always').map((c) => c.name)
      const done = new Map<string, Promise<void>>()
      const order = [...running].sort((a, b) => sidecars.indexOf(b.name) - sidecars.indexOf(a.name)) // regular ones are -1: last here
      const regular = order.filter((c) => !sidecars.includes(c.name)), side = order.filter((c) => sidecars.includes(c.name))
      for (const rc of [...regular, ...side]) {
        const spec = specOf(pod, rc.name), before = [...done.values()]
        const waitTurn = sidecars.includes(rc.name) ? async (seconds: number) => { await Promise.race([Promise.allSettled(before), o.clock.sleep(seconds * 1000, signal)]) } : undefined
        if (rc.state === 'created') { done.set(rc.id, o.cri.stopContainer(rc.id, 0, { signal }).catch((e: unknown) => { if (!isNotFound(e)) throw e })); continue }
        const quiet = told?.has(rc.id) ?? false
        told?.add(rc.id)
        done.set(rc.id, kill(pod, spec, rc, { quiet, ...(graceSeconds !== undefined && { graceSeconds }), ...(waitTurn && { waitTurn }), signal }))
      }
      const results = await Promise.allSettled(done.values())
      const bad = results.find((r) => r.status === 'rejected')
      if (bad) throw bad.reason
      for (const s of rt.sandboxes) if (s.ready) await o.cri.stopPodSandbox(s.id, { signal }).catch((e: unknown) => { if (!isNotFound(e)) throw e })
    },
    forget({ uid }) { crash.forget(`${uid}_`) },
  }
}

/** The container's spec; of one that is no longer in the pod (or a pod known from the runtime alone) just its name. */
const specOf = (pod: Pod, name: string): Container =>
  ([...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? []), ...(pod.spec?.ephemeralContainers ?? [])] as Container[]).find((c) => c.name === name) ?? { name }
