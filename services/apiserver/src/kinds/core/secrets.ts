import { X509Certificate, createPrivateKey } from 'node:crypto'
import { resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { immutable } from '../lib/selector.ts'
import { sealed, validateSecret } from './validate/secrets.ts'
import { ageOf } from '../lib/cells.ts'

export const secrets: Kind = {
  resource: resources.secrets,
  defaults(o) {
    if (!o.type) o.type = 'Opaque'
    // stringData is for writing only: each text goes into data.
    for (const [k, v] of Object.entries((o.stringData ?? {}) as Record<string, string>)) {
      o.data ??= {}
      o.data[k] = Buffer.from(v).toString('base64')
    }
    delete o.stringData
  },
  prepareForUpdate(o, old) {
    // A type left out is taken over: old clients do not send one.
    if (!o.type) o.type = old.type
  },
  fields: (o) => ({ type: o.type ?? '' }),
  cells: (o, c) => [o.metadata.name, o.type ?? '', Object.keys(o.data ?? {}).length, ageOf(o, c)],
  warnings: tlsWarnings,
  validate: (o) => validateSecret(o as never),
  validateUpdate: (o, old) => [...immutable('type', o.type, old.type), ...sealed(o as never, old as never), ...validateSecret(o as never)],
  allowUnconditionalUpdate: true,
}

/** tls.X509KeyPair's complaints, as a hint: a pair that does not fit is stored all the same. */
function tlsWarnings(o: ApiObject): string[] {
  if (o.type !== 'kubernetes.io/tls') return []
  const cert = pem(o.data?.['tls.crt'])
  if (!cert.includes('-----BEGIN')) return ['tls: failed to find any PEM data in certificate input']
  const key = pem(o.data?.['tls.key'])
  if (!key.includes('-----BEGIN')) return ['tls: failed to find any PEM data in key input']
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)) ? [] : ['tls: private key does not match public key']
  } catch (e) {
    return [`tls: ${e instanceof Error ? e.message : String(e)}`]
  }
}

const pem = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString('latin1')
