import { X509Certificate, createPrivateKey, createPublicKey } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, connect } from 'node:tls'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { authority, certificate, serviceAccountKey } from './pki.ts'

const now = Date.UTC(2026, 10, 21), day = 86_400_000
let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'dd-pki-')) })
afterEach(() => rmSync(folder, { recursive: true, force: true }))
const crt = (name: string) => new X509Certificate(readFileSync(join(folder, `${name}.crt`)))

test('the authority signs itself and may sign others; its key is its owner’s alone', async () => {
  const ca = await authority(folder, 'drydock-x', now), c = crt('ca')
  expect(c.subject).toBe('CN=drydock-x')
  expect(c.ca).toBe(true)
  expect(c.verify(c.publicKey)).toBe(true)
  expect(c.validToDate.getTime()).toBeGreaterThan(now + 3600 * day)
  expect(statSync(join(folder, 'ca.key')).mode & 0o777).toBe(0o600)
  expect((await authority(folder, 'drydock-x', now)).certificate.fingerprint).toBe(ca.certificate.fingerprint)
})

test('a certificate says who holds it, what it serves and who signed it', async () => {
  const ca = await authority(folder, 'drydock-x', now)
  await certificate(folder, ca, { name: 'kubelet', commonName: 'system:node:n-1', organizations: ['system:nodes', 'sécond'], hosts: ['127.0.0.1', '::1', 'fd00:1::2', 'localhost', 'n-1'] }, now)
  const c = crt('kubelet')
  expect(c.subject).toBe('O=system:nodes\nO=sécond\nCN=system:node:n-1')
  expect(c.checkIssued(ca.certificate)).toBe(true)
  expect(c.verify(ca.certificate.publicKey)).toBe(true)
  expect(c.ca).toBe(false)
  expect(c.subjectAltName).toBe('IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:FD00:1:0:0:0:0:0:2, DNS:localhost, DNS:n-1')
  expect(c.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'])
  await certificate(folder, ca, { name: 'client', commonName: 'admin', organizations: ['system:masters'] }, now)
  expect(crt('client').keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
  expect(crt('client').subjectAltName).toBeUndefined()
  expect(readdirSync(folder).filter((f) => f.endsWith('.new'))).toEqual([])
})

test('both sides of a TLS connection accept each other', async () => {
  const real = Date.now(), ca = await authority(folder, 'drydock-x', real), pem = (f: string) => readFileSync(join(folder, f))
  await certificate(folder, ca, { name: 'server', commonName: 'apiserver', hosts: ['127.0.0.1', 'localhost'] }, real)
  await certificate(folder, ca, { name: 'client', commonName: 'admin', organizations: ['system:masters'] }, real)
  const server = createServer({ ca: pem('ca.crt'), cert: pem('server.crt'), key: pem('server.key'), requestCert: true, rejectUnauthorized: true }, (s) => { s.end((s.getPeerCertificate().subject as { CN: string }).CN); s.on('error', () => undefined) })
  await new Promise<void>((ok) => { server.listen(0, '127.0.0.1', ok) })
  try {
    const said = await new Promise<string>((ok, bad) => {
      let s = ''
      connect({ host: '127.0.0.1', port: (server.address() as { port: number }).port, ca: pem('ca.crt'), cert: pem('client.crt'), key: pem('client.key') }).on('data', (d) => { s += d.toString() }).on('end', () => ok(s)).on('error', bad)
    })
    expect(said).toBe('admin')
  } finally { server.close() }
})

const spec = { name: 'server', commonName: 'apiserver', hosts: ['127.0.0.1'] }
test.each<[what: string, change: () => void, at: number, renewed: boolean]>([
  ['nothing happened', () => undefined, now, false],
  ['31 days are left', () => undefined, now + 334 * day, false],
  ['29 days are left', () => undefined, now + 336 * day, true],
  ['it has expired', () => undefined, now + 400 * day, true],
  ['the certificate is cut short', () => writeFileSync(join(folder, 'server.crt'), readFileSync(join(folder, 'server.crt'), 'utf8').slice(0, 200)), now, true],
  ['the certificate is empty', () => writeFileSync(join(folder, 'server.crt'), ''), now, true],
  ['the key is missing', () => rmSync(join(folder, 'server.key')), now, true],
  ['the key is another’s', () => writeFileSync(join(folder, 'server.key'), readFileSync(join(folder, 'ca.key'))), now, true],
])('certificate when %s', async (_what, change, at, renewed) => {
  await certificate(folder, await authority(folder, 'drydock-x', now), spec, now)
  const before = crt('server').fingerprint
  change()
  const ca = await authority(folder, 'drydock-x', at)
  await certificate(folder, ca, spec, at)
  expect(crt('server').fingerprint !== before).toBe(renewed)
  expect(crt('server').checkPrivateKey(createPrivateKey(readFileSync(join(folder, 'server.key'))))).toBe(true)
  expect(crt('server').verify(ca.certificate.publicKey)).toBe(true)
})

test('a certificate for a new address replaces the one that lacks it', async () => {
  const ca = await authority(folder, 'drydock-x', now)
  await certificate(folder, ca, spec, now)
  await certificate(folder, ca, { ...spec, hosts: ['127.0.0.1', '10.0.0.1'] }, now)
  expect(crt('server').checkIP('10.0.0.1')).toBe('10.0.0.1')
})

test.each<[what: string, change: () => void, at: number]>([
  ['is missing', () => rmSync(join(folder, 'ca.crt')), now],
  ['is damaged', () => writeFileSync(join(folder, 'ca.crt'), 'x'), now],
  ['has expired', () => undefined, now + 3651 * day],
])('the authority whose certificate %s gets another, and what it has signed stays good', async (_what, change, at) => {
  const before = (await authority(folder, 'drydock-x', now)).certificate.fingerprint
  await certificate(folder, await authority(folder, 'drydock-x', now), spec, now)
  change()
  const ca = await authority(folder, 'drydock-x', at)
  expect(ca.certificate.fingerprint).not.toBe(before)
  expect(ca.certificate.validToDate.getTime()).toBeGreaterThan(at + 3600 * day)
  expect(crt('server').checkIssued(ca.certificate)).toBe(true)
  expect(crt('server').verify(ca.certificate.publicKey)).toBe(true)
})

test.each<[what: string, change: () => void, says: RegExp]>([
  ['missing', () => rmSync(join(folder, 'ca.key')), /ca\.key, is missing: .*drydock stop/],
  ['damaged', () => writeFileSync(join(folder, 'ca.key'), ''), /ca\.key, is damaged: .*drydock stop/],
])('the authority is refused when its key is %s', async (_what, change, says) => {
  await authority(folder, 'drydock-x', now)
  change()
  await expect(authority(folder, 'drydock-x', now)).rejects.toThrow(says)
})

test('the pair for service accounts is kept, and mended', async () => {
  serviceAccountKey(folder)
  const key = () => readFileSync(join(folder, 'sa.key'), 'utf8'), pub = () => readFileSync(join(folder, 'sa.pub'), 'utf8'), before = key()
  rmSync(join(folder, 'sa.pub')); serviceAccountKey(folder)
  expect(key()).toBe(before)
  expect(pub()).toBe(createPublicKey(before).export({ type: 'spki', format: 'pem' }))
  writeFileSync(join(folder, 'sa.key'), before.slice(0, 50)); serviceAccountKey(folder)
  expect(key()).not.toBe(before)
  expect(pub()).toBe(createPublicKey(key()).export({ type: 'spki', format: 'pem' }))
  expect(existsSync(join(folder, 'sa.key.new'))).toBe(false)
})
