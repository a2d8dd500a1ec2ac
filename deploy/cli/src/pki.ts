/**
 * The cluster's certificate authority and every certificate signed by it: ECDSA P-256, made at first start, renewed when
 * less than 30 days are left or the file is damaged, kept as PEM in <folder>/pki. Nobody's key is shared with another process.
 */
import { X509Certificate, createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import { AlgorithmIdentifier, AttributeTypeAndValue, AttributeValue, AuthorityKeyIdentifier, BasicConstraints, Certificate, ExtendedKeyUsage, Extension, Extensions, GeneralName, id_ce_authorityKeyIdentifier, id_ce_basicConstraints, id_ce_extKeyUsage, id_ce_keyUsage, id_ce_subjectAltName, id_ce_subjectKeyIdentifier, id_kp_clientAuth, id_kp_serverAuth, KeyIdentifier, KeyUsage, KeyUsageFlags, Name, RelativeDistinguishedName, SubjectAlternativeName, SubjectKeyIdentifier, SubjectPublicKeyInfo, TBSCertificate, Validity, Version } from '@peculiar/asn1-x509'

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
  /** Its name and key identifier as its own certificate has them. */ subject: Name
  keyId: ArrayBuffer
}

function write(file: string, text: string, secret: boolean) {
  writeFileSync(`${file}.new`, text, { mode: secret ? 0o600 : 0o644 })
  renameSync(`${file}.new`, file)
}

const pem = (der: Buffer) => `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`
const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256', publicKeyEncoding: { type: 'spki', format: 'der' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } })
/** SHA-1 of the key's own bits (RFC 5280, 4.2.1.2). */
const keyIdOf = (spki: SubjectPublicKeyInfo) => Uint8Array.from(createHash('sha1').update(Buffer.from(spki.subjectPublicKey)).digest()).buffer

const ecdsaWithSha256 = new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' })
const der = (v: unknown): Buffer => Buffer.from(AsnConvert.serialize(v))
const extension = (extnID: string, critical: boolean, content: unknown) => new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(content)) })

const name = (commonName: string, organizations: readonly string[] = []) =>
  new Name([...organizations.map((o) => ['2.5.4.10', o] as const), ['2.5.4.3', commonName] as const].map(([type, utf8String]) => new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String }) })])))

const isAddress = (h: string) => h.includes(':') || /^[\d.]+$/.test(h)
const alternativeNames = (hosts: readonly string[]) => new SubjectAlternativeName(hosts.map((h) => new GeneralName(isAddress(h) ? { iPAddress: h } : { dNSName: h })))

function signed(o: { issuer: Name, subject: Name, from: number, to: number, spki: ArrayBuffer, extensions: Extension[], key: KeyObject }): string {
  const serial = randomBytes(16)
  serial[0] = serial[0]! & 0x7f | 0x10 // Positive, and of full length.
  const body = new TBSCertificate({
    version: Version.v3, serialNumber: Uint8Array.from(serial).buffer, signature: ecdsaWithSha256, issuer: o.issuer, subject: o.subject,
    validity: new Validity({ notBefore: new Date(o.from), notAfter: new Date(o.to) }), subjectPublicKeyInfo: AsnConvert.parse(o.spki, SubjectPublicKeyInfo), extensions: new Extensions(o.extensions),
  })
  return pem(der(new Certificate({ tbsCertificate: body, signatureAlgorithm: ecdsaWithSha256, signatureValue: Uint8Array.from(sign('sha256', der(body), o.key)).buffer })))
}

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
  const { subject, subjectPublicKeyInfo } = AsnConvert.parse(certificate.raw, Certificate).tbsCertificate
  return { certificate, key, subject, keyId: keyIdOf(subjectPublicKeyInfo) }
}

function selfSigned(subject: Name, key: KeyObject, now: number): string {
  const spki = Uint8Array.from(createPublicKey(key).export({ type: 'spki', format: 'der' })).buffer
  return signed({
    issuer: subject, subject, from: now - day, to: now + 3650 * day, spki, key,
    extensions: [
      extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: true })),
      extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign)),
      extension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyIdOf(AsnConvert.parse(spki, SubjectPublicKeyInfo)))),
    ],
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
    issuer: ca.subject, subject: name(s.commonName, s.organizations), from: now - day, to: now + (s.days ?? 365) * day, spki: Uint8Array.from(pair.publicKey).buffer, key: ca.key,
    extensions: [
      extension(id_ce_basicConstraints, true, new BasicConstraints()),
      extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment)),
      extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([...(hosts.length ? [id_kp_serverAuth] : []), id_kp_clientAuth])),
      ...(hosts.length ? [extension(id_ce_subjectAltName, false, alternativeNames(hosts))] : []),
      extension(id_ce_authorityKeyIdentifier, false, new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(ca.keyId) })),
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
