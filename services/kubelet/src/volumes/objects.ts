/**
 * The API objects that pods refer to. Calls for the same object at the same time share one request; nothing older than a
 * second is given out, so that what a pod starts with is what the API has.
 */
import { isStatus, resources, type ConfigMap, type PersistentVolume, type PersistentVolumeClaim, type Pod, type RuntimeClass, type Secret, type TokenRequest } from '@drydock/api'
import type { Clock } from '@drydock/base'
import type { Client } from '@drydock/client'

export interface Token { token: string, /** Milliseconds since the epoch. */ issuedAt: number, expiresAt: number }
export interface Objects {
  /** Undefined if it is not there and `optional`. Throws `configmap "x" not found`. */
  configMap(namespace: string, name: string, optional: boolean): Promise<ConfigMap | undefined>
  secret(namespace: string, name: string, optional: boolean): Promise<Secret | undefined>
  claim(namespace: string, name: string): Promise<PersistentVolumeClaim>
  volume(name: string): Promise<PersistentVolume>
  runtimeClass(name: string): Promise<RuntimeClass>
  /** A token bound to the pod; kept until 80 % of its life (or a day) is over. */
  token(pod: Pod, audience: string | undefined, expirationSeconds: number): Promise<Token>
  /** Forgets what belongs to a pod that is gone. */
  forget(podUID: string): void
}

const freshMs = 1_000, dayMs = 86_400_000

export function createObjects(client: Client, clock: Clock): Objects {
  const cache = new Map<string, { at: number, value: Promise<unknown> }>()
  const tokens = new Map<string, { podUID: string, value: Promise<Token> }>()
  const shared = <T>(key: string, get: () => Promise<T>): Promise<T> => {
    const now = clock.monotonic(), hit = cache.get(key)
    if (hit && now - hit.at < freshMs) return hit.value as Promise<T>
    if (cache.size > 1_000) for (const [k, c] of cache) if (now - c.at >= freshMs) cache.delete(k)
    const value = get()
    cache.set(key, { at: now, value })
    value.catch(() => { if (cache.get(key)?.value === value) cache.delete(key) })
    return value
  }
  const orMissing = async <T>(what: string, name: string, optional: boolean, get: Promise<T>): Promise<T | undefined> => {
    try {
      return await get
    } catch (e) {
      if (!isStatus(e, 'NotFound')) throw e
      if (optional) return undefined
      throw new Error(`${what} ${JSON.stringify(name)} not found`, { cause: e })
    }
  }
  const stale = (t: Token, now: number) => now > t.issuedAt + Math.min(dayMs, (t.expiresAt - t.issuedAt) * 0.8)

  return {
    configMap: (namespace, name, optional) => orMissing('configmap', name, optional, shared(`c/${namespace}/${name}`, () => client.get<ConfigMap>(resources.configmaps, name, { namespace }))),
    secret: (namespace, name, optional) => orMissing('secret', name, optional, shared(`s/${namespace}/${name}`, () => client.get<Secret>(resources.secrets, name, { namespace }))),
    claim: (namespace, name) => client.get<PersistentVolumeClaim>(resources.persistentvolumeclaims, name, { namespace }),
    volume: (name) => client.get<PersistentVolume>(resources.persistentvolumes, name),
    runtimeClass: async (name) => (await orMissing('runtimeclass.node.k8s.io', name, false, shared(`r/${name}`, () => client.get<RuntimeClass>(resources.runtimeclasses, name))))!,
    async token(pod, audience, expirationSeconds) {
      const m = pod.metadata!, sa = pod.spec?.serviceAccountName || 'default', key = `${m.uid}/${sa}/${audience ?? ''}/${expirationSeconds}`
      const hit = tokens.get(key)
      if (hit && !stale(await hit.value, clock.now())) return hit.value
      const value = requestToken(client, clock, pod, sa, audience, expirationSeconds)
      tokens.set(key, { podUID: m.uid!, value })
      value.catch(() => { if (tokens.get(key)?.value === value) tokens.delete(key) })
      return value
    },
    forget(podUID) { for (const [k, t] of tokens) if (t.podUID === podUID) tokens.delete(k) },
  }
}

async function requestToken(client: Client, clock: Clock, pod: Pod, sa: string, audience: string | undefined, expirationSeconds: number): Promise<Token> {
  const request: TokenRequest = {
    apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: { name: sa, namespace: pod.metadata!.namespace! },
    spec: { audiences: audience ? [audience] : [], expirationSeconds, boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: pod.metadata!.name!, uid: pod.metadata!.uid! } },
  }
  const answer = await client.create(resources.serviceaccounts as never, request as never, { namespace: pod.metadata!.namespace!, name: sa, subresource: 'token' }) as TokenRequest
  if (!answer.status?.token) throw new Error(`the API server gave no token for service account ${sa}`)
  return { token: answer.status.token, issuedAt: clock.now(), expiresAt: Date.parse(answer.status.expirationTimestamp ?? '') || clock.now() + expirationSeconds * 1000 }
}
