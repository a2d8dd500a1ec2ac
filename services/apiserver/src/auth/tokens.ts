import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { exportJWK } from 'jose/key/export'
import { SignJWT } from 'jose/jwt/sign'
import { compactVerify } from 'jose/jws/compact/verify'
import type { JWK } from 'jose'
import { resources } from '@drydock/api'
import { type Clock, LruMap, type Random } from '@drydock/base'
import type { Reader } from '../admission/types.ts'
import type { User } from './types.ts'
import { serviceAccountGroups, serviceAccountUsername } from './users.ts'

/**
 * Service account tokens: JWTs bound to their account and, if asked, to a pod, secret or node, by name and uid.
 * A token is good while it is within its time and everything that it is bound to still exists with the same uid; that is
 * looked up in the watch cache at every use, while the signature is checked once (bounded cache).
 */
export interface Tokens {
  readonly issuer: string
  /** What a token must be for, unless told otherwise: the API itself. */
  readonly audiences: readonly string[]
  issue(c: NewToken): Promise<string>
  /** Whose token it is; undefined if it is none of this issuer's; throws with the cause if it is, but is no good. */
  verify(token: string, audiences?: readonly string[]): Promise<{ user: User, audiences: string[] } | undefined>
  /** RFC 7517 set of the keys that verify. */
  jwks(): Promise<{ keys: JWK[] }>
}

export interface Ref { name: string, uid: string }
export interface NewToken {
  namespace: string
  serviceAccount: Ref
  pod?: Ref | undefined
  secret?: Ref | undefined
  node?: Ref | undefined
  audiences: readonly string[]
  expirationSeconds: number
  /** Seconds after which use is counted as stale, for tokens whose life the server extended. */
  warnAfterSeconds?: number | undefined
}

interface Private { namespace: string, node?: Ref, pod?: Ref, secret?: Ref, serviceaccount: Ref, warnafter?: number }
interface Claims { aud: string[], exp: number, iat: number, nbf: number, iss: string, jti?: string, sub: string, 'kubernetes.io': Private }

export interface TokensOptions {
  /** PEM of the private key (RSA: RS256; P-256: ES256). */
  signingKey: string
  /** PEMs of further public or private keys that verify, for rotation. */
  verifyKeys?: readonly string[]
  issuer: string
  /** Default: the issuer. */
  audiences?: readonly string[]
  reader: Reader
  clock: Clock
  random: Random
  /** Tokens whose signature is remembered; default 4096. */
  cacheSize?: number
}

/** An account or pod that is being deleted keeps its tokens this long (upstream's leeway for clocks that differ). */
const deletionLeewayMs = 60_000

export function createTokens(o: TokensOptions): Tokens {
  const signing = createPrivateKey(o.signingKey)
  const alg = algorithmOf(signing)
  const keys = new Map([createPublicKey(signing), ...(o.verifyKeys ?? []).map(toPublic)].map((k) => [keyId(k), k]))
  const kid = keyId(createPublicKey(signing))
  const audiences = o.audiences?.length ? o.audiences : [o.issuer]
  const checked = new LruMap<string, Claims>(o.cacheSize ?? 4096)

  async function claimsOf(token: string): Promise<Claims | undefined> {
    const cached = checked.get(token)
    if (cached) return cached
    const claims = decode(token)
    if (!claims || claims.iss !== o.issuer) return undefined
    const { payload } = await compactVerify(token, (header) => {
      const key = header.kid === undefined ? keys.values().next().value : keys.get(header.kid)
      if (!key) throw new Error('no key for the token\'s kid')
      return key
    }, { algorithms: ['RS256', 'ES256', 'ES384', 'ES512'] })
    const verified = JSON.parse(new TextDecoder().decode(payload)) as Claims
    checked.set(token, verified)
    return verified
  }

  return {
    issuer: o.issuer,
    audiences,
    async issue(c) {
      const now = Math.floor(o.clock.now() / 1000)
      const own: Private = {
        namespace: c.namespace, ...(c.node && { node: c.node }), ...(c.pod && { pod: c.pod }), ...(c.secret && { secret: c.secret }),
        serviceaccount: c.serviceAccount, ...(c.warnAfterSeconds && { warnafter: now + c.warnAfterSeconds }),
      }
      const claims: Claims = {
        aud: [...c.audiences], exp: now + c.expirationSeconds, iat: now, iss: o.issuer, jti: o.random.uuid(), 'kubernetes.io': own,
        nbf: now, sub: serviceAccountUsername(c.namespace, c.serviceAccount.name),
      }
      return new SignJWT({ ...claims }).setProtectedHeader({ alg, kid }).sign(signing)
    },
    async verify(token, wanted) {
      const claims = await claimsOf(token)
      if (!claims) return undefined
      const matching = (wanted?.length ? wanted : audiences).filter((a) => claims.aud.includes(a))
      if (!matching.length) throw new Error(`token audiences ${JSON.stringify(claims.aud)} is invalid for the target audiences ${JSON.stringify(wanted ?? audiences)}`)
      validate(claims, o.reader, o.clock.now())
      return { user: userOf(claims), audiences: matching }
    },
    async jwks() {
      return { keys: await Promise.all([...keys].map(async ([id, k]) => ({ use: 'sig', kid: id, alg: algorithmOf(k), ...await exportJWK(k) }))) }
    },
  }
}

/** Throws what is wrong with the claims at `nowMs`: times, then the account, then what else it is bound to. */
function validate(c: Claims, reader: Reader, nowMs: number): void {
  const now = nowMs / 1000
  if (now > c.exp) throw new Error('service account token has expired')
  if (now + 10 < c.nbf) throw new Error('service account token is not valid yet')
  const { namespace, serviceaccount, pod, secret, node } = c['kubernetes.io']
  alive('service account', reader.get(resources.serviceaccounts, namespace, serviceaccount.name), serviceaccount, nowMs)
  if (secret) alive('secret', reader.get(resources.secrets, namespace, secret.name), secret, nowMs)
  if (pod) alive('pod', reader.get(resources.pods, namespace, pod.name), pod, nowMs)
  // A token of a pod names the pod's node for information only; one without a pod is bound to the node itself.
  if (node && !pod && !secret) alive('node', reader.get(resources.nodes, '', node.name), node, nowMs)
}

type Bound = { metadata?: { uid?: string | undefined, deletionTimestamp?: string | undefined } | undefined }
function alive(what: string, found: Bound | undefined, ref: Ref, nowMs: number): void {
  if (!found) throw new Error(`${what} ${ref.name} of the token does not exist`)
  if (found.metadata?.uid !== ref.uid) throw new Error(`the ${what} UID (${found.metadata?.uid}) does not match the claim (${ref.uid})`)
  const deleted = found.metadata?.deletionTimestamp
  if (deleted && Date.parse(deleted) + deletionLeewayMs < nowMs) throw new Error(`the ${what} has been deleted`)
}

function userOf(c: Claims): User {
  const { namespace, serviceaccount, pod, node } = c['kubernetes.io']
  const extra: Record<string, string[]> = {}
  if (c.jti) extra['authentication.kubernetes.io/credential-id'] = [`JTI=${c.jti}`]
  if (pod) Object.assign(extra, { 'authentication.kubernetes.io/pod-name': [pod.name], 'authentication.kubernetes.io/pod-uid': [pod.uid] })
  if (node) Object.assign(extra, { 'authentication.kubernetes.io/node-name': [node.name], ...(node.uid && { 'authentication.kubernetes.io/node-uid': [node.uid] }) })
  return {
    name: serviceAccountUsername(namespace, serviceaccount.name), uid: serviceaccount.uid, groups: serviceAccountGroups(namespace),
    ...(Object.keys(extra).length && { extra }),
  }
}

function decode(token: string): Claims | undefined {
  const parts = token.split('.')
  if (parts.length !== 3) return undefined
  try {
    const c = JSON.parse(Buffer.from(parts[1]!, 'base64url').toString()) as Claims
    const own = c['kubernetes.io']
    return Array.isArray(c.aud) && typeof c.exp === 'number' && typeof own?.namespace === 'string' && typeof own.serviceaccount?.name === 'string' ? c : undefined
  } catch { return undefined }
}

const toPublic = (pem: string): KeyObject => createPublicKey(pem)
const keyId = (k: KeyObject): string => createHash('sha256').update(k.export({ type: 'spki', format: 'der' })).digest('base64url')

function algorithmOf(k: KeyObject): string {
  if (k.asymmetricKeyType === 'rsa') return 'RS256'
  const curve = k.asymmetricKeyDetails?.namedCurve
  const alg = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }[curve ?? '']
  if (k.asymmetricKeyType !== 'ec' || !alg) throw new Error('service account keys must be RSA or EC (P-256, P-384, P-521)')
  return alg
}
