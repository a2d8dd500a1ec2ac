/**
 * A request as both doors make it, and what the chain answers. A door decodes its transport into an ApiRequest, calls
 * `handle` and writes the Reply; it decides nothing else. `handle` never throws: errors come as a status reply.
 */
import type { StatusError } from '@drydock/api'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Credentials, User } from './auth/types.ts'
import type { Entry } from './cache/entry.ts'
import type { Watch } from './cache/watch.ts'
import type { ResourceType } from './registry/resource-type.ts'

/** apiserver/pkg/endpoints/request.RequestInfo. */
export interface RequestInfo {
  isResource: boolean
  path: string
  /** get, list, watch, create, update, patch, delete, deletecollection; the lower-case method for other paths. */
  verb: string
  prefix: string
  group: string
  version: string
  namespace: string
  resource: string
  subresource: string
  name: string
  /** Path segments from the resource on. */
  parts: readonly string[]
}

export interface ApiRequest {
  method: string
  info: RequestInfo
  query: URLSearchParams
  credentials: Credentials
  body: Buffer
  contentType: string
  userAgent: string
  signal: AbortSignal
  /** Texts of Warning headers, collected on the way. */
  warnings: string[]
  /** Set once authenticated. */
  user?: User
  /** The REST door's own objects, for what takes over the connection (exec, logs, proxies); absent elsewhere. */
  raw?: { request: IncomingMessage, response?: ServerResponse, socket?: Duplex, head?: Buffer }
}

export type Reply =
  /** One object as stored: its bytes are sent as they are. */
  | { type: 'entry', code: number, resource: ResourceType, entry: Entry }
  /** Any JSON value with kind and apiVersion; `resource` where it is an object of one. */
  | { type: 'value', code: number, value: object, resource?: ResourceType }
  | { type: 'list', resource: ResourceType, entries: readonly Entry[], revision: number, continueToken?: string | undefined, remaining?: number | undefined }
  | { type: 'watch', resource: ResourceType, watch: Watch }
  | { type: 'error', error: StatusError }
  /** Text as it is. */
  | { type: 'text', code: number, contentType: string, body: string | Buffer, headers?: Readonly<Record<string, string>> }
  /** The handler writes to the raw connection itself. */
  | { type: 'connect', connect: (raw: NonNullable<ApiRequest['raw']>) => Promise<void> }

export type Handle = (request: ApiRequest) => Promise<Reply>

/** Answers paths that name no resource; undefined lets the next one try. Called after authorization. */
export type NonResource = (request: ApiRequest) => Promise<Reply | undefined> | Reply | undefined

/** A subresource with a connection of its own: `pods/exec`, `nodes/proxy`. */
export type Connect = (request: ApiRequest, resource: ResourceType) => Promise<Reply>

export const noQuery = new URLSearchParams()
