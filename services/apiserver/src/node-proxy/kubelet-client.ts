/** Connections to kubelets: one gRPC channel per address, made when first needed. Refusals come as StatusError. */
import { badRequest, internalError, notFound, resources, StatusError, type Pod, type Status } from '@drydock/api'
import { kubelet } from '@drydock/proto'
import { credentials, type ChannelCredentials, type ServiceError } from '@grpc/grpc-js'
import type { Parts } from '../registry/parts.ts'

export interface KubeletTls { ca: Buffer | string | undefined, cert: Buffer | string | undefined, key: Buffer | string | undefined }
export interface Kubelets {
  /** Of the node with this name. Throws StatusError when there is none or it has no address. */
  of(nodeName: string): kubelet.KubeletClient
  pod(namespace: string, name: string): Pod
  close(): void
}

const buffer = (x: Buffer | string | undefined): Buffer | null => (x === undefined ? null : Buffer.from(x as string))
const maxChannels = 5_000

export function createKubelets(parts: Parts, tls: KubeletTls): Kubelets {
  const channels = new Map<string, kubelet.KubeletClient>()
  let secret: ChannelCredentials | undefined
  return {
    of(nodeName) {
      const node = parts.reader.get(resources.nodes, '', nodeName)
      if (!node) throw notFound({ group: '', resource: 'nodes' }, nodeName)
      const address = (['InternalIP', 'ExternalIP', 'Hostname'] as const).map((t) => node.status?.addresses?.find((a) => a.type === t)?.address).find(Boolean)
      if (!address) throw internalError(new Error(`no preferred addresses found; known addresses: []`))
      const to = `${address.includes(':') ? `[${address}]` : address}:${node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 10250}`
      let c = channels.get(to)
      if (!c) {
        if (channels.size >= maxChannels) for (const [k, old] of channels) { old.close(); channels.delete(k); break }
        secret ??= credentials.createSsl(buffer(tls.ca), buffer(tls.key), buffer(tls.cert))
        channels.set(to, c = new kubelet.KubeletClient(to, secret, { 'grpc.max_reconnect_backoff_ms': 2_000, 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_receive_message_length': 8 << 20, 'grpc.enable_retries': 0 }))
      }
      return c
    },
    pod(namespace, name) {
      const pod = parts.reader.get(resources.pods, namespace, name)
      if (!pod) throw notFound({ group: '', resource: 'pods' }, name)
      return pod
    },
    close() { for (const c of channels.values()) c.close() },
  }
}

/** What a kubelet's failure means to the client. */
export function kubeletError(e: unknown): StatusError {
  if (e instanceof StatusError) return e
  const raw = (e as ServiceError).metadata?.get('status-bin')[0]
  if (raw) try { return StatusError.fromStatus(JSON.parse(raw.toString()) as Status) } catch { /* not ours */ }
  return internalError(new Error(`error dialing backend: ${(e as ServiceError).details || (e as Error).message}`))
}

/** The container that is meant, as upstream's LogLocation and streamLocation choose it. */
export function containerOf(pod: Pod, asked: string): string {
  const names = (l: { name: string }[] | undefined) => (l ?? []).map((c) => c.name)
  const regular = names(pod.spec?.containers), init = names(pod.spec?.initContainers), ephemeral = names(pod.spec?.ephemeralContainers)
  if (asked) {
    if (![...regular, ...init, ...ephemeral].includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${pod.metadata?.name}`)
    return asked
  }
  if (regular.length === 1) return regular[0]!
  const more = (init.length ? ` or one of the init containers: [${init.join(' ')}]` : '') + (ephemeral.length ? ` or one of the ephemeral containers: [${ephemeral.join(' ')}]` : '')
  throw badRequest(`a container name must be specified for pod ${pod.metadata?.name}, choose one of: [${regular.join(' ')}]${more}`)
}
