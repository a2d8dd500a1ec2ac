import { createPublicKey, verify } from 'node:crypto'

/**
 * PKCS #10 certificate requests, as far as the API looks into them: whose it is, and whether the signature is that of the
 * key it carries (RFC 2986). A reader of DER of our own: Node has none for requests, and a library costs start-up time.
 */
export interface CertificateRequest { organizations: string[], commonName: string | undefined }

interface Node { tag: number, /** Content. */ body: Buffer, /** With its header. */ whole: Buffer }

const truncated = 'asn1: syntax error: data truncated'
const mismatch = 'asn1: structure error: tags don\'t match'

/** Parses and checks base64 of a PEM block. Throws Error in the words of Go's crypto/x509. */
export function parseCertificateRequest(request: string | undefined): CertificateRequest {
  const der = pemBlock(Buffer.from(request ?? '', 'base64').toString('latin1'))
  const { body, rest } = read(der)
  if (rest.length) throw new Error('asn1: syntax error: trailing data')
  const [info, algorithm, signature] = children(body)
  if (!info || !algorithm || !signature) throw new Error(truncated)
  const [, subject, publicKey] = children(info.body)
  if (!subject || !publicKey || signature.tag !== 0x03) throw new Error(mismatch)
  check(info.whole, oid(children(algorithm.body)[0]), signature.body.subarray(1), publicKey.whole)
  const names = attributes(subject)
  return { organizations: names.filter(([t]) => t === '2.5.4.10').map(([, v]) => v), commonName: names.find(([t]) => t === '2.5.4.3')?.[1] }
}

function pemBlock(text: string): Buffer {
  const found = /-----BEGIN CERTIFICATE REQUEST-----\s([\s\S]*?)-----END CERTIFICATE REQUEST-----/.exec(text)
  if (!found) throw new Error('PEM block type must be CERTIFICATE REQUEST')
  return Buffer.from(found[1]!.replace(/\s/g, ''), 'base64')
}

function read(b: Buffer): Node & { rest: Buffer } {
  if (b.length < 2) throw new Error(truncated)
  let length = b[1]!, at = 2
  if (length & 0x80) {
    const n = length & 0x7f
    if (n === 0 || n > 4 || b.length < 2 + n) throw new Error(truncated)
    length = b.readUIntBE(2, n)
    at += n
  }
  if (b.length < at + length) throw new Error(truncated)
  return { tag: b[0]!, body: b.subarray(at, at + length), whole: b.subarray(0, at + length), rest: b.subarray(at + length) }
}

function children(b: Buffer): Node[] {
  const out: Node[] = []
  for (let rest = b; rest.length;) { const n = read(rest); out.push(n); rest = n.rest }
  return out
}

function oid(n: Node | undefined): string {
  if (n?.tag !== 0x06) throw new Error(mismatch)
  const parts: number[] = []
  let value = 0
  for (const byte of n.body) {
    value = value * 128 + (byte & 0x7f)
    if (!(byte & 0x80)) { parts.push(value); value = 0 }
  }
  const first = parts[0] ?? 0, top = Math.min(2, Math.floor(first / 40))
  return [top, first - 40 * top, ...parts.slice(1)].join('.')
}

/** Types and texts of a distinguished name: a sequence of sets of pairs. */
function attributes(name: Node): Array<[type: string, value: string]> {
  return children(name.body).flatMap((set) => children(set.body)).map((pair) => {
    const [type, value] = children(pair.body)
    return [oid(type), (value?.body ?? Buffer.alloc(0)).toString('utf8')]
  })
}

const hashes: Record<string, string | null> = {
  '1.2.840.113549.1.1.5': 'sha1', '1.2.840.113549.1.1.11': 'sha256', '1.2.840.113549.1.1.12': 'sha384', '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.1': 'sha1', '1.2.840.10045.4.3.2': 'sha256', '1.2.840.10045.4.3.3': 'sha384', '1.2.840.10045.4.3.4': 'sha512', '1.3.101.112': null,
}

function check(signed: Buffer, algorithm: string, signature: Buffer, publicKey: Buffer): void {
  const hash = hashes[algorithm]
  if (hash === undefined) throw new Error('x509: cannot verify signature: algorithm unimplemented')
  let good: boolean
  try { good = verify(hash, signed, createPublicKey({ key: publicKey, format: 'der', type: 'spki' }), signature) } catch { good = false }
  if (!good) throw new Error(algorithm.startsWith('1.2.840.10045') ? 'x509: ECDSA verification failure' : 'crypto/rsa: verification error')
}
