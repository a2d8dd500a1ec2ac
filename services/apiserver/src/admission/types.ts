import type { Resource } from '@drydock/api'
import type { User } from '../auth/types.ts'

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
export type ApiObject = { apiVersion?: string, kind?: string, metadata: Record<string, any>, [k: string]: any }

/** What a plugin sees of a request (admission.Attributes). `object` may be changed in `admit`. */
export interface AdmissionRequest {
  operation: Operation
  resource: Resource
  subresource: string
  namespace: string
  name: string
  object?: ApiObject
  oldObject?: ApiObject
  /** DeleteOptions, CreateOptions… of the request. */
  options: Record<string, unknown>
  dryRun: boolean
  user: User
  /** Adds a Warning header. */
  warn(text: string): void
  signal: AbortSignal
}

/** One admission plugin, under upstream's name. It throws StatusError to refuse. */
export interface AdmissionPlugin {
  readonly name: string
  handles(r: AdmissionRequest): boolean
  /** May change the object. All plugins' admit run, in order, before any validate. */
  admit?(r: AdmissionRequest): Promise<void> | void
  validate?(r: AdmissionRequest): Promise<void> | void
}

/** What plugins, authorizers and strategies read of the store, from the watch cache (never a request of its own). */
export interface Reader {
  get<T>(r: Resource<T>, namespace: string, name: string): T | undefined
  list<T>(r: Resource<T>, namespace?: string): T[]
}
