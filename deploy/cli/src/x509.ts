/**
 * X.509 (RFC 5280), as much of it as a cluster's certificates need. Apart from the rest because the schemas behind it take
 * longer to load than keys take to make: who finds all certificates good never loads them.
 */
import { createHash, createPublicKey, randomBytes, sign, type KeyObject } from 'node:crypto'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import { AlgorithmIdentifier, AttributeTypeAndValue, AttributeValue, AuthorityKeyIdentifier, BasicConstraints, Certificate, ExtendedKeyUsage, Extension, Extensions, GeneralName, id_ce_authorityKeyIdentifier, id_ce_basicConstraints, id_ce_extKeyUsage, id_ce_keyUsage, id_ce_subjectAltName, id_ce_subjectKeyIdentifier, id_kp_clientAuth, id_kp_serverAuth, KeyIdentifier, KeyUsage, KeyUsageFlags, Name, RelativeDistinguishedName, SubjectAlternativeName, SubjectKeyIdentifier, SubjectPublicKeyInfo, TBSCertificate, Validity, Version } from '@peculiar/asn1-x509'
import { day, isAddress, type Authority, type CertificateSpec } from './pki.ts'

const pem = (der: Buffer) => `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`
/** SHA-1 of the key's own bits (RFC 5280, 4.2.1.2). */
const keyIdOf = (spki: SubjectPublicKeyInfo) => Uint8Array.from(createHash('sha1').update(Buffer.from(spki.subjectPublicKey)).digest()).buffer

const ecdsaWithSha256 = new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' })
const der = (v: unknown): Buffer => Buffer.from(AsnConvert.serialize(v))
const extension = (extnID: string, critical: boolean, content: unknown) => new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(content)) })

const name = (commonName: string, organizations: readonly string[] = []) =>
  new Name([...organizations.map((o) => ['2.5.4.10', o] as const), ['2.5.4.3', commonName] as const].map(([type, utf8String]) => new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value: new AttributeValue({ utf8String }) })])))

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

/** A new authority's own certificate, PEM. */
export function selfSigned(commonName: string, key: KeyObject, now: number): string {
  const subject = name(commonName)
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

/** A certificate for a public key (SPKI, DER), for both TLS roles, PEM. */
export function signedBy(ca: Authority, s: CertificateSpec, publicKey: Buffer, now: number): string {
  const { subject, subjectPublicKeyInfo } = AsnConvert.parse(ca.certificate.raw, Certificate).tbsCertificate, hosts = s.hosts ?? []
  return signed({
    issuer: subject, subject: name(s.commonName, s.organizations), from: now - day, to: now + (s.days ?? 365) * day, spki: Uint8Array.from(publicKey).buffer, key: ca.key,
    extensions: [
      extension(id_ce_basicConstraints, true, new BasicConstraints()),
      extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment)),
      extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([...(hosts.length ? [id_kp_serverAuth] : []), id_kp_clientAuth])),
      ...(hosts.length ? [extension(id_ce_subjectAltName, false, alternativeNames(hosts))] : []),
      extension(id_ce_authorityKeyIdentifier, false, new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(keyIdOf(subjectPublicKeyInfo)) })),
    ],
  })
}
