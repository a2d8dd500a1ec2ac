/** Connections to kubelets: one gRPC client per address, made when first needed. Refusals come as StatusError. */
import { badRequest, internalError, notFound, resources, StatusError, type Pod, type Status } from '@drydock/api'
import { RpcClient, RpcError } from '@drydock/proto/rpc'
import type { Parts } from '../registry/parts.ts'

export interface KubeletTls { ca: Buffer | string | undefined, cert: Buffer | string | undefined, key: Buffer | string | undefined }
export interface Kubelets {
  /** Of the node with this name. Throws StatusError when there is none or it has no address. */
  of(nodeName: string): RpcClient
  /** Of the pod's node; a pod without one, or of one that is gone, is told as upstream tells it. */
  ofPod(pod: Pod): RpcClient
  pod(namespace: string, name: string): Pod
  close(): void
}

const maxClients = 5_000
const maxMessageBytes = 8 << 20

export function createKubelets(parts: Parts, tls: KubeletTls): Kubelets {
  const clients = new Map<string, RpcClient>()
  const lookup = (nodeName: string) => parts.reader.get(resources.nodes, '', nodeName)
  const secret = { ...(tls.ca !== undefined && { ca: tls.ca }), ...(tls.cert !== undefined && { cert: tls.cert }), ...(tls.key !== undefined && { key: tls.key }) }
  return {
    of(nodeName) {
      const node = lookup(nodeName)
      if (!node) throw notFound({ group: '', resource: 'nodes' }, nodeName)
      const address = (['InternalIP', 'ExternalIP', 'Hostname'] as const).map((t) => node.status?.addresses?.find((a) => a.type === t)?.address).find(Boolean)
      if (!address) throw new StatusError({ reason: '', code: 500, message: 'no preferred addresses found; known addresses: []' })
      const to = `${address.includes(':') ? `[${address}]` : address}:${node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 10250}`
      let c = clients.get(to)
      if (!c) {
        if (clients.size >= maxClients) for (const [k, old] of clients) { old.close(); clients.delete(k); break }
        clients.set(to, c = new RpcClient({ address: to, tls: secret, clock: parts.clock, maxMessageBytes }))
      }
      return c
    },
    ofPod(pod) {
      const node = pod.spec?.nodeName
      if (!node) throw badRequest(`pod ${pod.metadata?.name} does not have a host assigned`)
      if (!lookup(node)) throw notFound({ group: '', resource: 'pods' }, node)
      return this.of(node)
    },
    pod(namespace, name) {
      const pod = parts.reader.get(resources.pods, namespace, name)
      if (!pod) throw notFound({ group: '', resource: 'pods' }, name)
      return pod
    },
    close() { for (const c of clients.values()) c.close() },
  }
}

/** What a kubelet's failure means to the client. */
export function kubeletError(e: unknown): StatusError {
  if (e instanceof StatusError) return e
  if (e instanceof RpcError && e.status) try { return StatusError.fromStatus(JSON.parse(e.status.toString()) as Status) } catch { /* not ours */ }
  return internalError(new Error(`error dialing backend: ${e instanceof RpcError ? e.details : (e as Error).message}`))
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
