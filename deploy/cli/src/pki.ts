/**
 * The cluster's certificate authority and every certificate signed by it: ECDSA P-256, made at first start, renewed when
 * less than 30 days are left or the file is damaged, kept as PEM in <folder>/pki. Nobody's key is shared with another process.
 */
import { X509Certificate, createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { bits, inside, integer, octets, oid, sequence, set, time, truth, utf8, value } from './der.ts'

const day = 86_400_000

export interface CertificateSpec {
  /** File name without extension. */ name: string
  commonName: string
  organizations?: string[]
  /** DNS names and IP addresses that the certificate serves; none for a client's. */
  hosts?: string[]
  days?: number
}

export interface Authority {
  certificate: X509Certificate
  key: KeyObject
  /** Its name and key identifier as its own certificate has them, in DER. */ subject: Buffer
  keyId: Buffer
}

function write(file: string, text: string, secret: boolean) {
  writeFileSync(`${file}.new`, text, { mode: secret ? 0o600 : 0o644 })
  renameSync(`${file}.new`, file)
}

const pem = (der: Buffer) => `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`
const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256', publicKeyEncoding: { type: 'spki', format: 'der' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } })
const keyIdOf = (spki: Uint8Array) => createHash('sha1').update(inside(spki)[1]!.subarray(3)).digest()

// ── X.509 (RFC 5280), as much as is used here
const extension = (id: string, critical: boolean, content: Buffer) => sequence(oid(`2.5.29.${id}`), ...(critical ? [truth] : []), octets(content))
const keyUsage = (use: number, unused: number) => extension('15', true, bits(Uint8Array.of(use), unused))
const name = (commonName: string, organizations: readonly string[] = []) =>
  sequence(...organizations.map((o) => set(sequence(oid('2.5.4.10'), utf8(o)))), set(sequence(oid('2.5.4.3'), utf8(commonName))))

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'))

function signed(o: { issuer: Buffer, subject: Buffer, from: number, to: number, spki: Buffer, extensions: Buffer[], key: KeyObject }): string {
  const serial = randomBytes(16)
  serial[0] = serial[0]! & 0x7f | 0x10
  const body = sequence(value(0xa0, integer(Uint8Array.of(2))), integer(serial), ecdsaWithSha256, o.issuer, sequence(time(o.from), time(o.to)), o.subject, o.spki, value(0xa3, sequence(...o.extensions)))
  return pem(sequence(body, ecdsaWithSha256, bits(sign('sha256', body, o.key))))
}

const isAddress = (h: string) => h.includes(':') || /^[\d.]+$/.test(h)

// The address as its four or sixteen bytes.
function addressBytes(h: string): Uint8Array {
  if (!h.includes(':')) return Uint8Array.from(h.split('.').map(Number))
  const [head = '', tail] = h.split('::'), words = (s: string) => (s ? s.split(':').map((w) => parseInt(w, 16)) : []), a = words(head), b = words(tail ?? '')
  return Uint8Array.from([...a, ...Array<number>(tail === undefined ? 0 : 8 - a.length - b.length).fill(0), ...b].flatMap((w) => [w >> 8, w & 255]))
}

const alternativeNames = (hosts: readonly string[]) => sequence(...hosts.map((h) => (isAddress(h) ? value(0x87, addressBytes(h)) : value(0x82, h))))

/**
 * The CA in `folder`, made if it is not there. Its certificate is made again from its key where it is missing, damaged or
 * near its end: what it has signed stays good. Without its key nothing can be mended: throws with the way out.
 */
export function authority(folder: string, commonName: string, now: number): Authority {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const crt = join(folder, 'ca.crt'), keyFile = join(folder, 'ca.key')
  if (!existsSync(keyFile) && !existsSync(crt)) write(keyFile, newKey().privateKey, true)
  const key = attempt(() => createPrivateKey(readFileSync(keyFile)))
  if (!key) throw new Error(`the key of the cluster's authority, ${keyFile}, is ${existsSync(keyFile) ? 'damaged' : 'missing'}: put it back, or end the cluster (\`drydock stop\`), remove ${folder} and start it again, which makes a new authority`)
  const lasts = (c: X509Certificate) => c.validToDate.getTime() - now > 30 * day && c.checkPrivateKey(key)
  let certificate = attempt(() => new X509Certificate(readFileSync(crt)))
  if (!certificate || !lasts(certificate)) {
    write(crt, selfSigned(name(commonName), key, now), false)
    certificate = new X509Certificate(readFileSync(crt))
  }
  // tbsCertificate: version, serial, algorithm, issuer, validity, subject, public key.
  const fields = inside(inside(certificate.raw)[0]!)
  return { certificate, key, subject: fields[5]!, keyId: keyIdOf(fields[6]!) }
}

function selfSigned(subject: Buffer, key: KeyObject, now: number): string {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  return signed({
    issuer: subject, subject, from: now - day, to: now + 3650 * day, spki, key,
    extensions: [extension('19', true, sequence(truth)), keyUsage(0b1000_0110, 1), extension('14', false, octets(keyIdOf(spki)))],
  })
}

/** Whether the certificate on disk still serves for what is asked: names, hosts, its key, and at least 30 days. */
function good(file: string, s: CertificateSpec, now: number, ca: Authority): boolean {
  try {
    const c = new X509Certificate(readFileSync(`${file}.crt`)), key = createPrivateKey(readFileSync(`${file}.key`))
    return c.validToDate.getTime() - now > 30 * day && (s.hosts ?? []).every((h) => (isAddress(h) ? c.checkIP(h) : c.checkHost(h)) !== undefined) && c.checkPrivateKey(key) && c.verify(ca.certificate.publicKey)
  } catch { return false }
}

/** Makes <folder>/<name>.crt and .key, for both TLS roles, unless what is there is good. */
export function certificate(folder: string, ca: Authority, s: CertificateSpec, now: number): void {
  const file = join(folder, s.name)
  if (good(file, s, now, ca)) return
  const pair = newKey(), hosts = s.hosts ?? []
  const text = signed({
    issuer: ca.subject, subject: name(s.commonName, s.organizations), from: now - day, to: now + (s.days ?? 365) * day, spki: pair.publicKey, key: ca.key,
    extensions: [
      extension('19', true, sequence()), keyUsage(0b1010_0000, 5),
      extension('37', false, sequence(...(hosts.length ? [oid('1.3.6.1.5.5.7.3.1')] : []), oid('1.3.6.1.5.5.7.3.2'))),
      ...(hosts.length ? [extension('17', false, alternativeNames(hosts))] : []),
      extension('35', false, sequence(value(0x80, ca.keyId))),
    ],
  })
  write(`${file}.key`, pair.privateKey, true)
  write(`${file}.crt`, text, false)
}

/** The pair that signs service account tokens: sa.key and sa.pub, each made again where it is missing or damaged. */
export function serviceAccountKey(folder: string): void {
  const file = join(folder, 'sa')
  let key = attempt(() => createPrivateKey(readFileSync(`${file}.key`)))
  if (!key) {
    key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    write(`${file}.key`, key.export({ type: 'pkcs8', format: 'pem' }).toString(), true)
  }
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
  if (attempt(() => readFileSync(`${file}.pub`, 'utf8')) !== publicKey) write(`${file}.pub`, publicKey, false)
}

const attempt = <T>(f: () => T): T | undefined => { try { return f() } catch { return undefined } }
