/**
 * The cluster's certificate authority and every certificate signed by it: ECDSA P-256, made at first start, renewed when
 * less than 30 days are left, kept as PEM in <folder>/pki. Nobody's key is shared with another process.
 */
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { X509Certificate } from 'node:crypto'

x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0])
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const day = 86_400_000

export interface CertificateSpec {
  /** File name without extension. */ name: string
  commonName: string
  organizations?: string[]
  /** DNS names and IP addresses that the certificate serves; none for a client's. */
  hosts?: string[]
  days?: number
}

export interface Authority { certificate: x509.X509Certificate, keys: webcrypto.CryptoKeyPair, pem: string }

const pemOf = (label: string, der: ArrayBuffer) => `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64').replace(/(.{64})/g, '$1\n').trimEnd()}\n-----END ${label}-----\n`

function write(file: string, text: string, secret: boolean) {
  writeFileSync(`${file}.new`, text, { mode: secret ? 0o600 : 0o644 })
  renameSync(`${file}.new`, file)
}

/** The CA in `folder`, made if it is not there. */
export async function authority(folder: string, commonName: string, now: number): Promise<Authority> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const crt = join(folder, 'ca.crt'), key = join(folder, 'ca.key')
  if (existsSync(crt) && existsSync(key)) {
    const pem = readFileSync(crt, 'utf8'), der = Buffer.from(readFileSync(key, 'utf8').replace(/-----.*-----|\s/g, ''), 'base64')
    const privateKey = await webcrypto.subtle.importKey('pkcs8', der, algorithm, true, ['sign'])
    const certificate = new x509.X509Certificate(pem)
    const publicKey = await certificate.publicKey.export(algorithm, ['verify'], webcrypto as never)
    return { certificate, keys: { privateKey, publicKey: publicKey as webcrypto.CryptoKey }, pem }
  }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as webcrypto.CryptoKeyPair
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomBytes(16).toString('hex').replace(/^[89a-f]/, '1'), name: `CN=${commonName}`, notBefore: new Date(now - day), notAfter: new Date(now + 3650 * day), signingAlgorithm: algorithm, keys: keys as never,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature, true), await x509.SubjectKeyIdentifierExtension.create(keys.publicKey as never)],
  })
  write(key, pemOf('PRIVATE KEY', await webcrypto.subtle.exportKey('pkcs8', keys.privateKey) as ArrayBuffer), true)
  const pem = certificate.toString('pem') + '\n'
  write(crt, pem, false)
  return { certificate, keys, pem }
}

const isAddress = (h: string) => /^[\d.]+$/.test(h) || h.includes(':')

/** Whether the certificate on disk still serves for what is asked: names, hosts and at least 30 days. */
function good(file: string, s: CertificateSpec, now: number, ca: Authority): boolean {
  if (!existsSync(`${file}.crt`) || !existsSync(`${file}.key`)) return false
  const c = new X509Certificate(readFileSync(`${file}.crt`))
  return c.validToDate.getTime() - now > 30 * day && (s.hosts ?? []).every((h) => (isAddress(h) ? c.checkIP(h) : c.checkHost(h.replace(/^\*/, 'x'))) !== undefined) && c.verify(new X509Certificate(ca.pem).publicKey)
}

/** Makes <folder>/<name>.crt and .key, for both TLS roles, unless what is there is good. */
export async function certificate(folder: string, ca: Authority, s: CertificateSpec, now: number): Promise<void> {
  const file = join(folder, s.name)
  if (good(file, s, now, ca)) return
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as webcrypto.CryptoKeyPair
  const c = await x509.X509CertificateGenerator.create({
    serialNumber: randomBytes(16).toString('hex').replace(/^[89a-f]/, '1'), issuer: ca.certificate.subject,
    subject: new x509.Name([...(s.organizations ?? []).map((o) => ({ O: [o] })), { CN: [s.commonName] }]).toString(),
    notBefore: new Date(now - day), notAfter: new Date(now + (s.days ?? 365) * day), signingAlgorithm: algorithm, publicKey: keys.publicKey as never, signingKey: ca.keys.privateKey as never,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      new x509.ExtendedKeyUsageExtension([...(s.hosts?.length ? [x509.ExtendedKeyUsage.serverAuth] : []), x509.ExtendedKeyUsage.clientAuth]),
      ...(s.hosts?.length ? [new x509.SubjectAlternativeNameExtension(s.hosts.map((h) => ({ type: isAddress(h) ? 'ip' as const : 'dns' as const, value: h })))] : []),
      await x509.AuthorityKeyIdentifierExtension.create(ca.certificate.publicKey),
    ],
  })
  write(`${file}.key`, pemOf('PRIVATE KEY', await webcrypto.subtle.exportKey('pkcs8', keys.privateKey) as ArrayBuffer), true)
  write(`${file}.crt`, c.toString('pem') + '\n', false)
}

/** The pair that signs service account tokens: sa.key and sa.pub. */
export function serviceAccountKey(folder: string): void {
  const file = join(folder, 'sa')
  if (existsSync(`${file}.key`) && existsSync(`${file}.pub`)) return
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  write(`${file}.pub`, publicKey.export({ type: 'spki', format: 'pem' }).toString(), false)
  write(`${file}.key`, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), true)
}
