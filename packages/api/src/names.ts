/**
 * k8s.io/apimachinery/pkg/util/validation: what names, label keys and values may look like. Each function returns the reasons
 * why a value is not allowed, in upstream's words; none when it is.
 */

const label1123 = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomain1123 = `${label1123}(\\.${label1123})*`
const label1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'
const qualifiedName = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const labelValue = `(${qualifiedName})?`
const wildcard1123 = `\\*\\.${subdomain1123}`
const whole = (re: string) => new RegExp(`^${re}$`)
const patterns = { label1123: whole(label1123), subdomain1123: whole(subdomain1123), label1035: whole(label1035), qualifiedName: whole(qualifiedName), labelValue: whole(labelValue), wildcard1123: whole(wildcard1123) }

/** Names are counted in characters, labels and their keys in bytes: upstream's words differ, its count does not. */
export const maxLength = (n: number): string => `must be no more than ${n} bytes`
export const maxCharacters = (n: number): string => `must be no more than ${n} characters`
export const emptyError = 'must be non-empty'
export const inclusiveRange = (lo: number, hi: number): string => `must be between ${lo} and ${hi}, inclusive`

/** `msg (e.g. 'a',  or 'b', regex used for validation is 're')`. */
export function regexError(msg: string, re: string, ...examples: string[]): string {
  if (examples.length === 0) return `${msg} (regex used for validation is '${re}')`
  return `${msg} (e.g. ${examples.map((e) => `'${e}', `).join(' or ')}regex used for validation is '${re}')`
}

const bytes = (s: string): number => {
  for (let i = 0; i < s.length; i++) if (s.charCodeAt(i) > 127) return Buffer.byteLength(s)
  return s.length
}

export function dns1123Label(s: string): string[] {
  const out = bytes(s) > 63 ? [maxCharacters(63)] : []
  if (!patterns.label1123.test(s)) {
    out.push(patterns.subdomain1123.test(s)
      ? 'must not contain dots'
      : regexError("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character", label1123, 'my-name', '123-abc'))
  }
  return out
}

export function dns1123Subdomain(s: string): string[] {
  const out = bytes(s) > 253 ? [maxCharacters(253)] : []
  if (!patterns.subdomain1123.test(s)) out.push(regexError("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character", subdomain1123, 'example.com'))
  return out
}

export function dns1035Label(s: string): string[] {
  const out = bytes(s) > 63 ? [maxCharacters(63)] : []
  if (!patterns.label1035.test(s)) out.push(regexError("a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character", label1035, 'my-name', 'abc-123'))
  return out
}

export function wildcardDNS1123Subdomain(s: string): string[] {
  const out = bytes(s) > 253 ? [maxCharacters(253)] : []
  if (!patterns.wildcard1123.test(s)) out.push(regexError("a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character", wildcard1123, '*.example.com'))
  return out
}

const qualifiedMessage = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"

/** A label or annotation key, a finalizer: `[prefix/]name`. */
export function isQualifiedName(s: string): string[] {
  const out: string[] = []
  const parts = s.split('/')
  let name = parts[0]!
  if (parts.length === 2) {
    const prefix = parts[0]!
    name = parts[1]!
    if (prefix === '') out.push('prefix part must be non-empty')
    else out.push(...dns1123Subdomain(prefix).map((e) => `prefix part ${e.replace('253 characters', '253 bytes')}`))
  } else if (parts.length > 2) {
    return [regexError(`a valid label key ${qualifiedMessage}`, qualifiedName, 'MyName', 'my.name', '123-abc') + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"]
  }
  if (name === '') out.push('name part must be non-empty')
  else if (bytes(name) > 63) out.push(`name part ${maxLength(63)}`)
  if (!patterns.qualifiedName.test(name)) out.push(`name part ${regexError(qualifiedMessage, qualifiedName, 'MyName', 'my.name', '123-abc')}`)
  return out
}

export function isValidLabelValue(s: string): string[] {
  const out = bytes(s) > 63 ? [maxLength(63)] : []
  if (!patterns.labelValue.test(s)) out.push(regexError("a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character", labelValue, 'MyValue', 'my_value', '12345'))
  return out
}

/** A prefix made into a name by five more characters: a trailing dash is fine there. */
export const maskTrailingDash = (s: string): string => (s.length > 1 && s.endsWith('-') ? s.slice(0, -2) + 'a' : s)

type NameRule = (name: string, prefix: boolean) => string[]
const asName = (rule: (s: string) => string[]): NameRule => (name, prefix) => rule(prefix ? maskTrailingDash(name) : name)

/** Name functions of kinds (apimachinery/pkg/api/validation). */
export const nameIsDNSSubdomain: NameRule = asName(dns1123Subdomain)
export const nameIsDNSLabel: NameRule = asName(dns1123Label)
export const nameIsDNS1035Label: NameRule = asName(dns1035Label)
/** Names that only have to fit into a path: RBAC's. */
export const nameIsPathSegment: NameRule = (name, prefix) => (prefix ? pathSegmentPrefix(name) : pathSegment(name))

function pathSegment(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`]
  return pathSegmentPrefix(name)
}
const pathSegmentPrefix = (name: string): string[] => ['/', '%'].filter((c) => name.includes(c)).map((c) => `may not contain '${c}'`)
