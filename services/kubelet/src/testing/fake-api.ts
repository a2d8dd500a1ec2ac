/** The API in memory, as far as a kubelet uses it: objects with versions, one pods informer, patches of status, events in a list. */
import { conflict, keyOf, notFound, alreadyExists, type Pod, type Resource } from '@drydock/api'
import type { Client, EventRecorder, Informer, InformerFactory, InformerHandler } from '@drydock/client'

type Any = { apiVersion?: string, kind?: string, metadata?: Record<string, unknown> & { name?: string, namespace?: string, uid?: string }, status?: Record<string, unknown> }
export interface FakeEvent { object: string, type: string, reason: string, message: string, fieldPath: string | undefined }
export interface FakeApi {
  client: Client
  informers: InformerFactory
  events: EventRecorder
  seen: FakeEvent[]
  /** Every state of every pod, in order. */ history: Pod[]
  put<T>(r: Resource<T>, o: T): T
  get<T>(r: Resource<T>, key: string): T | undefined
  remove<T>(r: Resource<T>, key: string): void
}

export function createFakeApi(): FakeApi {
  const stores = new Map<string, Map<string, Any>>(), handlers = new Map<string, Set<InformerHandler<never>>>()
  const seen: FakeEvent[] = [], history: Pod[] = []
  let revision = 1
  const store = (r: Resource<never> | Resource) => { let s = stores.get(r.resource); if (!s) stores.set(r.resource, s = new Map()); return s }
  const tell = (r: Resource, kind: 'add' | 'update' | 'delete', o: Any, old?: Any) => { for (const h of handlers.get(r.resource) ?? []) (h[kind] as ((o: never, old: never) => void) | undefined)?.(o as never, old as never) }
  const put = (r: Resource, o: Any): Any => {
    const key = keyOf(o), old = store(r).get(key)
    const next = { ...structuredClone(o), apiVersion: r.group ? `${r.group}/${r.version}` : r.version, kind: r.kind, metadata: { uid: `uid-${revision}`, generation: 1, creationTimestamp: '2026-01-01T00:00:00Z', ...old?.metadata, ...o.metadata, resourceVersion: String(revision++) } }
    store(r).set(key, next)
    if (r.resource === 'pods') history.push(next as Pod)
    tell(r, old ? 'update' : 'add', next, old)
    return next
  }
  const must = (r: Resource, name: string, namespace?: string) => {
    const o = store(r).get(namespace ? `${namespace}/${name}` : name)
    if (!o) throw notFound(r, name)
    return o
  }
  const remove = (r: Resource, key: string) => { const o = store(r).get(key); if (o) { store(r).delete(key); tell(r, 'delete', o) } }
  const client = {
    async get(r: Resource, name: string, o?: { namespace?: string }) { return must(r, name, o?.namespace) },
    async list(r: Resource) { return { items: [...store(r).values()], resourceVersion: String(revision) } },
    async create(r: Resource, o: Any, w?: { subresource?: string }) {
      if (w?.subresource === 'token') return { ...o, status: { token: 'a.b.c', expirationTimestamp: '2099-01-01T00:00:00Z' } }
      if (store(r).has(keyOf(o))) throw alreadyExists(r, o.metadata?.name ?? '')
      return put(r, o)
    },
    async update(r: Resource, o: Any) { return put(r, o) },
    async patch(r: Resource, name: string, p: { body: { metadata?: { uid?: string }, status?: Record<string, unknown> } }, w?: { namespace?: string }) {
      const o = must(r, name, w?.namespace)
      if (p.body.metadata?.uid && p.body.metadata.uid !== o.metadata?.uid) throw conflict(r, name, 'another uid')
      return put(r, { ...o, status: merged(o.status ?? {}, p.body.status ?? {}) })
    },
    async delete(r: Resource, name: string, w?: { namespace?: string }) { remove(r, keyOf(must(r, name, w?.namespace))) },
    async deleteCollection() {}, watch() { throw new Error('not in the fake') }, close() {},
  }
  const informer = (r: Resource): Informer<never> => ({
    store: { get: (k: string) => store(r).get(k), list: () => [...store(r).values()], byIndex: () => [], get size() { return store(r).size } } as never,
    on(h) { let s = handlers.get(r.resource); if (!s) handlers.set(r.resource, s = new Set()); s.add(h); for (const o of store(r).values()) h.add?.(o as never); return () => s.delete(h) },
    hasSynced: true, async synced() {}, get revision() { return revision },
  })
  const until = (signal: AbortSignal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  return {
    client: client as unknown as Client, seen, history,
    informers: { informer: informer as never, run: until, async synced() {}, feeds: () => ({ bus: 0, direct: 0 }) },
    events: { event(object, type, reason, message, fieldPath) { seen.push({ object: object.metadata?.name ?? '', type, reason, message, fieldPath }) }, async flush() {} },
    put: put as never, get: ((r: Resource, key: string) => store(r).get(key)) as never, remove: remove as never,
  }
}

/** Strategic merge as far as statuses need it. */
function merged(from: Record<string, unknown>, patch: Record<string, unknown>): Record<string, unknown> {
  const out = { ...from }
  for (const [k, v] of Object.entries(patch)) {
    if (v === null) delete out[k]
    else if (k === 'conditions') {
      const list = [...(from[k] as { type: string }[] | undefined ?? [])]
      for (const c of v as { type: string, $patch?: string }[]) {
        const i = list.findIndex((x) => x.type === c.type)
        if (c.$patch === 'delete') { if (i >= 0) list.splice(i, 1) } else {
          const clean = Object.fromEntries(Object.entries(c).filter(([, x]) => x !== null)) as { type: string }
          if (i >= 0) list[i] = clean; else list.push(clean)
        }
      }
      out[k] = list
    } else out[k] = Array.isArray(v) ? v.filter((x) => !(x as { $patch?: string }).$patch) : v
  }
  return out
}
