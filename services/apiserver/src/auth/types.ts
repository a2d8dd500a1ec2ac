import type { IncomingHttpHeaders } from 'node:http'
import type { X509Certificate } from 'node:crypto'

/** Who asks, as authentication found it (user.Info). */
export interface User { name: string, uid?: string, groups: readonly string[], extra?: Readonly<Record<string, readonly string[]>> }

/** What a door hands to authentication. */
export interface Credentials {
  headers: IncomingHttpHeaders
  /** Repeated headers one by one (IncomingMessage.headersDistinct); without it, repeated Impersonate-Group headers are split at ", ". */
  headersDistinct?: Readonly<Record<string, string[] | undefined>> | undefined
  /** The peer's certificate as the TLS socket has it (getPeerX509Certificate, kept per socket). Checked here: the door asks for one and refuses none. */
  certificate?: X509Certificate | undefined
}

/** Finds out who asks. Throws StatusError Unauthorized for bad credentials; with none at all answers system:anonymous. */
export interface Authenticator { authenticate(c: Credentials): Promise<User> | User }

/** What is asked, as authorization sees it (authorizer.Attributes). */
export interface Attributes {
  user: User
  /** get, list, watch, create, update, patch, delete, deletecollection; for other paths the lower-case method. */
  verb: string
  /** Set for requests to resources. */
  resource?: { group: string, version: string, resource: string, subresource: string, namespace: string, name: string }
  /** Set for other requests. */
  path?: string
  fieldSelector?: string
  labelSelector?: string
}
export interface Decision { allowed: boolean, denied?: boolean, reason: string }
/** A promise only where it must wait: most requests are decided at once. */
export interface Authorizer { authorize(a: Attributes): Promise<Decision> | Decision }
