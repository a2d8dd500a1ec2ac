import { alreadyExists, apiVersionOf, keyOf, notFound } from '@drydock/api'
import type { Resource } from '@drydock/api'
import type { ApiObject, Changes, Reader, Writer } from '../admission/types.ts'

/** A store in memory with the ports that plugins, authorizers and bootstrap use; for tests. Writes apply at once. */
export interface FakeCluster extends Reader, Changes, Writer {
  put<T>(r: Resource<T>, ...objects: object[]): void
  remove(r: Resource, namespace: string, name: string): void
}

export function fakeCluster(): FakeCluster {
  const stores = new Map<string, Map<string, ApiObject>>()
  const listeners = new Map<string, Array<(now: unknown, old: unknown) => void>>()
  let revision = 0, uid = 0
  const id = (r: Resource) => `${r.group}/${r.resource}`
  const store = (r: Resource) => { let s = stores.get(id(r)); if (!s) stores.set(id(r), s = new Map()); return s }
  const key = (r: Resource, namespace: string, name: string) => (r.namespaced ? `${namespace}/${name}` : name)
  const tell = (r: Resource, now: unknown, old: unknown) => { for (const l of listeners.get(id(r)) ?? []) l(now, old) }

  function set(r: Resource, given: object): ApiObject {
    const o = structuredClone(given) as ApiObject
    o.metadata ??= {}
    o.apiVersion ??= apiVersionOf(r); o.kind ??= r.kind
    o.metadata['uid'] ??= `uid-${++uid}`
    o.metadata['resourceVersion'] = String(++revision)
    const old = store(r).get(keyOf(o))
    store(r).set(keyOf(o), o)
    tell(r, o, old)
    return o
  }

  const cluster: FakeCluster = {
    put(r, ...objects) { for (const o of objects) set(r, o) },
    remove(r, namespace, name) {
      const old = store(r).get(key(r, namespace, name))
      store(r).delete(key(r, namespace, name))
      if (old) tell(r, undefined, old)
    },
    get: <T>(r: Resource<T>, namespace: string, name: string) => store(r).get(key(r, namespace, name)) as T | undefined,
    list: <T>(r: Resource<T>, namespace?: string) => [...store(r).values()].filter((o) => !namespace || o.metadata['namespace'] === namespace) as T[],
    on(r, changed) {
      const all = listeners.get(id(r)) ?? []
      listeners.set(id(r), [...all, changed as (now: unknown, old: unknown) => void])
      for (const o of store(r).values()) changed(o as never, undefined)
      return () => { listeners.set(id(r), (listeners.get(id(r)) ?? []).filter((l) => l !== changed)) }
    },
    async create(r, object, o) {
      const made = object as ApiObject
      if (store(r).has(keyOf(made))) throw alreadyExists(r, made.metadata['name'])
      return (o?.dryRun ? object : set(r, made)) as never
    },
    async update(r, namespace, name, change, o) {
      const old = store(r).get(key(r, namespace, name))
      if (!old) throw notFound(r, name)
      const now = change(structuredClone(old) as never)
      if (now === undefined) return old as never
      return (o?.dryRun ? now : set(r, now as object)) as never
    },
    async delete(r, namespace, name) {
      const old = store(r).get(key(r, namespace, name))
      if (!old) throw notFound(r, name)
      cluster.remove(r, namespace, name)
      return old as never
    },
  }
  return cluster
}
