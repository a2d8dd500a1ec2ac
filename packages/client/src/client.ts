/**
 * Client over gRPC. It guarantees: what is safe to repeat is repeated (reads; writes that no server has seen; what a server
 * asks to have repeated by retryAfterSeconds), with back-off and jitter, never beyond the call's deadline; everything else
 * is thrown as StatusError. Objects come with kind and apiVersion, which the stored bytes leave out.
 */
import { apiVersionOf, type Resource, StatusError } from '@drydock/api'
import { backoffMs, type Clock, type Random, realClock, systemRandom } from '@drydock/base'
import * as pb from '@drydock/proto/component'
import type { ClientStream } from '@drydock/proto/channel'
import { Channel, type TlsMaterial, TransportError } from './channel.ts'
import type { Client, DeleteOptions, ListOptions, ListResult, ObjectOptions, Patch, WatchEvent, WriteOptions } from './types.ts'

export interface ClientOptions {
  /** `host:port` of each apiserver's gRPC door. */
  servers: readonly string[]
  tls?: TlsMaterial
  /** Bearer token, asked for at each call. */
  token?: () => string
  /** What stands in the apiserver's logs and in managedFields: the component's name. */
  userAgent: string
  /** Longest time of one call with its retries; default 30,000. */
  timeoutMs?: number
  clock?: Clock
  random?: Random
  keepaliveMs?: number
}

const service = '/drydock.component.v1.Api/'
const retry = { attempts: 8, initialMs: 20, maxMs: 1000, jitter: 0.5 }
/** Nobody listens yet: a starting cluster. Trying is cheap then, and waiting too long shows; ends with the call's deadline. */
const dialing = { initialMs: 20, maxMs: 150, jitter: 0.5 }
const contentTypes = { merge: 'application/merge-patch+json', strategic: 'application/strategic-merge-patch+json', apply: 'application/apply-patch+yaml', json: 'application/json-patch+json' } as const
const watchTypes = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'] as const
/** Events that wait for a slow consumer of a watch before its stream is paused. */
const watchQueue = 1000

export function createClient(o: ClientOptions): Client { return new GrpcClient(o) }

class GrpcClient implements Client {
  readonly #channel: Channel
  readonly #clock: Clock
  readonly #random: Random
  readonly #timeoutMs: number

  constructor(o: ClientOptions) {
    this.#clock = o.clock ?? realClock
    this.#random = o.random ?? systemRandom
    this.#timeoutMs = o.timeoutMs ?? 30_000
    this.#channel = new Channel({ servers: o.servers, tls: o.tls, token: o.token, userAgent: o.userAgent, clock: this.#clock, keepaliveMs: o.keepaliveMs })
  }

  get<T>(r: Resource<T>, name: string, o?: ObjectOptions): Promise<T> {
    return this.#call(r, 'Get', pb.GetRequest.encode({ ref: ref(r, name, o), resourceVersion: '' }).finish(), true, o)
  }

  create<T>(r: Resource<T>, object: T, o?: WriteOptions & { name?: string }): Promise<T> {
    const message = { ref: ref(r, o?.name ?? '', { ...o, namespace: o?.namespace ?? namespaceOf(object) }), object: encode(object), options: options(o) }
    return this.#call(r, 'Create', pb.CreateRequest.encode(message).finish(), false, o)
  }

  update<T>(r: Resource<T>, object: T, o?: WriteOptions): Promise<T> {
    const name = (object as Metadata).metadata?.name ?? ''
    const message = { ref: ref(r, name, { ...o, namespace: o?.namespace ?? namespaceOf(object) }), object: encode(object), options: options(o) }
    return this.#call(r, 'Update', pb.UpdateRequest.encode(message).finish(), false, o)
  }

  patch<T>(r: Resource<T>, name: string, patch: Patch, o?: WriteOptions): Promise<T> {
    const message = { ref: ref(r, name, o), contentType: contentTypes[patch.type], patch: encode(patch.body), options: { ...options(o), force: patch.type === 'apply' } }
    return this.#call(r, 'Patch', pb.PatchRequest.encode(message).finish(), false, o)
  }

  async delete<T>(r: Resource<T>, name: string, o?: DeleteOptions): Promise<void> {
    await this.#bytes('Delete', pb.DeleteRequest.encode({ ref: ref(r, name, o), options: deleteOptions(o) }).finish(), false, o)
  }

  async deleteCollection<T>(r: Resource<T>, o: ListOptions & Omit<DeleteOptions, 'subresource'>): Promise<void> {
    // The answer is a Status or a list, which nobody here reads.
    const message = pb.DeleteCollectionRequest.encode({ list: listRequest(r, o), options: deleteOptions(o) }).finish()
    await this.#repeat(false, o.signal, (timeoutMs) => this.#channel.unary(service + 'DeleteCollection', message, { timeoutMs, signal: o.signal }))
  }

  list<T>(r: Resource<T>, o: ListOptions = {}): Promise<ListResult<T>> {
    const message = pb.ListRequest.encode(listRequest(r, o)).finish()
    return this.#repeat(true, o.signal, async (timeoutMs) => {
      const deadline = AbortSignal.any([...(o.signal ? [o.signal] : []), this.#deadline(timeoutMs)])
      const items: T[] = []
      let resourceVersion = '', token = ''
      await new Promise<void>((resolve, reject) => {
        const onMessage = (m: Buffer) => {
          const chunk = pb.ListChunk.decode(m)
          for (const b of chunk.objects) items.push(decode(r, b))
          if (chunk.revision) resourceVersion = String(chunk.revision)
          token = chunk.continueToken
        }
        this.#channel.stream(`${service}List`, message, { onMessage, onEnd: (e) => (deadline.aborted ? reject(deadline.reason as Error) : e ? reject(e) : resolve()) }, deadline).catch(reject)
      })
      return { items, resourceVersion, ...(token && { continue: token }) }
    })
  }

  async *watch<T>(r: Resource<T>, o: ListOptions): AsyncIterable<WatchEvent<T>> {
    const message = pb.WatchRequest.encode({
      ref: ref(r, '', o), labelSelector: o.labelSelector ?? '', fieldSelector: o.fieldSelector ?? '', fromRevision: Number(o.resourceVersion ?? 0), allowBookmarks: true,
    }).finish()
    const stopped = new AbortController()
    const signal = o.signal ? AbortSignal.any([o.signal, stopped.signal]) : stopped.signal
    const queue: pb.WatchEvent[] = []
    let wake = () => {}, end: { error: StatusError | undefined } | undefined, paused = false
    let stream: ClientStream | undefined
    const handlers = {
      onMessage(m: Buffer) {
        queue.push(pb.WatchEvent.decode(m))
        if (queue.length > watchQueue && stream) { paused = true; stream.pause() }
        wake()
      },
      onEnd(error: StatusError | undefined) { end = { error }; wake() },
    }
    try {
      stream = await this.#repeat(true, signal, () => this.#channel.stream(`${service}Watch`, message, handlers, signal))
      for (;;) {
        for (let e = queue.shift(); e; e = queue.shift()) yield watchEvent(r, e)
        o.signal?.throwIfAborted()
        if (paused) { paused = false; stream.resume() }
        if (end) { if (end.error) throw end.error; return }
        await new Promise<void>((resolve) => { wake = resolve; if (queue.length || end) resolve() })
      }
    } finally {
      stopped.abort(new Error('the watch was left'))
    }
  }

  close(): void { this.#channel.close() }

  async #call<T>(r: Resource<T>, method: string, message: Uint8Array, repeatable: boolean, o: ObjectOptions | undefined): Promise<T> {
    return decode(r, pb.ObjectReply.decode(await this.#bytes(method, message, repeatable, o)).object)
  }

  #bytes(method: string, message: Uint8Array, repeatable: boolean, o: { signal?: AbortSignal } | undefined): Promise<Buffer> {
    return this.#repeat(repeatable, o?.signal, (timeoutMs) => this.#channel.unary(service + method, message, { timeoutMs, signal: o?.signal }))
  }

  async #repeat<R>(repeatable: boolean, signal: AbortSignal | undefined, call: (timeoutMs: number) => Promise<R>): Promise<R> {
    const until = this.#clock.monotonic() + this.#timeoutMs
    for (let attempt = 0; ; attempt++) {
      try {
        return await call(Math.max(1, until - this.#clock.monotonic()))
      } catch (error) {
        signal?.throwIfAborted()
        const pause = this.#pauseBefore(error, attempt, repeatable)
        if (pause === undefined || this.#clock.monotonic() + pause > until) throw error
        await this.#clock.sleep(pause, signal)
      }
    }
  }

  // Undefined: do not repeat.
  #pauseBefore(error: unknown, attempt: number, repeatable: boolean): number | undefined {
    if (!(error instanceof StatusError)) return undefined
    const random = () => this.#random.next()
    if (error instanceof TransportError && !error.sent) return backoffMs(attempt, { ...dialing, random })
    if (attempt >= retry.attempts) return undefined
    if (error instanceof TransportError) return repeatable ? backoffMs(attempt, { ...retry, random }) : undefined
    const after = error.details?.retryAfterSeconds
    return after !== undefined && (error.code === 429 || error.code >= 500) ? after * 1000 + random() * 100 : undefined
  }

  #deadline(timeoutMs: number): AbortSignal {
    const c = new AbortController()
    this.#clock.timer(timeoutMs, () => c.abort(new StatusError({ reason: 'Timeout', message: `the list took more than ${timeoutMs} ms` })))
    return c.signal
  }
}

interface Metadata { metadata?: { name?: string, namespace?: string } }
const namespaceOf = (o: unknown): string => (o as Metadata).metadata?.namespace ?? ''
const encode = (o: unknown): Buffer => Buffer.from(JSON.stringify(o))
const ref = (r: Resource, name: string, o: { namespace?: string, subresource?: string } | undefined): pb.ResourceRef =>
  ({ group: r.group, version: r.version, resource: r.resource, namespace: r.namespaced ? o?.namespace ?? '' : '', name, subresource: o?.subresource ?? '' })
const options = (o: WriteOptions | undefined): pb.WriteOptions => ({ dryRun: o?.dryRun ?? false, fieldManager: o?.fieldManager ?? '', fieldValidation: '', force: false })
const listRequest = (r: Resource, o: ListOptions): pb.ListRequest => ({
  ref: ref(r, '', o), labelSelector: o.labelSelector ?? '', fieldSelector: o.fieldSelector ?? '', resourceVersion: o.resourceVersion ?? '', resourceVersionMatch: '', limit: o.limit ?? 0, continueToken: o.continue ?? '',
})

function deleteOptions(o: Omit<DeleteOptions, 'subresource'> | undefined): Buffer {
  const { gracePeriodSeconds, propagationPolicy, preconditions } = o ?? {}
  if (gracePeriodSeconds === undefined && !propagationPolicy && !preconditions) return Buffer.alloc(0)
  return encode({ kind: 'DeleteOptions', apiVersion: 'v1', ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }), ...(propagationPolicy && { propagationPolicy }), ...(preconditions && { preconditions }) })
}

/** From JSON bytes; kind and apiVersion come from the resource where the bytes leave them out. */
export function decode<T>(r: Resource<T>, bytes: Buffer): T {
  const o = JSON.parse(bytes.toString()) as { kind?: string, apiVersion?: string }
  if (o.kind === undefined) { o.kind = r.kind; o.apiVersion = apiVersionOf(r) }
  return o as T
}

function watchEvent<T>(r: Resource<T>, e: pb.WatchEvent): WatchEvent<T> {
  const resourceVersion = String(e.revision)
  const object = e.object.length ? decode(r, e.object) : { kind: r.kind, apiVersion: apiVersionOf(r), metadata: { resourceVersion } } as T
  return { type: watchTypes[e.type as 0 | 1 | 2 | 3] ?? 'BOOKMARK', object, resourceVersion }
}
