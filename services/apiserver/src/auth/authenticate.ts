import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '@drydock/base'
import type { Authenticator, User } from './types.ts'
import type { Tokens } from './tokens.ts'
import { anonymous, unauthenticatedGroup, withAuthenticated } from './users.ts'
import { createCertificateAuthenticator, unauthorized } from './x509.ts'

export interface AuthenticatorOptions {
  /** PEM bundle of the CAs whose certificates identify clients; none: no certificate does. */
  clientCa?: string | undefined
  /** Service account tokens; none: every bearer token is refused. */
  tokens?: Tokens | undefined
  /** Without credentials: system:anonymous (default), or refused. */
  anonymousAuth?: boolean | undefined
  clock: Clock
}

/**
 * The union of ways to be known, as upstream's: certificate, then bearer token, then nobody. Credentials that are there but
 * no good are refused (Unauthorized), never passed over as anonymous; a good token makes up for a bad certificate.
 */
export function createAuthenticator(o: AuthenticatorOptions): Authenticator {
  const certificates = o.clientCa ? createCertificateAuthenticator({ clientCa: o.clientCa, clock: o.clock }) : undefined
  const nobody: User = { name: anonymous, groups: [unauthenticatedGroup] }

  async function bearer(token: string): Promise<User> {
    if (!o.tokens) throw unauthorized()
    let found: { user: User } | undefined
    try { found = await o.tokens.verify(token) } catch (e) { throw unauthorized(e) }
    if (!found) throw unauthorized()
    return found.user
  }

  return {
    authenticate(c) {
      let failure: unknown
      if (c.certificate && certificates) {
        try { return certificates.authenticate(c.certificate) } catch (e) { failure = e }
      }
      const token = bearerToken(c.headers)
      if (token) return bearer(token).then(withAuthenticated)
      if (failure || o.anonymousAuth === false) throw failure ?? unauthorized()
      return nobody
    },
  }
}

const protocolPrefix = 'base64url.bearer.authorization.k8s.io.'

/** From `Authorization: Bearer`, or from the subprotocol by which browsers send it with a WebSocket. */
function bearerToken(h: IncomingHttpHeaders): string | undefined {
  const [scheme, token] = (h.authorization ?? '').trim().split(' ')
  if (scheme?.toLowerCase() === 'bearer' && token) return token
  const protocol = h['sec-websocket-protocol']?.split(',').map((p) => p.trim()).find((p) => p.startsWith(protocolPrefix))
  return protocol ? Buffer.from(protocol.slice(protocolPrefix.length), 'base64url').toString() : undefined
}
