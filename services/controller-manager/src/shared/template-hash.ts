import { safeEncode } from '@drydock/base'

/** JSON with sorted keys and without empty values: the same for every writing of the same object. */
export function canonicalJSON(v: unknown): string {
  if (Array.isArray(v)) return `[${v.map(canonicalJSON).join()}]`
  if (v === null || typeof v !== 'object') return JSON.stringify(v) ?? 'null'
  const entries = Object.entries(v).filter(([, x]) => x !== undefined && x !== null).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([k, x]) => `${JSON.stringify(k)}:${canonicalJSON(x)}`).join()}}`
}

/** FNV-1a, 32 bits. */
function fnv32a(s: string): number {
  let h = 0x811c9dc5
  for (const byte of Buffer.from(s)) h = Math.imul(h ^ byte, 0x01000193) >>> 0
  return h
}

/** A name for a template's content; `collisions` counts how often that name was taken by another. */
export const templateHash = (template: unknown, collisions?: number): string => safeEncode(String(fnv32a(canonicalJSON(template) + (collisions ? ` ${collisions}` : ''))))
