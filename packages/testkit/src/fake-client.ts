/**
 * A Client over a map, for unit tests of controllers: revisions, conflicts, watches that replay, merge patches, finalizers
 * and nothing else of the API (no defaults, no validation, no garbage collection). What crosses processes is tested against the real one.
 */
import { alreadyExists, apiVersionOf, badRequest, conflict, notFound, type Resource, StatusError } from '@drydock/api'
import type { Client, DeleteOptions, ListOptions, ListResult, ObjectOptions, Patch, WatchEvent, WriteOptions } from '@drydock/client'

export interface FakeAction { verb: 'get' | 'list' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection' | 'watch', resource: string, namespace: string, name: string, subresource: string, object?: unknown }

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Obj = { apiVersion?: string, kind?: string, metadata: Record<string, any>, [k: string]: any }
interface Change { revision: number, resource: string, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: Obj, before: Obj | undefined }

export class FakeClient implements Client {
  /** Every call but watches, in order. */
  readonly actions: FakeAction[] = []
  /** Called before each call; may throw to refuse it, or return an object to answer with (subresources such as binding or eviction). */
  react: ((a: FakeAction) => unknown) | undefined
  #revision = 1
  #uids = 0
  readonly #objects = new Map<string, Obj>()
  readonly #changes: Change[] = []
  readonly #wake = new Set<() => void>()
  #broken: unknown
  #breaks = 0
  /** Watches that are open. */
  open = 0
  /** Every watch that is opened fails with it. */
  failWatch: unknown

  /** Ends all watches that are open with an error. */
  breakWatches(error: unknown): void {
    this.#broken = error
    this.#breaks++
    for (const w of this.#wake) w()
  }

  get revision(): number { return this.#revision }

  async get<T>(r: Resource<T>, name: string, o?: ObjectOptions): Promise<T> {
    const answer = this.#note('get', r, name, o)
    if (answer !== undefined) return answer as T
    return copy(this.#find(r, name, o?.namespace)) as T
  }

  async list<T>(r: Resource<T>, o: ListOptions = {}): Promise<ListResult<T>> {
    this.#note('list', r, '', o)
    return { items: this.#all(r, o).map((x) => copy(x) as T), resourceVersion: String(this.#revision) }
  }

  async create<T>(r: Resource<T>, object: T, o?: WriteOptions & { name?: string }): Promise<T> {
    const given = copy(object as Obj)
    const answer = this.#note('create', r, o?.name ?? given.metadata?.['name'] ?? '', { ...o, namespace: o?.namespace ?? given.metadata?.['namespace'] }, given)
    if (answer !== undefined) return answer as T
    if (o?.subresource) return given as T
    const m = given.metadata ??= {}
    m['name'] ??= `${m['generateName'] ?? ''}${(++this.#uids).toString(36).padStart(5, '0')}`
    if (r.namespaced) m['namespace'] ??= o?.namespace ?? 'default'
    const key = keyIn(r, m['namespace'], m['name'])
    if (this.#objects.has(key)) throw alreadyExists(r, m['name'])
    m['uid'] ??= `uid-${++this.#uids}`
    m['generation'] ??= 1
    m['creationTimestamp'] ??= '2026-01-01T00:00:00Z'
    return copy(this.#store(r, key, { ...given, apiVersion: apiVersionOf(r), kind: r.kind })) as T
  }

  async update<T>(r: Resource<T>, object: T, o?: WriteOptions): Promise<T> {
    const given = copy(object as Obj), name = given.metadata['name']
    const answer = this.#note('update', r, name, { ...o, namespace: o?.namespace ?? given.metadata['namespace'] }, given)
    if (answer !== undefined) return answer as T
    const there = this.#find(r, name, given.metadata['namespace'] ?? o?.namespace)
    const version = given.metadata['resourceVersion']
    if (version && version !== there.metadata['resourceVersion']) throw conflict(r, name, 'the object has been modified; please apply your changes to the latest version and try again')
    return copy(this.#write(r, there, o?.subresource === 'status' ? { ...there, status: given['status'] } : 'status' in there && !('status' in given) ? { ...given, status: there['status'] } : given)) as T
  }

  async patch<T>(r: Resource<T>, name: string, patch: Patch, o?: WriteOptions): Promise<T> {
    const answer = this.#note('patch', r, name, o, patch.body)
    if (answer !== undefined) return answer as T
    if (patch.type === 'json') throw badRequest('the fake client knows no JSON patches')
    const there = this.#find(r, name, o?.namespace)
    return copy(this.#write(r, there, merge(there, patch.body) as Obj)) as T
  }

  async delete<T>(r: Resource<T>, name: string, o?: DeleteOptions): Promise<void> {
    if (this.#note('delete', r, name, o) !== undefined) return
    const there = this.#find(r, name, o?.namespace)
    const { uid, resourceVersion } = o?.preconditions ?? {}
    if (uid && uid !== there.metadata['uid']) throw conflict(r, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${there.metadata['uid']}`)
    if (resourceVersion && resourceVersion !== there.metadata['resourceVersion']) throw conflict(r, name, 'Precondition failed: resourceVersion')
    this.#remove(r, there)
  }

  async deleteCollection<T>(r: Resource<T>, o: ListOptions & Omit<DeleteOptions, 'subresource'>): Promise<void> {
    if (this.#note('deletecollection', r, '', o) !== undefined) return
    for (const x of this.#all(r, o)) this.#remove(r, x)
  }

  async *watch<T>(r: Resource<T>, o: ListOptions): AsyncIterable<WatchEvent<T>> {
    let next = this.#changes.findIndex((c) => c.revision > Number(o.resourceVersion ?? 0))
    if (next < 0) next = this.#changes.length
    if (this.failWatch !== undefined) throw this.failWatch
    const breaks = this.#breaks
    this.open++
    try {
      yield* this.#follow(r, o, next, () => { if (this.#breaks !== breaks) throw this.#broken })
    } finally {
      this.open--
    }
  }

  async *#follow<T>(r: Resource<T>, o: ListOptions, from: number, check: () => void): AsyncIterable<WatchEvent<T>> {
    for (let next = from; ;) {
      o.signal?.throwIfAborted()
      check()
      for (; next < this.#changes.length; next++) {
        const e = eventFor<T>(this.#changes[next]!, r, o)
        if (e) yield e
      }
      await new Promise<void>((resolve) => {
        const wake = () => { this.#wake.delete(wake); o.signal?.removeEventListener('abort', wake); resolve() }
        this.#wake.add(wake)
        o.signal?.addEventListener('abort', wake, { once: true })
      })
    }
  }

  close(): void {}

  #note(verb: FakeAction['verb'], r: Resource, name: string, o: { namespace?: string | undefined, subresource?: string | undefined } | undefined, object?: unknown): unknown {
    const a: FakeAction = { verb, resource: r.resource, namespace: o?.namespace ?? '', name, subresource: o?.subresource ?? '', ...(object !== undefined && { object }) }
    this.actions.push(a)
    return this.react?.(a)
  }

  #find(r: Resource, name: string, namespace: string | undefined): Obj {
    const o = this.#objects.get(keyIn(r, namespace, name))
    if (!o) throw notFound(r, name)
    return o
  }

  #all(r: Resource, o: ListOptions): Obj[] {
    const prefix = `${r.group}/${r.resource}/${o.namespace ? `${o.namespace}/` : ''}`
    return [...this.#objects].filter(([k, x]) => k.startsWith(prefix) && selects(x, o)).map(([, x]) => x)
  }

  #write(r: Resource, there: Obj, next: Obj): Obj {
    const m: Obj['metadata'] = { ...next.metadata, uid: there.metadata['uid'], creationTimestamp: there.metadata['creationTimestamp'] }
    if (there.metadata['deletionTimestamp'] && !m['finalizers']?.length) return this.#gone(r, { ...next, metadata: m })
    const { status: _a, metadata: _b, ...before } = there, { status: _c, metadata: _d, ...after } = next
    return this.#store(r, keyIn(r, m['namespace'], m['name']), { ...next, metadata: { ...m, generation: (there.metadata['generation'] ?? 1) + (JSON.stringify(before) === JSON.stringify(after) ? 0 : 1) } })
  }

  #remove(r: Resource, o: Obj): void {
    if (o.metadata['finalizers']?.length) {
      if (!o.metadata['deletionTimestamp']) this.#store(r, keyIn(r, o.metadata['namespace'], o.metadata['name']), { ...o, metadata: { ...o.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } })
    } else this.#gone(r, o)
  }

  #gone(r: Resource, o: Obj): Obj {
    const key = keyIn(r, o.metadata['namespace'], o.metadata['name']), before = this.#objects.get(key)
    this.#objects.delete(key)
    return this.#changed(r, 'DELETED', o, before)
  }

  #store(r: Resource, key: string, o: Obj): Obj {
    const before = this.#objects.get(key)
    const made = this.#changed(r, before ? 'MODIFIED' : 'ADDED', o, before)
    this.#objects.set(key, made)
    return made
  }

  #changed(r: Resource, type: Change['type'], o: Obj, before: Obj | undefined): Obj {
    const revision = ++this.#revision, object = { ...o, metadata: { ...o.metadata, resourceVersion: String(revision) } }
    this.#changes.push({ revision, resource: `${r.group}/${r.resource}`, type, object, before })
    for (const w of this.#wake) w()
    return object
  }
}

const copy = <T>(o: T): T => structuredClone(o)
const keyIn = (r: Resource, namespace: string | undefined, name: string): string => `${r.group}/${r.resource}/${r.namespaced ? `${namespace ?? ''}/` : ''}${name}`

function eventFor<T>(c: Change, r: Resource<T>, o: ListOptions): WatchEvent<T> | undefined {
  if (c.resource !== `${r.group}/${r.resource}` || (o.namespace && c.object.metadata['namespace'] !== o.namespace)) return undefined
  const now = c.type !== 'DELETED' && selects(c.object, o), before = c.before !== undefined && selects(c.before, o)
  if (!now && !before) return undefined
  return { type: !now ? 'DELETED' : before ? 'MODIFIED' : 'ADDED', object: copy(c.object) as T, resourceVersion: String(c.revision) }
}

// Equality only: what components ask for.
function selects(o: Obj, s: ListOptions): boolean {
  const every = (text: string | undefined, value: (path: string) => unknown) => (text ?? '').split(',').filter(Boolean).every((term) => {
    const m = /^([^!=]+)(!?=)=?(.*)$/.exec(term)
    if (!m) throw new StatusError({ reason: 'BadRequest', message: `the fake client cannot select by ${JSON.stringify(term)}` })
    return (String(value(m[1]!) ?? '') === m[3]) === (m[2] === '=')
  })
  return every(s.labelSelector, (k) => o.metadata['labels']?.[k]) && every(s.fieldSelector, (p) => p.split('.').reduce<unknown>((x, k) => (x as Record<string, unknown> | undefined)?.[k], o))
}

function merge(into: unknown, patch: unknown): unknown {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) return patch
  const out: Record<string, unknown> = into !== null && typeof into === 'object' && !Array.isArray(into) ? { ...into } : {}
  for (const [k, v] of Object.entries(patch)) {
    if (v === null) delete out[k]
    else out[k] = merge(out[k], v)
  }
  return out
}
