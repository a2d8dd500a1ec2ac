import { dns1123Label, dns1123Subdomain, duplicate, fieldForbidden, invalid, notSupported, required, tooLong } from '@drydock/api'
import type { CertificateSigningRequest, FieldError } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import { parseCertificateRequest } from './request.ts'

/** pkg/apis/certificates/validation. */
type Condition = NonNullable<NonNullable<CertificateSigningRequest['status']>['conditions']>[number]
const of = (o: ApiObject): CertificateSigningRequest => o as unknown as CertificateSigningRequest

const usages = ['any', 'cert sign', 'client auth', 'code signing', 'content commitment', 'crl sign', 'data encipherment', 'decipher only', 'digital signature', 'email protection', 'encipher only',
  'ipsec end system', 'ipsec tunnel', 'ipsec user', 'key agreement', 'key encipherment', 'microsoft sgc', 'netscape sgc', 'ocsp signing', 's/mime', 'server auth', 'signing', 'timestamping']

export function validate(o: ApiObject): FieldError[] {
  const { spec, status } = of(o)
  const errors: FieldError[] = []
  try { parseCertificateRequest(spec.request) } catch (e) { errors.push(invalid('spec.request', spec.request, (e as Error).message)) }
  if (!spec.usages?.length) errors.push(required('spec.usages'))
  spec.usages?.forEach((u, i) => {
    if (!usages.includes(u)) errors.push(notSupported(`spec.usages[${i}]`, u, usages))
    if (spec.usages!.indexOf(u) !== i) errors.push(duplicate(`spec.usages[${i}]`, u))
  })
  if (spec.signerName === 'kubernetes.io/legacy-unknown') errors.push(invalid('spec.signerName', spec.signerName, 'the legacy signerName is not allowed via this API version'))
  else errors.push(...validateSignerName('spec.signerName', spec.signerName))
  if (spec.expirationSeconds !== undefined && spec.expirationSeconds < 600) errors.push(invalid('spec.expirationSeconds', spec.expirationSeconds, 'may not specify a duration less than 600 seconds (10 minutes)'))
  errors.push(...validateConditions(status?.conditions ?? []))
  const why = certificateError(status?.certificate)
  if (why) errors.push(invalid('status.certificate', '<certificate data>', why))
  return errors
}

const MAX_DOMAIN = 253
const MAX_SIGNER = MAX_DOMAIN + 1 + 63 + 1 + 253

/** ValidateSignerName: a domain of at least two labels, a slash, and a path of segments. The first bad label of each speaks for it. */
export function validateSignerName(path: string, name: string | undefined): FieldError[] {
  if (!name) return [required(path)]
  const segments = name.split('/')
  if (segments.length !== 2) return [invalid(path, name, 'must be a fully qualified domain and path of the form \'example.com/signer-name\'')]
  const [domain, signer] = segments as [string, string]
  const errors = domain.length > MAX_DOMAIN ? [tooLong(path, MAX_DOMAIN)] : []
  const labels = domain.split('.')
  errors.push(...firstBad(path, domain, labels, dns1123Label))
  if (labels.length < 2) errors.push(invalid(path, domain, 'should be a domain with at least two segments separated by dots'))
  errors.push(...firstBad(path, signer, signer.split('.'), dns1123Subdomain))
  if (name.length > MAX_SIGNER) errors.push(tooLong(path, MAX_SIGNER))
  return errors
}

function firstBad(path: string, whole: string, labels: readonly string[], rule: (s: string) => string[]): FieldError[] {
  const bad = labels.find((l) => rule(l).length)
  return bad === undefined ? [] : rule(bad).map((m) => invalid(path, whole, `validating label ${JSON.stringify(bad)}: ${m}`))
}

const decided = ['Approved', 'Denied', 'Failed']

function validateConditions(conditions: readonly Condition[]): FieldError[] {
  const errors: FieldError[] = [], seen = new Set<string>()
  let approved = false, denied = false
  conditions.forEach((c, i) => {
    const at = `status.conditions[${i}]`
    if (!c.type) errors.push(required(`${at}.type`))
    const allowed = decided.includes(c.type) ? ['True'] : ['False', 'True', 'Unknown']
    if (!c.status) errors.push(required(`${at}.status`))
    else if (!allowed.includes(c.status)) errors.push(notSupported(`${at}.status`, c.status, allowed))
    approved ||= c.type === 'Approved'
    denied ||= c.type === 'Denied'
    if ((c.type === 'Approved' && denied) || (c.type === 'Denied' && approved)) errors.push(invalid(`${at}.type`, c.type, 'Approved and Denied conditions are mutually exclusive'))
    if (seen.has(c.type)) errors.push(duplicate(`${at}.type`, c.type))
    seen.add(c.type)
  })
  return errors
}

function certificateError(certificate: string | undefined): string | undefined {
  if (!certificate) return undefined
  const text = Buffer.from(certificate, 'base64').toString('latin1')
  const blocks = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g)]
  const other = blocks.find((b) => b[1] !== 'CERTIFICATE')
  if (other) return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(other[1])}`
  if (!blocks.length) return 'must contain at least one CERTIFICATE PEM block'
  return undefined
}

export interface UpdateRules { /** The approval subresource decides. */ approves: boolean, /** The status subresource issues. */ issues: boolean }

export function validateUpdate(now: ApiObject, old: ApiObject, rules: UpdateRules): FieldError[] {
  const errors = validate(now)
  const all = (o: ApiObject, type: string) => (of(o).status?.conditions ?? []).filter((c) => c.type === type)
  const path = 'status.conditions'
  for (const type of decided) if (all(now, type).length < all(old, type).length) errors.push(fieldForbidden(path, `updates may not remove a condition of type ${JSON.stringify(type)}`))
  if (!rules.approves) for (const type of ['Approved', 'Denied']) {
    const a = all(now, type), b = all(old, type)
    if (a.length > b.length) errors.push(fieldForbidden(path, `updates may not add a condition of type ${JSON.stringify(type)}`))
    else if (a.length === b.length && JSON.stringify(a) !== JSON.stringify(b)) errors.push(fieldForbidden(path, `updates may not modify a condition of type ${JSON.stringify(type)}`))
  }
  const issued = of(old).status?.certificate
  if (rules.issues && issued && of(now).status?.certificate !== issued) errors.push(fieldForbidden('status.certificate', 'updates may not modify existing certificate content'))
  return errors
}
