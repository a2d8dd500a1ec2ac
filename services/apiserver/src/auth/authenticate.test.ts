import { generateKeyPairSync } from 'node:crypto'
import { X509Certificate as NodeCertificate } from 'node:crypto'
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { beforeAll, describe, expect, it } from 'vitest'
import { resources } from '@drydock/api'
import { realClock, systemRandom } from '@drydock/base'
import { fakeCluster } from '../testing/fake-cluster.ts'
import { createAuthenticator } from './authenticate.ts'
import { impersonate } from './impersonate.ts'
import { createTokens } from './tokens.ts'
import type { Authorizer } from './types.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const day = 86_400_000
let now = Date.parse('2026-06-01T00:00:00Z')
const clock = { ...realClock, now: () => now }

async function authority(name: string) {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const ca = await x509.X509CertificateGenerator.createSelfSigned({ name: `CN=${name}`, keys, notBefore: new Date(now - day), notAfter: new Date(now + 9 * day), signingAlgorithm: algorithm, extensions: [new x509.BasicConstraintsExtension(true)] })
  const issue = async (subject: string, usage: x509.ExtendedKeyUsageType = x509.ExtendedKeyUsage.clientAuth) => {
    const own = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
    const c = await x509.X509CertificateGenerator.create({
      subject, issuer: ca.subject, publicKey: own.publicKey, signingKey: keys.privateKey, signingAlgorithm: algorithm, notBefore: new Date(now - day), notAfter: new Date(now + day),
      extensions: [new x509.ExtendedKeyUsageExtension([usage])],
    })
    return new NodeCertificate(c.toString('pem'))
  }
  return { pem: ca.toString('pem'), issue }
}

describe('client certificates', () => {
  let ours: Awaited<ReturnType<typeof authority>>, theirs: Awaited<ReturnType<typeof authority>>
  beforeAll(async () => { ours = await authority('ca'); theirs = await authority('ca') })

  it('gives the common name, the organizations and the credential', async () => {
    const a = createAuthenticator({ clientCa: theirs.pem + ours.pem, clock })
    const u = await a.authenticate({ headers: {}, certificate: await ours.issue('CN=admin, O=system:masters, O=dev') })
    expect(u).toMatchObject({ name: 'admin', groups: ['system:masters', 'dev', 'system:authenticated'] })
    expect(u.extra?.['authentication.kubernetes.io/credential-id']?.[0]).toMatch(/^X509SHA256=[0-9a-f]{64}$/)
  })

  it('refuses a stranger\'s, an expired one and one for servers, and does not call them anonymous', async () => {
    const a = createAuthenticator({ clientCa: ours.pem, clock })
    const mine = await ours.issue('CN=x')
    const refused = { reason: 'Unauthorized', code: 401, message: 'Unauthorized' }
    await expect((async () => a.authenticate({ headers: {}, certificate: await theirs.issue('CN=x') }))()).rejects.toMatchObject(refused)
    await expect((async () => a.authenticate({ headers: {}, certificate: await ours.issue('CN=x', x509.ExtendedKeyUsage.serverAuth) }))()).rejects.toMatchObject(refused)
    await a.authenticate({ headers: {}, certificate: mine })
    now += 2 * day
    await expect((async () => a.authenticate({ headers: {}, certificate: mine }))()).rejects.toMatchObject(refused)
    now -= 2 * day
  })

  it('knows nobody as anonymous, unless that is off', async () => {
    expect(await createAuthenticator({ clock }).authenticate({ headers: {} })).toEqual({ name: 'system:anonymous', groups: ['system:unauthenticated'] })
    await expect((async () => createAuthenticator({ clock, anonymousAuth: false }).authenticate({ headers: {} }))()).rejects.toMatchObject({ code: 401 })
  })
})

describe.each(['ec', 'rsa'] as const)('service account tokens (%s)', (type) => {
  const pair = type === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const signingKey = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const setUp = () => {
    const c = fakeCluster()
    c.put(resources.serviceaccounts, { metadata: { name: 'sa', namespace: 'n', uid: 'sa-1' } })
    c.put(resources.pods, { metadata: { name: 'p', namespace: 'n', uid: 'p-1' } })
    const tokens = createTokens({ signingKey, issuer: 'https://kubernetes.default.svc', reader: c, clock, random: systemRandom })
    const request = { namespace: 'n', serviceAccount: { name: 'sa', uid: 'sa-1' }, pod: { name: 'p', uid: 'p-1' }, node: { name: 'w', uid: 'w-1' }, audiences: tokens.audiences, expirationSeconds: 600 }
    const authenticator = createAuthenticator({ tokens, clock })
    return { c, tokens, request, login: (t: string) => authenticator.authenticate({ headers: { authorization: `Bearer ${t}` } }) }
  }

  it('names the account and what the token is bound to', async () => {
    const { tokens, request, login } = setUp()
    const u = await login(await tokens.issue(request))
    expect(u).toMatchObject({
      name: 'system:serviceaccount:n:sa', uid: 'sa-1', groups: ['system:serviceaccounts', 'system:serviceaccounts:n', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/pod-name': ['p'], 'authentication.kubernetes.io/pod-uid': ['p-1'], 'authentication.kubernetes.io/node-name': ['w'] },
    })
    expect((await tokens.jwks()).keys).toHaveLength(1)
  })

  it('is no good once its time, its account or its pod is gone, for another audience, or when tampered with', async () => {
    const { c, tokens, request, login } = setUp()
    const refused = { code: 401 }
    const token = await tokens.issue(request)
    await login(token)
    await expect(login(token.slice(0, -8) + 'AAAAAAAA')).rejects.toMatchObject(refused)
    await expect(login(await tokens.issue({ ...request, audiences: ['other'] }))).rejects.toMatchObject(refused)
    await expect(login('nonsense')).rejects.toMatchObject(refused)
    now += 601_000
    await expect(login(token)).rejects.toMatchObject(refused)
    now -= 601_000
    c.put(resources.pods, { metadata: { name: 'p', namespace: 'n', uid: 'p-2' } })
    await expect(login(token)).rejects.toMatchObject(refused)
    const { pod: _, ...unbound } = request
    const other = await tokens.issue({ ...unbound, node: undefined })
    await login(other)
    c.remove(resources.serviceaccounts, 'n', 'sa')
    await expect(login(other)).rejects.toMatchObject(refused)
  })
})

describe('impersonation', () => {
  const admin = { name: 'admin', groups: ['system:masters'] }
  const asked: string[] = []
  const authorizer: Authorizer = { authorize: async (a) => { asked.push(`${a.resource?.resource} ${a.resource?.subresource} ${a.resource?.name}`.trim()); return { allowed: a.resource?.name !== 'root', reason: '' } } }
  it.each<[Record<string, string | string[]>, object | string]>([
    [{}, admin],
    [{ 'impersonate-user': 'u', 'impersonate-group': 'a, b' }, { name: 'u', groups: ['a', 'b', 'system:authenticated'] }],
    [{ 'impersonate-user': 'u', 'impersonate-uid': '1', 'impersonate-extra-some%2fscope': 'x' }, { name: 'u', uid: '1', groups: ['system:authenticated'], extra: { 'some/scope': ['x'] } }],
    [{ 'impersonate-user': 'system:serviceaccount:n:sa' }, { groups: ['system:serviceaccounts', 'system:serviceaccounts:n', 'system:authenticated'] }],
    [{ 'impersonate-user': 'system:anonymous' }, { groups: ['system:unauthenticated'] }],
    [{ 'impersonate-user': 'root' }, 'users "root" is forbidden: User "admin" cannot impersonate resource "users" in API group "" at the cluster scope'],
    [{ 'impersonate-group': 'g' }, 'requested [{Group  g    }] without impersonating a user'],
  ])('%o', async (headers, want) => {
    const got = await impersonate(admin, { headers }, authorizer).catch((e: Error) => e.message)
    if (typeof want === 'string') expect(got).toBe(want)
    else expect(got).toMatchObject(want)
  })
})
