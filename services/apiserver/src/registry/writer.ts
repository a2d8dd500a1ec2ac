/** Writes of the apiserver's own parts: the registry's functions without admission (see Writer). */
import { clone, conflict, notFound, type Resource } from '@drydock/api'
import type { ApiObject, Reader, StatusWriter, Writer, WriterOptions, Changes } from '../admission/types.ts'
import { Entry } from '../cache/entry.ts'
import { noQuery, type RequestInfo } from '../request.ts'
import { applied } from './apply.ts'
import { createObject } from './create.ts'
import { canonical, defaulted } from './decode.ts'
import { deleteObject } from './delete.ts'
import { checkDeleteOptions, type WriteOptions } from './options.ts'
import { cacheOf, type Parts, type Registry, type ResourceRequest, systemUser } from './parts.ts'
import type { ResourceType } from './resource-type.ts'
import { stored } from './storage-errors.ts'
import { changeObject, keyOf, versioned, writeObject } from './update.ts'

const maxAttempts = 20

export function createWriter(parts: () => Parts): Writer & StatusWriter {
  const registry = (): Registry => ({ ...parts(), admission: [] })
  return {
    async create<T>(resource: Resource<T>, object: T, o: WriterOptions = {}) {
      const p = registry(), given = clone(object) as unknown as ApiObject
      const r = request(p, resource, (given.metadata?.['namespace'] as string | undefined) ?? '', '', 'create', o)
      const entry = await createObject(p, r, defaulted(r.type, given), { dryRun: !!o.dryRun, fieldManager: '', fieldValidation: 'Ignore', force: undefined }, false)
      return versioned(r, entry) as T
    },
    async update<T>(resource: Resource<T>, namespace: string, name: string, change: (o: T) => T | undefined, o: WriterOptions = {}) {
      const p = registry(), r = request(p, resource, namespace, name, 'update', o)
      for (let attempt = 0; attempt < maxAttempts; attempt++) {
        const { stored: s } = await stored(p.store.get(keyOf(r), { signal: r.signal }))
        if (!s) throw notFound(r.type, name)
        const live = Entry.fromStored(p.types.storageOf(r.type), r.info.namespace, name, s.revision, s.value)
        const next = change(clone(versioned(r, live)) as T)
        if (next === undefined) return versioned(r, live) as T
        const result = await writeObject(p, r, canonical(r.type, next as ApiObject), live, !!o.dryRun)
        if (result instanceof Entry) return versioned(r, result) as T
      }
      throw conflict(r.type, name, 'the object is written by others all the time; please try again')
    },
    async updateStatus<T>(resource: Resource<T>, namespace: string, name: string, change: (o: T) => T | undefined, o: WriterOptions & { manager: string }) {
      const p = registry(), r = request(p, resource, namespace, name, 'update', o, 'status')
      await changeObject(p, r, { options: managed(o), kind: 'UpdateOptions', createIfMissing: false, change: (live) => (change(clone(live) as T) ?? clone(live)) as ApiObject })
    },
    async applyStatus<T>(resource: Resource<T>, namespace: string, name: string, status: Record<string, unknown>, o: WriterOptions & { manager: string }) {
      const p = registry(), r = request(p, resource, namespace, name, 'patch', o, 'status')
      const config: ApiObject = { apiVersion: r.type.apiVersion, kind: r.type.kind, metadata: { name, ...(r.type.namespaced && { namespace }) }, status }
      await changeObject(p, r, { options: managed(o), kind: 'PatchOptions', createIfMissing: false, managed: true, change: (live) => applied(p, r, live, config, managed(o)) })
    },
    async delete<T>(resource: Resource<T>, namespace: string, name: string, options: Record<string, unknown>, o: WriterOptions = {}) {
      const p = registry(), r = request(p, resource, namespace, name, 'delete', o)
      const all = o.dryRun ? { ...options, dryRun: ['All'] } : options
      return versioned(r, (await deleteObject(p, r, checkDeleteOptions(all), all)).entry) as T
    },
  }
}

const managed = (o: WriterOptions & { manager: string }): WriteOptions => ({ dryRun: !!o.dryRun, fieldManager: o.manager, fieldValidation: 'Ignore', force: true })

function request(p: Parts, resource: Resource, namespace: string, name: string, verb: string, o: WriterOptions, subresource = ''): ResourceRequest {
  const type = typeOf(p, resource)
  const info: RequestInfo = { isResource: true, path: '', verb, prefix: type.group ? 'apis' : 'api', group: type.group, version: type.version, namespace: type.namespaced ? namespace : '', resource: type.resource, subresource, name, parts: [] }
  return { type, info, query: noQuery, body: Buffer.alloc(0), contentType: 'application/json', userAgent: 'kube-apiserver', user: systemUser, signal: o.signal ?? new AbortController().signal, warnings: [] }
}

function typeOf(p: Pick<Parts, 'types'>, r: Resource): ResourceType {
  const t = p.types.find(r.group, r.version, r.resource)
  if (!t) throw new Error(`no such resource: ${r.group}/${r.version}/${r.resource}`)
  return t
}

export function createReader(p: Pick<Parts, 'cache' | 'types'>): Reader {
  const of = (e: Entry, t: ResourceType) => versioned({ type: t }, e)
  return {
    get<T>(r: Resource<T>, namespace: string, name: string) {
      const t = typeOf(p, r), e = cacheOf(p as Parts, t).get(t.namespaced ? namespace : '', name)
      return e && of(e, t) as T
    },
    list<T>(r: Resource<T>, namespace = '') {
      const t = typeOf(p, r)
      return cacheOf(p as Parts, t).list(namespace).map((e) => of(e, t) as T)
    },
  }
}

export function createChanges(p: Pick<Parts, 'cache' | 'types'>): Changes {
  return {
    on<T>(r: Resource<T>, changed: (object: T | undefined, old: T | undefined) => void) {
      const cache = cacheOf(p as Parts, typeOf(p, r))
      let stopped = false, stop = () => { stopped = true }
      const begin = () => {
        if (stopped) return
        for (const e of cache.list('')) changed(e.object as T, undefined)
        stop = cache.listen((e) => changed(e.type === 'DELETED' ? undefined : e.entry.object as T, e.previous?.object as T | undefined))
      }
      if (p.cache.ready) begin()
      else p.cache.beforeReady(begin)
      return () => stop()
    },
  }
}
