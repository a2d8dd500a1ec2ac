/**
 * The kubelet's side of CRI over a unix socket. Guarantees: every call has a deadline and ends when its signal aborts;
 * failures are CriError with the gRPC code and the runtime's own words. It knows nothing of pods.
 */
import type { Clock } from '@drydock/base'
import { GrpcError, grpcCode } from '@drydock/proto/channel'
import * as cri from '@drydock/proto/cri'
import { frame } from '@drydock/proto/frame'
import { method, type Method } from '@drydock/proto/rpc-types'
import { runtimeChannel, serverStream } from './channel.ts'

export interface CallOpts { signal?: AbortSignal | undefined, timeoutMs?: number }

/** What the runtime refused. `message` is what upstream shows: `rpc error: code = X desc = Y`; `desc` is Y alone. */
export class CriError extends Error {
  readonly code: number
  readonly desc: string
  constructor(code: number, desc: string, cause?: unknown) {
    super(rpcError(code, desc), { cause })
    this.name = 'CriError'
    this.code = code
    this.desc = desc
  }
}

const names: Record<number, string> = { 1: 'Canceled', 2: 'Unknown', 3: 'InvalidArgument', 4: 'DeadlineExceeded', 5: 'NotFound', 6: 'AlreadyExists', 7: 'PermissionDenied', 8: 'ResourceExhausted', 9: 'FailedPrecondition', 10: 'Aborted', 11: 'OutOfRange', 12: 'Unimplemented', 13: 'Internal', 14: 'Unavailable', 15: 'DataLoss', 16: 'Unauthenticated' }
/** As Go prints a gRPC status. */
export const rpcError = (code: number, desc: string): string => `rpc error: code = ${names[code] ?? 'Unknown'} desc = ${desc}`
export const isCriCode = (e: unknown, code: number): boolean => e instanceof CriError && e.code === code
export const isNotFound = (e: unknown): boolean => isCriCode(e, 5)

/** In Go's words, as far as the way to the runtime is what failed. */
function criError(e: unknown, endpoint: string): unknown {
  if (!(e instanceof GrpcError)) return e
  if (e.transport && e.code === grpcCode.deadlineExceeded) return new CriError(e.code, 'context deadline exceeded', e)
  if (e.transport && !e.sent) return new CriError(grpcCode.unavailable, `connection error: desc = "transport: Error while dialing: dial unix ${endpoint.slice('unix://'.length)}: connect: ${dialWords(e)}"`, e)
  return new CriError(e.code, e.message, e)
}

function dialWords(e: Error): string {
  const cause = e.cause as NodeJS.ErrnoException | undefined
  return ({ ENOENT: 'no such file or directory', ECONNREFUSED: 'connection refused', EACCES: 'permission denied' } as Record<string, string>)[cause?.code ?? ''] ?? cause?.message ?? e.message
}

/** The calls that the kubelet makes. Times in nanoseconds since 1970 as decimal strings, as on the wire. */
export interface Cri {
  version(o?: CallOpts): Promise<cri.VersionResponse>
  status(o?: CallOpts): Promise<cri.StatusResponse>
  runPodSandbox(config: cri.PodSandboxConfig, runtimeHandler: string, o?: CallOpts): Promise<string>
  stopPodSandbox(id: string, o?: CallOpts): Promise<void>
  removePodSandbox(id: string, o?: CallOpts): Promise<void>
  podSandboxStatus(id: string, o?: CallOpts): Promise<cri.PodSandboxStatusResponse>
  listPodSandbox(filter: Partial<cri.PodSandboxFilter>, o?: CallOpts): Promise<cri.PodSandbox[]>
  createContainer(sandboxId: string, config: cri.ContainerConfig, sandbox: cri.PodSandboxConfig, o?: CallOpts): Promise<string>
  startContainer(id: string, o?: CallOpts): Promise<void>
  /** Sends the stop signal, and kills after `timeoutSeconds`. */
  stopContainer(id: string, timeoutSeconds: number, o?: CallOpts): Promise<void>
  removeContainer(id: string, o?: CallOpts): Promise<void>
  listContainers(filter: Partial<cri.ContainerFilter>, o?: CallOpts): Promise<cri.Container[]>
  containerStatus(id: string, o?: CallOpts & { verbose?: boolean }): Promise<cri.ContainerStatusResponse>
  updateContainerResources(id: string, linux: cri.LinuxContainerResources, o?: CallOpts): Promise<void>
  reopenContainerLog(id: string, o?: CallOpts): Promise<void>
  execSync(id: string, cmd: readonly string[], timeoutSeconds: number, o?: CallOpts): Promise<cri.ExecSyncResponse>
  /** URL of a streaming session. */
  exec(q: cri.ExecRequest, o?: CallOpts): Promise<string>
  attach(q: cri.AttachRequest, o?: CallOpts): Promise<string>
  portForward(sandboxId: string, o?: CallOpts): Promise<string>
  listContainerStats(o?: CallOpts): Promise<cri.ContainerStats[]>
  listImages(o?: CallOpts): Promise<cri.Image[]>
  imageStatus(image: string, o?: CallOpts): Promise<cri.Image | undefined>
  pullImage(image: string, auth: cri.AuthConfig | undefined, sandbox: cri.PodSandboxConfig | undefined, o?: CallOpts): Promise<string>
  removeImage(image: string, o?: CallOpts): Promise<void>
  imageFsInfo(o?: CallOpts): Promise<cri.ImageFsInfoResponse>
  /** Container events; throws CriError Unimplemented where the runtime has none. */
  events(signal: AbortSignal): AsyncIterable<cri.ContainerEventResponse>
  close(): void
}

export interface CriOptions {
  /** `unix:///run/containerd/containerd.sock`. */ endpoint: string
  /** Of calls that set none; default 120,000 (upstream's --runtime-request-timeout). */ timeoutMs?: number
  clock: Clock
}

const runtime = <Q, A>(name: string, request: Method<Q, A>['request'], response: Method<Q, A>['response']) => method(`/runtime.v1.RuntimeService/${name}`, request, response)
const images = <Q, A>(name: string, request: Method<Q, A>['request'], response: Method<Q, A>['response']) => method(`/runtime.v1.ImageService/${name}`, request, response)

const m = {
  version: runtime('Version', cri.VersionRequest, cri.VersionResponse),
  status: runtime('Status', cri.StatusRequest, cri.StatusResponse),
  runPodSandbox: runtime('RunPodSandbox', cri.RunPodSandboxRequest, cri.RunPodSandboxResponse),
  stopPodSandbox: runtime('StopPodSandbox', cri.StopPodSandboxRequest, cri.StopPodSandboxResponse),
  removePodSandbox: runtime('RemovePodSandbox', cri.RemovePodSandboxRequest, cri.RemovePodSandboxResponse),
  podSandboxStatus: runtime('PodSandboxStatus', cri.PodSandboxStatusRequest, cri.PodSandboxStatusResponse),
  listPodSandbox: runtime('ListPodSandbox', cri.ListPodSandboxRequest, cri.ListPodSandboxResponse),
  createContainer: runtime('CreateContainer', cri.CreateContainerRequest, cri.CreateContainerResponse),
  startContainer: runtime('StartContainer', cri.StartContainerRequest, cri.StartContainerResponse),
  stopContainer: runtime('StopContainer', cri.StopContainerRequest, cri.StopContainerResponse),
  removeContainer: runtime('RemoveContainer', cri.RemoveContainerRequest, cri.RemoveContainerResponse),
  listContainers: runtime('ListContainers', cri.ListContainersRequest, cri.ListContainersResponse),
  containerStatus: runtime('ContainerStatus', cri.ContainerStatusRequest, cri.ContainerStatusResponse),
  updateContainerResources: runtime('UpdateContainerResources', cri.UpdateContainerResourcesRequest, cri.UpdateContainerResourcesResponse),
  reopenContainerLog: runtime('ReopenContainerLog', cri.ReopenContainerLogRequest, cri.ReopenContainerLogResponse),
  execSync: runtime('ExecSync', cri.ExecSyncRequest, cri.ExecSyncResponse),
  exec: runtime('Exec', cri.ExecRequest, cri.ExecResponse),
  attach: runtime('Attach', cri.AttachRequest, cri.AttachResponse),
  portForward: runtime('PortForward', cri.PortForwardRequest, cri.PortForwardResponse),
  listContainerStats: runtime('ListContainerStats', cri.ListContainerStatsRequest, cri.ListContainerStatsResponse),
  events: runtime('GetContainerEvents', cri.GetEventsRequest, cri.ContainerEventResponse),
  listImages: images('ListImages', cri.ListImagesRequest, cri.ListImagesResponse),
  imageStatus: images('ImageStatus', cri.ImageStatusRequest, cri.ImageStatusResponse),
  pullImage: images('PullImage', cri.PullImageRequest, cri.PullImageResponse),
  removeImage: images('RemoveImage', cri.RemoveImageRequest, cri.RemoveImageResponse),
  imageFsInfo: images('ImageFsInfo', cri.ImageFsInfoRequest, cri.ImageFsInfoResponse),
}

export function createCri(o: CriOptions): Cri {
  const channel = runtimeChannel(o.endpoint, o.clock)
  const call = async <Q, A>(method: Method<Q, A>, q: Q, c: CallOpts = {}): Promise<A> => {
    try {
      return await channel.unary(method.path, frame(method.request.encode(q).finish()), (b) => method.response.decode(b), { timeoutMs: c.timeoutMs ?? o.timeoutMs ?? 120_000, signal: c.signal })
    } catch (e) { throw criError(e, o.endpoint) }
  }
  const imageSpec = (image: string): cri.ImageSpec => cri.ImageSpec.fromPartial({ image })
  return {
    version: (c) => call(m.version, { version: 'v1' }, { timeoutMs: 10_000, ...c }),
    status: (c) => call(m.status, { verbose: false }, { timeoutMs: 10_000, ...c }),
    runPodSandbox: async (config, runtimeHandler, c) => (await call(m.runPodSandbox, { config, runtimeHandler }, { timeoutMs: 240_000, ...c })).podSandboxId,
    stopPodSandbox: async (podSandboxId, c) => { await call(m.stopPodSandbox, { podSandboxId }, c) },
    removePodSandbox: async (podSandboxId, c) => { await call(m.removePodSandbox, { podSandboxId }, c) },
    podSandboxStatus: (podSandboxId, c) => call(m.podSandboxStatus, { podSandboxId, verbose: false }, c),
    listPodSandbox: async (filter, c) => (await call(m.listPodSandbox, { filter: cri.PodSandboxFilter.fromPartial(filter) }, c)).items,
    createContainer: async (podSandboxId, config, sandboxConfig, c) => (await call(m.createContainer, { podSandboxId, config, sandboxConfig }, c)).containerId,
    startContainer: async (containerId, c) => { await call(m.startContainer, { containerId }, c) },
    stopContainer: async (containerId, timeout, c) => { await call(m.stopContainer, { containerId, timeout }, { timeoutMs: timeout * 1000 + 120_000, ...c }) },
    removeContainer: async (containerId, c) => { await call(m.removeContainer, { containerId }, c) },
    listContainers: async (filter, c) => (await call(m.listContainers, { filter: cri.ContainerFilter.fromPartial(filter) }, c)).containers,
    containerStatus: (containerId, c) => call(m.containerStatus, { containerId, verbose: c?.verbose ?? false }, c),
    updateContainerResources: async (containerId, linux, c) => { await call(m.updateContainerResources, { containerId, linux, windows: undefined, annotations: {} }, c) },
    reopenContainerLog: async (containerId, c) => { await call(m.reopenContainerLog, { containerId }, c) },
    execSync: (containerId, cmd, timeout, c) => call(m.execSync, { containerId, cmd: [...cmd], timeout }, { timeoutMs: timeout > 0 ? timeout * 1000 + 120_000 : 3_600_000, ...c }),
    exec: async (q, c) => (await call(m.exec, q, c)).url,
    attach: async (q, c) => (await call(m.attach, q, c)).url,
    portForward: async (podSandboxId, c) => (await call(m.portForward, { podSandboxId, port: [] }, c)).url,
    listContainerStats: async (c) => (await call(m.listContainerStats, { filter: undefined }, c)).stats,
    listImages: async (c) => (await call(m.listImages, { filter: undefined }, c)).images,
    imageStatus: async (image, c) => (await call(m.imageStatus, { image: imageSpec(image), verbose: false }, c)).image,
    pullImage: async (image, auth, sandboxConfig, c) => (await call(m.pullImage, { image: imageSpec(image), auth, sandboxConfig }, { timeoutMs: 3_600_000, ...c })).imageRef,
    removeImage: async (image, c) => { await call(m.removeImage, { image: imageSpec(image) }, c) },
    imageFsInfo: (c) => call(m.imageFsInfo, {}, c),
    async *events(signal) {
      try { yield* serverStream(channel, m.events, {}, { signal }) } catch (e) { if (!signal.aborted) throw criError(e, o.endpoint) }
    },
    close() { channel.close() },
  }
}
