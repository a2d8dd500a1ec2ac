/**
 * The kubelet's side of CRI over a unix socket. Guarantees: every call has a deadline and ends when its signal aborts;
 * failures are CriError with the gRPC code and the runtime's own words. It knows nothing of pods.
 */
import { cri } from '@drydock/proto'
import { credentials, Metadata, status as codes, type CallOptions, type ClientUnaryCall, type ServiceError } from '@grpc/grpc-js'

export interface CallOpts { signal?: AbortSignal | undefined, timeoutMs?: number }

/** What the runtime refused. `message` is what upstream shows: `rpc error: code = X desc = Y`; `desc` is Y alone. */
export class CriError extends Error {
  readonly code: number
  readonly desc: string
  constructor(e: ServiceError) {
    super(`rpc error: code = ${codeName(e.code)} desc = ${e.details}`, { cause: e })
    this.name = 'CriError'
    this.code = e.code
    this.desc = e.details
  }
}

const names: Record<number, string> = { 1: 'Canceled', 2: 'Unknown', 3: 'InvalidArgument', 4: 'DeadlineExceeded', 5: 'NotFound', 6: 'AlreadyExists', 7: 'PermissionDenied', 8: 'ResourceExhausted', 9: 'FailedPrecondition', 10: 'Aborted', 11: 'OutOfRange', 12: 'Unimplemented', 13: 'Internal', 14: 'Unavailable', 15: 'DataLoss', 16: 'Unauthenticated' }
const codeName = (code: number) => names[code] ?? 'Unknown'
export const isCriCode = (e: unknown, code: number): boolean => e instanceof CriError && e.code === code
export const isNotFound = (e: unknown): boolean => isCriCode(e, codes.NOT_FOUND)

type Unary<Q, A> = (q: Q, m: Metadata, o: Partial<CallOptions>, cb: (e: ServiceError | null, a: A) => void) => ClientUnaryCall

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
  /** Milliseconds since the epoch, for deadlines. */ now: () => number
}

const options = { 'grpc.max_receive_message_length': 16 << 20, 'grpc.max_send_message_length': 16 << 20, 'grpc.use_local_subchannel_pool': 1, 'grpc.max_reconnect_backoff_ms': 1_000, 'grpc.initial_reconnect_backoff_ms': 100 } as const

export function createCri(o: CriOptions): Cri {
  const runtime = new cri.RuntimeServiceClient(o.endpoint, credentials.createInsecure(), options)
  const images = new cri.ImageServiceClient(o.endpoint, credentials.createInsecure(), options)
  const metadata = new Metadata()
  const call = <Q, A>(method: Unary<Q, A>, q: Q, c: CallOpts = {}): Promise<A> => new Promise((resolve, reject) => {
    if (c.signal?.aborted) return reject(c.signal.reason)
    const running = method(q, metadata, { deadline: o.now() + (c.timeoutMs ?? o.timeoutMs ?? 120_000) }, (e, a) => {
      c.signal?.removeEventListener('abort', abort)
      if (e) reject(c.signal?.aborted ? c.signal.reason : new CriError(e))
      else resolve(a)
    })
    const abort = () => running.cancel()
    c.signal?.addEventListener('abort', abort, { once: true })
  })
  // bound once: grpc-js methods need their client
  const r = <K extends keyof cri.RuntimeServiceClient>(k: K) => (runtime[k] as (...a: never[]) => unknown).bind(runtime) as unknown
  const i = <K extends keyof cri.ImageServiceClient>(k: K) => (images[k] as (...a: never[]) => unknown).bind(images) as unknown
  const unary = <Q, A>(f: unknown) => f as Unary<Q, A>
  const m = {
    version: unary<cri.VersionRequest, cri.VersionResponse>(r('version')),
    status: unary<cri.StatusRequest, cri.StatusResponse>(r('status')),
    runPodSandbox: unary<cri.RunPodSandboxRequest, cri.RunPodSandboxResponse>(r('runPodSandbox')),
    stopPodSandbox: unary<cri.StopPodSandboxRequest, unknown>(r('stopPodSandbox')),
    removePodSandbox: unary<cri.RemovePodSandboxRequest, unknown>(r('removePodSandbox')),
    podSandboxStatus: unary<cri.PodSandboxStatusRequest, cri.PodSandboxStatusResponse>(r('podSandboxStatus')),
    listPodSandbox: unary<cri.ListPodSandboxRequest, cri.ListPodSandboxResponse>(r('listPodSandbox')),
    createContainer: unary<cri.CreateContainerRequest, cri.CreateContainerResponse>(r('createContainer')),
    startContainer: unary<cri.StartContainerRequest, unknown>(r('startContainer')),
    stopContainer: unary<cri.StopContainerRequest, unknown>(r('stopContainer')),
    removeContainer: unary<cri.RemoveContainerRequest, unknown>(r('removeContainer')),
    listContainers: unary<cri.ListContainersRequest, cri.ListContainersResponse>(r('listContainers')),
    containerStatus: unary<cri.ContainerStatusRequest, cri.ContainerStatusResponse>(r('containerStatus')),
    updateContainerResources: unary<cri.UpdateContainerResourcesRequest, unknown>(r('updateContainerResources')),
    reopenContainerLog: unary<cri.ReopenContainerLogRequest, unknown>(r('reopenContainerLog')),
    execSync: unary<cri.ExecSyncRequest, cri.ExecSyncResponse>(r('execSync')),
    exec: unary<cri.ExecRequest, cri.ExecResponse>(r('exec')),
    attach: unary<cri.AttachRequest, cri.AttachResponse>(r('attach')),
    portForward: unary<cri.PortForwardRequest, cri.PortForwardResponse>(r('portForward')),
    listContainerStats: unary<cri.ListContainerStatsRequest, cri.ListContainerStatsResponse>(r('listContainerStats')),
    listImages: unary<cri.ListImagesRequest, cri.ListImagesResponse>(i('listImages')),
    imageStatus: unary<cri.ImageStatusRequest, cri.ImageStatusResponse>(i('imageStatus')),
    pullImage: unary<cri.PullImageRequest, cri.PullImageResponse>(i('pullImage')),
    removeImage: unary<cri.RemoveImageRequest, unknown>(i('removeImage')),
    imageFsInfo: unary<cri.ImageFsInfoRequest, cri.ImageFsInfoResponse>(i('imageFsInfo')),
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
      const stream = runtime.getContainerEvents({})
      const abort = () => stream.cancel()
      signal.addEventListener('abort', abort, { once: true })
      try {
        for await (const e of stream) yield e as cri.ContainerEventResponse
      } catch (e) {
        if (!signal.aborted) throw new CriError(e as ServiceError)
      } finally {
        signal.removeEventListener('abort', abort)
        stream.cancel()
      }
    },
    close() { runtime.close(); images.close() },
  }
}
