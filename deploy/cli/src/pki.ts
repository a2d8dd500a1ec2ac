/**
 * The cluster's certificate authority and every certificate signed by it: ECDSA P-256, made at first start, renewed when
 * less than 30 days are left or the file is damaged, kept as PEM in <folder>/pki. Nobody's key is shared with another process.
 */
import { X509Certificate, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'

export const day = 86_400_000

export interface CertificateSpec {
  /** File name without extension. */ name: string
  commonName: string
  organizations?: string[]
  /** DNS names and IP addresses that the certificate serves; none for a client's. */
  hosts?: string[]
  days?: number
}

export interface Authority { certificate: X509Certificate, key: KeyObject }

function write(file: string, text: string, secret: boolean) {
  writeFileSync(`${file}.new`, text, { mode: secret ? 0o600 : 0o644 })
  renameSync(`${file}.new`, file)
}

export const isAddress = (h: string): boolean => h.includes(':') || /^[\d.]+$/.test(h)
const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256', publicKeyEncoding: { type: 'spki', format: 'der' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } })
/**
 * The CA in `folder`, made if it is not there. Its certificate is made again from its key where it is missing, damaged or
 * near its end: what it has signed stays good. Without its key nothing can be mended: throws with the way out.
 */
export async function authority(folder: string, commonName: string, now: number): Promise<Authority> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const crt = join(folder, 'ca.crt'), keyFile = join(folder, 'ca.key')
  if (!existsSync(keyFile) && !existsSync(crt)) write(keyFile, newKey().privateKey, true)
  const key = attempt(() => createPrivateKey(readFileSync(keyFile)))
  if (!key) throw new Error(`the key of the cluster's authority, ${keyFile}, is ${existsSync(keyFile) ? 'damaged' : 'missing'}: put it back, or end the cluster (\`drydock stop\`), remove ${folder} and start it again, which makes a new authority`)
  const lasts = (c: X509Certificate) => c.validToDate.getTime() - now > 30 * day && c.checkPrivateKey(key)
  let certificate = attempt(() => new X509Certificate(readFileSync(crt)))
  if (!certificate || !lasts(certificate)) {
    const { selfSigned } = await import('./x509.ts')
    write(crt, selfSigned(commonName, key, now), false)
    certificate = new X509Certificate(readFileSync(crt))
  }
  return { certificate, key }
}

/** Whether the certificate on disk still serves for what is asked: names, hosts, its key, and at least 30 days. */
function good(file: string, s: CertificateSpec, now: number, ca: Authority): boolean {
  try {
    const c = new X509Certificate(readFileSync(`${file}.crt`)), key = createPrivateKey(readFileSync(`${file}.key`))
    return c.validToDate.getTime() - now > 30 * day && (s.hosts ?? []).every((h) => (isAddress(h) ? c.checkIP(h) : c.checkHost(h)) !== undefined) && c.checkPrivateKey(key) && c.verify(ca.certificate.publicKey)
  } catch { return false }
}

/** Makes <folder>/<name>.crt and .key, for both TLS roles, unless what is there is good. */
export async function certificate(folder: string, ca: Authority, s: CertificateSpec, now: number): Promise<void> {
  const file = join(folder, s.name)
  if (good(file, s, now, ca)) return
  const { signedBy } = await import('./x509.ts'), pair = newKey()
  write(`${file}.key`, pair.privateKey, true)
  write(`${file}.crt`, signedBy(ca, s, pair.publicKey, now), false)
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
