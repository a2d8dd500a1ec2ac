/** Formats of texts that Kubernetes checks (apiextensions-apiserver's supported formats). */
import { dns1123Label, dns1123Subdomain } from '@drydock/api'
import { itemsOf, type Schema, valuesOf } from './types.ts'
import { isCIDR, isIPv4, isIPv6 } from '../../lib/validate.ts'

const uuid = (version: string): RegExp => new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?${version === '[0-9a-f]' ? '[0-9a-f]' : version === '3' ? '[0-9a-f]' : '[89ab]'}[0-9a-f]{3}-?[0-9a-f]{12}$`, 'i')
const date = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/
const isDate = (s: string): boolean => date.test(s) && !Number.isNaN(Date.parse(s)) && new Date(s).toISOString().startsWith(s)
const dateTime = /^(\d{4}-\d{2}-\d{2})[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:?\d{2})?$/

const forms: Readonly<Record<string, (s: string) => boolean>> = {
  'bsonobjectid': (s) => /^[0-9a-f]{24}$/i.test(s),
  'uri': (s) => { try { return Boolean(new URL(s)) } catch { return s.startsWith('/') } },
  'email': (s) => /^[^\s@<>]+@[^\s@<>]+$/.test(s),
  'hostname': (s) => /^([a-zA-Z0-9_]([-a-zA-Z0-9_]{0,61}[a-zA-Z0-9_])?\.)*[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/.test(s),
  'ipv4': isIPv4, 'ipv6': isIPv6, 'cidr': isCIDR,
  'mac': (s) => /^([0-9a-f]{2}([:-])[0-9a-f]{2}(\2[0-9a-f]{2}){4})$/i.test(s),
  'uuid': (s) => uuid('[0-9a-f]').test(s), 'uuid3': (s) => uuid('3').test(s), 'uuid4': (s) => uuid('4').test(s), 'uuid5': (s) => uuid('5').test(s),
  'hexcolor': (s) => /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.test(s),
  'byte': (s) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(s),
  'date': isDate,
  'date-time': (s) => isDate(dateTime.exec(s)?.[1] ?? ''), 'datetime': (s) => isDate(dateTime.exec(s)?.[1] ?? ''),
  'duration': (s) => /^[+-]?(\d+(\.\d+)?\s*(ns|us|µs|ms|s|m|h|d|w))+$/.test(s) || s === '0',
  'k8s-short-name': (s) => dns1123Label(s).length === 0, 'k8s-long-name': (s) => dns1123Subdomain(s).length === 0,
}

/** Undefined: a format that nobody checks. */
export const fitsFormat = (format: string, s: string): boolean | undefined => forms[format]?.(s)

const others = new Set(['isbn', 'isbn10', 'isbn13', 'creditcard', 'ssn', 'rgbcolor', 'password'])

/** Formats of texts that are written but mean nothing. */
export function formatWarnings(spec: Record<string, any> | undefined): string[] {
  const out = new Set<string>()
  const visit = (s: Schema | undefined): void => {
    if (!s) return
    if (s.type === 'string' && s.format && !forms[s.format] && !others.has(s.format)) out.add(`unrecognized format ${JSON.stringify(s.format)}`)
    for (const p of [itemsOf(s), valuesOf(s), ...Object.values(s.properties ?? {})]) visit(p)
  }
  for (const v of (spec?.['versions'] ?? []) as Array<{ schema?: { openAPIV3Schema?: Schema } }>) visit(v.schema?.openAPIV3Schema)
  return [...out]
}
