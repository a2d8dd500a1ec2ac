import { X509Certificate } from 'node:crypto'
import { StatusError } from '@drydock/api'
import { type Clock, LruMap } from '@drydock/base'
import type { User } from './types.ts'
import { withAuthenticated } from './users.ts'

/**
 * Users from client certificates: common name and organizations, as upstream's x509 request authenticator.
 * A certificate counts only if one of the client CA's certificates issued and signed it, it is within its time, and it is
 * for client authentication (or for any use). Signatures are checked once per certificate, times at every use.
 */
export interface CertificateAuthenticator { authenticate(certificate: X509Certificate): User }

const clientAuth = '1.3.6.1.5.5.7.3.2'
const anyUsage = '2.5.29.37.0'
interface Known { user: User | undefined, notBefore: number, notAfter: number }

export function createCertificateAuthenticator(o: { clientCa: string, clock: Clock, cacheSize?: number }): CertificateAuthenticator {
  const authorities = splitPem(o.clientCa).map((pem) => new X509Certificate(pem))
  const bySocket = new WeakMap<X509Certificate, Known>()
  const byFingerprint = new LruMap<string, Known>(o.cacheSize ?? 4096)

  function examine(c: X509Certificate): Known {
    const cached = byFingerprint.get(c.fingerprint256)
    if (cached) return cached
    const usages = c.keyUsage as string[] | undefined
    const known: Known = {
      user: authorities.some((ca) => c.checkIssued(ca) && c.verify(ca.publicKey))
        && (!usages?.length || usages.includes(clientAuth) || usages.includes(anyUsage)) ? userOf(c) : undefined,
      notBefore: Date.parse(c.validFrom), notAfter: Date.parse(c.validTo),
    }
    byFingerprint.set(c.fingerprint256, known)
    return known
  }

  return {
    authenticate(c) {
      let known = bySocket.get(c)
      if (!known) bySocket.set(c, known = examine(c))
      const now = o.clock.now()
      if (!known.user || now < known.notBefore || now > known.notAfter) throw unauthorized()
      return known.user
    },
  }
}

/** 401 as upstream says it, whatever the cause: who is not let in is not told why. */
export const unauthorized = (cause?: unknown) => new StatusError({ reason: 'Unauthorized', message: 'Unauthorized', ...(cause !== undefined && { cause }) })

function userOf(c: X509Certificate): User | undefined {
  const subject = c.toLegacyObject().subject as unknown as Record<string, string | string[] | undefined>
  const name = [subject['CN']].flat().at(-1)
  if (!name) return undefined
  const groups = [subject['O'] ?? []].flat()
  const fingerprint = c.fingerprint256.replaceAll(':', '').toLowerCase()
  return withAuthenticated({ name, groups, extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint}`] } })
}

export const splitPem = (bundle: string): string[] =>
  bundle.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
