/**
 * One version of one object: its key, revision and bytes. The bytes are those that were stored with the resourceVersion
 * spliced in, made once and shared by every reader. The parsed form is made when somebody needs it and held weakly: ten
 * thousand objects must not cost their size twice over; labels and selectable fields are small and kept. Never change what
 * `object` gives: copy it.
 */
import type { ApiObject } from '../admission/types.ts'
import type { ResourceType } from '../registry/resource-type.ts'
import { encodings } from './encodings.ts'

const head = '{"metadata":{'

/** Room before an object's bytes for its version: `"resourceVersion":"9007199254740991",`. */
const room = 40

/**
 * An object's JSON on its way to the store, made once: metadata first, without resourceVersion, apiVersion and kind (the key
 * says those). The bytes that readers are sent are the same memory with the version put in, so that a write copies nothing.
 */
export class Encoding {
  readonly #memory: Buffer
  /** What is stored. Its memory becomes the entry's once there is a version (`Entry.written`): the store must be done with it. */
  readonly stored: Buffer

  constructor(o: ApiObject) {
    const text = stringify(o), size = Buffer.byteLength(text)
    encodings.objects++
    this.#memory = Buffer.allocUnsafeSlow(room + size)
    this.#memory.write(text, room)
    this.stored = this.#memory.subarray(room)
  }

  withVersion(revision: number): Buffer {
    const version = versionHead(this.stored, revision), start = room + head.length - version.length
    this.#memory.write(version, start, 'latin1')
    return this.#memory.subarray(start)
  }
}

function stringify(o: ApiObject): string {
  const { resourceVersion, ...metadata } = o.metadata
  let text = `{"metadata":${JSON.stringify(resourceVersion === undefined ? o.metadata : metadata)}`
  for (const k in o) {
    if (k === 'metadata' || k === 'apiVersion' || k === 'kind') continue
    const value = JSON.stringify(o[k]) as string | undefined
    if (value !== undefined) text += `,${JSON.stringify(k)}:${value}`
  }
  return `${text}}`
}

/** JSON of an object as it is stored. */
export const encodeStored = (o: ApiObject): Buffer => new Encoding(o).stored

const versionHead = (stored: Buffer, revision: number): string => `${head}"resourceVersion":"${revision}"${stored[head.length] === 0x7d /* } */ ? '' : ','}`

/** `{"metadata":{"resourceVersion":"7",…`: what a reader is sent. */
export function splice(stored: Buffer, revision: number): Buffer {
  const version = versionHead(stored, revision)
  const out = Buffer.allocUnsafeSlow(version.length + stored.length - head.length)
  out.write(version, 0, 'latin1')
  stored.copy(out, version.length, head.length)
  return out
}

export class Entry {
  readonly type: ResourceType
  readonly namespace: string
  readonly name: string
  readonly revision: number
  /** JSON with resourceVersion, without apiVersion and kind. */
  readonly bytes: Buffer
  #parsed: WeakRef<ApiObject> | undefined
  /** What was written a moment ago, until `forget`: most of it nobody reads again, and dying young it costs the collector nothing. */
  #written: ApiObject | undefined
  #labels: Readonly<Record<string, string>> | undefined | null = null
  #fields: Record<string, string> | undefined

  constructor(type: ResourceType, namespace: string, name: string, revision: number, bytes: Buffer, object?: ApiObject) {
    this.type = type
    this.namespace = namespace
    this.name = name
    this.revision = revision
    this.bytes = bytes
    if (!object) return
    this.#written = object
    this.#labels = object.metadata['labels'] as Record<string, string> | undefined
  }

  /** From the store's bytes. */
  static fromStored(type: ResourceType, namespace: string, name: string, revision: number, stored: Buffer, object?: ApiObject): Entry {
    return new Entry(type, namespace, name, revision, splice(stored, revision), object)
  }

  /** What was written a moment ago; the object gets its version. */
  static written(type: ResourceType, namespace: string, name: string, revision: number, encoding: Encoding, object: ApiObject): Entry {
    object.metadata['resourceVersion'] = String(revision)
    return new Entry(type, namespace, name, revision, encoding.withVersion(revision), object)
  }

  /** The same object as of a later revision: how a deletion shows the last state. */
  at(revision: number): Entry {
    const stored = this.bytes
    const end = stored.indexOf(0x22, head.length + '"resourceVersion":"'.length)
    const rest = stored.subarray(end)
    return new Entry(this.type, this.namespace, this.name, revision, Buffer.concat([Buffer.from(`${head}"resourceVersion":"${revision}`), rest]))
  }

  /** Shared: never change it. Has apiVersion, kind and resourceVersion. */
  get object(): ApiObject {
    const known = this.#written ?? this.#parsed?.deref()
    if (known) return known
    const parsed = { kind: this.type.kind, apiVersion: this.type.apiVersion, ...JSON.parse(this.bytes.toString()) as ApiObject }
    this.#parsed = new WeakRef(parsed)
    return parsed
  }

  /** Lets go of the form that was written; who asks later parses the bytes. */
  forget(): void { this.#written = undefined }

  get labels(): Readonly<Record<string, string>> | undefined {
    if (this.#labels === null) this.#labels = this.object.metadata['labels'] as Record<string, string> | undefined
    return this.#labels
  }

  /** The fields that a field selector may name. */
  get fields(): Readonly<Record<string, string>> {
    return this.#fields ??= this.type.selectableFields(this.object)
  }
}
