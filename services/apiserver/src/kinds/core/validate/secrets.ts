import { fieldForbidden, invalid, required, tooLong } from '@drydock/api'
import type { ConfigMap, Secret } from '@drydock/api'
import { reflectEqual } from '../../lib/equal.ts'
import { byRule, configMapKey, type Errors } from '../../lib/validate.ts'

const MAX_BYTES = 1024 * 1024
const bytesOf = (base64: string | null): number => (base64 ? Buffer.byteLength(base64, 'base64') : 0)
const bytes = (base64: string | undefined | null): string => Buffer.from(base64 ?? '', 'base64').toString()

/** ValidateSecret: sizes, keys, and what each type promises to hold. */
export function validateSecret(s: Secret): Errors {
  const data = s.data ?? {}
  const out: Errors = []
  for (const k of Object.keys(data)) out.push(...byRule(`data[${k}]`, k, configMapKey))
  if (Object.values(data).reduce((n, v) => n + bytesOf(v), 0) > MAX_BYTES) out.push(tooLong('data', MAX_BYTES))
  const need = (...keys: string[]) => { for (const k of keys) if (data[k] === undefined) out.push(required(`data[${k}]`)) }
  switch (s.type) {
    case 'kubernetes.io/service-account-token':
      if (!s.metadata?.annotations?.['kubernetes.io/service-account.name']) out.push(required('metadata.annotations[kubernetes.io/service-account.name]'))
      break
    case 'kubernetes.io/dockercfg': out.push(...jsonIn(data, '.dockercfg')); break
    case 'kubernetes.io/dockerconfigjson': out.push(...jsonIn(data, '.dockerconfigjson')); break
    case 'kubernetes.io/basic-auth':
      if (data.username === undefined && data.password === undefined) need('username', 'password')
      break
    case 'kubernetes.io/ssh-auth':
      if (bytesOf(data['ssh-privatekey'] ?? '') === 0) out.push(required('data[ssh-privatekey]'))
      break
    case 'kubernetes.io/tls': need('tls.crt', 'tls.key'); break
  }
  return out
}

function jsonIn(data: Record<string, string>, key: string): Errors {
  if (data[key] === undefined) return [required(`data[${key}]`)]
  try {
    JSON.parse(bytes(data[key]))
    return []
  } catch {
    return [invalid(`data[${key}]`, '<secret contents redacted>', jsonComplaint(bytes(data[key])))]
  }
}

/** What Go's decoder says of the two commonest slips. */
function jsonComplaint(text: string): string {
  if (text.trim() === '') return 'unexpected end of JSON input'
  for (let end = text.length - 1; end > 0; end--) {
    try {
      JSON.parse(text.slice(0, end))
      return `invalid character '${text.slice(end).trimStart()[0]}' after top-level value`
    } catch { /* a shorter prefix may be a value */ }
  }
  return `invalid character '${text.trimStart()[0]}' looking for beginning of value`
}

interface Sealed { immutable?: boolean | undefined, data?: Record<string, unknown> | undefined, binaryData?: Record<string, unknown> | undefined }

/** An object marked immutable keeps its data and its mark. */
export function sealed(now: Sealed, was: Sealed): Errors {
  if (!was.immutable) return []
  const out: Errors = []
  const frozen = (field: keyof Sealed) => out.push(fieldForbidden(field, 'field is immutable when `immutable` is set'))
  if (!now.immutable) frozen('immutable')
  for (const f of ['data', 'binaryData'] as const) if (!reflectEqual(now[f], was[f])) frozen(f)
  return out
}

export function validateConfigMap(c: ConfigMap): Errors {
  const out: Errors = []
  let total = 0
  for (const [k, v] of Object.entries(c.data ?? {})) {
    out.push(...byRule(`data[${k}]`, k, configMapKey))
    if (c.binaryData?.[k] !== undefined) out.push(invalid(`data[${k}]`, k, 'duplicate of key present in binaryData'))
    total += Buffer.byteLength(v)
  }
  for (const [k, v] of Object.entries(c.binaryData ?? {})) {
    out.push(...byRule(`binaryData[${k}]`, k, configMapKey))
    total += bytesOf(v)
  }
  if (total > MAX_BYTES) out.push(tooLong('[]', MAX_BYTES))
  return out
}
