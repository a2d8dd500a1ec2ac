import { StatusError } from './status-error.ts'

/** k8s.io/apimachinery/pkg/util/validation/field: what is wrong with one field. */
export type FieldErrorType = 'Required' | 'Invalid' | 'NotSupported' | 'Forbidden' | 'Duplicate' | 'NotFound' | 'TooLong' | 'TooMany' | 'TypeInvalid' | 'Internal'

const causeReason: Record<FieldErrorType, string> = {
  Required: 'FieldValueRequired', Invalid: 'FieldValueInvalid', NotSupported: 'FieldValueNotSupported', Forbidden: 'FieldValueForbidden',
  Duplicate: 'FieldValueDuplicate', NotFound: 'FieldValueNotFound', TooLong: 'FieldValueTooLong', TooMany: 'FieldValueTooMany',
  TypeInvalid: 'FieldValueTypeInvalid', Internal: 'InternalError',
}
const words: Record<FieldErrorType, string> = {
  Required: 'Required value', Invalid: 'Invalid value', NotSupported: 'Unsupported value', Forbidden: 'Forbidden', Duplicate: 'Duplicate value',
  NotFound: 'Not found', TooLong: 'Too long', TooMany: 'Too many', TypeInvalid: 'Invalid value', Internal: 'Internal error',
}

/** Stands for a value that is not to be shown. */
export const omitValue: unique symbol = Symbol('omitValue')

export class FieldError {
  readonly type: FieldErrorType
  readonly field: string
  readonly badValue: unknown
  readonly detail: string

  constructor(type: FieldErrorType, field: string, badValue: unknown, detail: string) {
    this.type = type; this.field = field; this.badValue = badValue; this.detail = detail
  }

  /** The message of a cause: `Invalid value: "x": must be …`. */
  body(): string {
    let s = words[this.type]
    if (this.badValue !== omitValue && !['Required', 'Forbidden', 'TooLong', 'Internal'].includes(this.type)) s += `: ${formatValue(this.badValue)}`
    return this.detail ? `${s}: ${this.detail}` : s
  }

  toString(): string { return `${this.field}: ${this.body()}` }
}

/** Go's %q: as JSON, but for the names of control characters. */
const goQuote = (s: string): string => JSON.stringify(s).replace(/\\u00([01][0-9a-f])/g, (_, hex: string) => (hex === '07' ? '\\a' : hex === '0b' ? '\\v' : `\\x${hex}`))

/** A value as Go prints it in a field error: strings quoted, numbers and booleans bare, nothing as null, structs as JSON. */
export function formatValue(v: unknown): string {
  if (v === undefined || v === null) return 'null'
  if (typeof v === 'string') return goQuote(v)
  if (typeof v === 'number' || typeof v === 'boolean' || typeof v === 'bigint') return String(v)
  return goJSON(v)
}

const escapes: Readonly<Record<string, string>> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026', '\u2028': '\\u2028', '\u2029': '\\u2029' }

/** JSON as Go's encoder writes it: safe to stand in HTML. */
export const goJSON = (v: unknown, indent?: number): string => JSON.stringify(v, null, indent).replace(/[<>&\u2028\u2029]/g, (c) => escapes[c]!)

export const required = (field: string, detail = '') => new FieldError('Required', field, '', detail)
export const invalid = (field: string, value: unknown, detail: string) => new FieldError('Invalid', field, value, detail)
export const typeInvalid = (field: string, value: unknown, detail: string) => new FieldError('TypeInvalid', field, value, detail)
export const duplicate = (field: string, value: unknown) => new FieldError('Duplicate', field, value, '')
export const fieldForbidden = (field: string, detail: string) => new FieldError('Forbidden', field, '', detail)
export const fieldNotFound = (field: string, value: unknown) => new FieldError('NotFound', field, value, '')
export const notSupported = (field: string, value: unknown, supported: readonly string[]) =>
  new FieldError('NotSupported', field, value, supported.length ? 'supported values: ' + supported.map((x) => JSON.stringify(x)).join(', ') : '')
export const tooLong = (field: string, max: number) => new FieldError('TooLong', field, '<value omitted>', max >= 0 ? `may not be more than ${max} bytes` : 'value is too long')
export const tooMany = (field: string, actual: number, max: number) =>
  new FieldError('TooMany', field, actual, max >= 0 ? `must have at most ${max} item${max === 1 ? '' : 's'}` : 'has too many items')

/** The 422 answer for a set of field errors; `kind` and `group` name the object. */
export function invalidStatus(kind: { group: string, kind: string }, name: string, errors: readonly FieldError[]): StatusError {
  const lines = [...new Set(errors.map(String))]
  const all = lines.length > 1 ? `[${lines.join(', ')}]` : lines[0] ?? ''
  const named = kind.group ? `${kind.kind}.${kind.group}` : kind.kind
  return new StatusError({
    reason: 'Invalid',
    message: `${named} ${JSON.stringify(name)} is invalid${all ? `: ${all}` : ''}`,
    details: {
      ...(name && { name }), ...(kind.group && { group: kind.group }), ...(kind.kind && { kind: kind.kind }),
      causes: errors.map((e) => ({ reason: causeReason[e.type], message: e.body(), field: e.field })),
    },
  })
}
