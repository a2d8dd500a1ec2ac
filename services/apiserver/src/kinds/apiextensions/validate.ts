/** ValidateCustomResourceDefinition (apiextensions-apiserver/pkg/apis/apiextensions/validation). */
import { dns1035Label, duplicate, fieldForbidden, invalid, notSupported, required, tooMany } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import { each, subdomain, type Errors } from '../lib/validate.ts'
import { webhookService, webhookURL } from '../lib/webhook.ts'
import { type Definition, internal, shownVersions, type Version } from './internal.ts'
import { validateDefaults } from './schema/defaults.ts'
import { validateOpenAPI } from './schema/openapi.ts'
import { simplePath, validFieldPath } from './schema/path.ts'
import { structuralError, validateStructural } from './schema/structural.ts'
import type { Schema } from './schema/types.ts'

type Part = Record<string, any>

export function validateDefinition(o: ApiObject): Errors {
  const spec: Part = o.spec ?? {}
  const expected = `${spec.names?.plural ?? ''}.${spec.group ?? ''}`
  const out: Errors = o.metadata.name && o.metadata.name !== expected ? [invalid('metadata.name', o.metadata.name, 'must be spec.names.plural+"."+spec.group')] : []
  return [...out, ...validateSpec(spec), ...namesOf('status.acceptedNames', o.status?.acceptedNames ?? {}), ...storedVersions(o), ...approval(o), ...preserving(spec)]
}

function validateSpec(spec: Part): Errors {
  const d = internal(spec)
  const names: Part = spec.names ?? {}
  const out: Errors = [...group(spec.group), ...closed('spec.scope', spec.scope, ['Cluster', 'Namespaced'])]
  if (!d.schema) for (const [i, v] of d.versions.entries()) if (!v.schema) out.push(required(`spec.versions[${i}].schema.openAPIV3Schema`))
  out.push(...versions(spec, d))
  for (const f of ['plural', 'singular', 'kind', 'listKind']) if (!names[f]) out.push(required(`spec.names.${f}`))
  return [...out, ...namesOf('spec.names', names), ...common('spec', d, 'validation', d.versions.some((v) => hasStatus(v.subresources ?? d.subresources))), ...conversion(spec.conversion ?? {})]
}

const hasStatus = (subresources: Part | undefined): boolean => Boolean(subresources?.status)

function group(name: string | undefined): Errors {
  if (!name) return [required('spec.group')]
  const bad = subdomain('spec.group', name)
  if (bad.length) return bad
  return name.includes('.') ? [] : [invalid('spec.group', name, 'should be a domain with at least one dot')]
}

const closed = (path: string, v: string | undefined, values: readonly string[]): Errors => (!v ? [required(path)] : values.includes(v) ? [] : [notSupported(path, v, values)])
/** All that is wrong with a label, in one error. */
const oneLabel = (path: string, v: string, before = ''): Errors => { const bad = dns1035Label(before ? v.toLowerCase() : v); return bad.length ? [invalid(path, v, before + bad.join(','))] : [] }

function versions(spec: Part, d: Definition): Errors {
  const out: Errors = []
  for (const [i, v] of d.versions.entries()) {
    const at = `spec.versions[${i}]`
    out.push(...oneLabel(`${at}.name`, v.name ?? ''), ...deprecation(at, v), ...common(at, v, 'schema', hasStatus(v.subresources ?? d.subresources)))
  }
  const shown = () => (spec.versions ? shownVersions(d) : null)
  if (new Set(d.versions.map((v) => v.name ?? '')).size < d.versions.length) out.push(invalid('spec.versions', shown(), 'must contain unique version names'))
  if (d.versions.filter((v) => v.storage).length !== 1) out.push(invalid('spec.versions', shown(), 'must have exactly one version marked as storage version'))
  // The first version is also upstream's old field `version`.
  const first = d.versions[0]?.name
  return first ? [...out, ...oneLabel('spec.version', first)] : out
}

function deprecation(at: string, v: Version): Errors {
  const w = v.deprecationWarning
  if (w === undefined) return []
  const path = `${at}.deprecationWarning`
  const out: Errors = v.deprecated ? [] : [invalid(path, w, 'can only be set for deprecated versions')]
  if (w.length > 256) out.push(invalid(path, w, 'must be <= 256 characters long'))
  if (w === '') out.push(invalid(path, w, 'must not be an empty string'))
  const bad = /[^ -~\u00a1-\uffff]/.exec(w)
  if (bad) out.push(invalid(path, w, `must only contain printable UTF-8 characters; non-printable character found at index ${Buffer.byteLength(w.slice(0, bad.index))}`))
  return out
}

/** What stands with each version, or once for all of them. */
function common(path: string, v: Omit<Version, 'name'>, schemaField: 'schema' | 'validation', status: boolean): Errors {
  return [
    ...(v.schema ? validation(`${path}.${schemaField}`, v.schema, status) : []), ...subresources(`${path}.subresources`, v.subresources),
    ...each(v.additionalPrinterColumns, `${path}.additionalPrinterColumns`, column), ...selectable(`${path}.selectableFields`, v.selectableFields, v.schema, schemaField),
  ]
}

const atRoot = new Set(['type', 'description', 'title', 'properties', 'required', 'default', 'externalDocs', 'example', '$schema', 'additionalProperties', 'x-kubernetes-preserve-unknown-fields', 'x-kubernetes-validations', 'nullable'])

function validation(path: string, schema: Schema, status: boolean): Errors {
  const at = `${path}.openAPIV3Schema`
  const out: Errors = status ? rootFields(at, schema) : []
  if (schema.nullable) out.push(fieldForbidden(`${at}.nullable`, 'nullable cannot be true at the root'))
  const why = structuralError(schema)
  let sound = !why
  if (!why) {
    const structural = validateStructural(at, schema)
    const errors = structural.length ? structural : validateDefaults(at, schema)
    sound = errors.length === 0
    out.push(...errors)
  }
  out.push(...validateOpenAPI(at, schema, { rules: sound }))
  return out.length || !why ? out : [invalid(at, '', why)]
}

/** With a status of its own, the root may say only what holds for spec and status alike. */
function rootFields(at: string, schema: Schema): Errors {
  if (schema.type !== undefined && schema.type !== 'object') return [invalid(`${at}.type`, schema.type, 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled')]
  const other = Object.keys(schema).find((k) => !atRoot.has(k) && schema[k])
  return other ? [invalid(at, schema, 'only [Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations] fields are allowed at the root of the schema if the status subresource is enabled')] : []
}

function subresources(path: string, s: Part | undefined): Errors {
  const scale: Part | undefined = s?.scale
  if (!scale) return []
  const below = (field: string, where: string): Errors => {
    const at = `${path}.scale.${field}`, v: string = scale[field] ?? ''
    if (!v) return [required(at)]
    const bad = simplePath(at, v)
    return bad.length || v.startsWith(`.${where}.`) ? bad : [invalid(at, v, `should be a json path under .${where}`)]
  }
  const out = [...below('specReplicasPath', 'spec'), ...below('statusReplicasPath', 'status')]
  const selector: string | undefined = scale.labelSelectorPath
  if (!selector) return out
  const at = `${path}.scale.labelSelectorPath`, bad = simplePath(at, selector)
  return [...out, ...(bad.length || /^\.(spec|status)\./.test(selector) ? bad : [invalid(at, selector, 'should be a json path under either .status or .spec')])]
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string']
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password']

function column(c: Part, at: string): Errors {
  const out: Errors = c.name ? [] : [required(`${at}.name`)]
  if (!c.type) out.push(required(`${at}.type`, `must be one of ${columnTypes.join(',')}`))
  else if (!columnTypes.includes(c.type)) out.push(invalid(`${at}.type`, c.type, `must be one of ${columnTypes.join(',')}`))
  if (c.format && !columnFormats.includes(c.format)) out.push(invalid(`${at}.format`, c.format, `must be one of ${columnFormats.join(',')}`))
  return [...out, ...(c.jsonPath ? simplePath(`${at}.JSONPath`, c.jsonPath) : [required(`${at}.JSONPath`)])]
}

const MAX_SELECTABLE = 8

function selectable(path: string, list: Version['selectableFields'], schema: Schema | undefined, schemaField: string): Errors {
  if (!list?.length) return []
  if (!schema) return [invalid(path, '', `may only be set when \`${schemaField === 'schema' ? 'version.schema' : 'spec.validations'}.openAPIV3Schema\` is not included`)]
  const seen = new Set<string>()
  const out = each(list, path, (f, p) => {
    const at = `${p}.jsonPath`
    if (!f.jsonPath) return [required(at)]
    const found = validFieldPath(f.jsonPath, schema)
    if (typeof found === 'string') return [invalid(at, f.jsonPath, `is an invalid path: ${found}`)]
    const errs: Errors = found.root === 'metadata' ? [invalid(at, f.jsonPath, 'must not point to fields in metadata')] : []
    if (!['string', 'boolean', 'integer'].includes(found.schema.type ?? '')) errs.push(invalid(at, f.jsonPath, 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.'))
    if (seen.has(found.path)) errs.push(duplicate(at, f.jsonPath))
    seen.add(found.path)
    return errs
  })
  if (seen.size > MAX_SELECTABLE) out.push(tooMany(path, seen.size, MAX_SELECTABLE))
  return out
}

const MIXED = 'may have mixed case, but should otherwise match: '

function namesOf(path: string, n: Part): Errors {
  const out: Errors = []
  for (const f of ['plural', 'singular']) if (n[f]) out.push(...oneLabel(`${path}.${f}`, n[f]))
  for (const f of ['kind', 'listKind']) if (n[f]) out.push(...oneLabel(`${path}.${f}`, n[f], MIXED))
  out.push(...each(n.shortNames as string[] | undefined, `${path}.shortNames`, (s, at) => oneLabel(at, s)))
  if (n.kind && n.kind === n.listKind) out.push(invalid(`${path}.listKind`, n.listKind, 'kind and listKind may not be the same'))
  return [...out, ...each(n.categories as string[] | undefined, `${path}.categories`, (s, at) => oneLabel(at, s))]
}

function conversion(c: Part): Errors {
  const out = closed('spec.conversion.strategy', c.strategy, ['None', 'Webhook'])
  const config: Part | undefined = c.webhook?.clientConfig
  const reviews: string[] | undefined = c.webhook?.conversionReviewVersions
  if (c.strategy === 'Webhook') return [...out, ...webhook('spec.conversion.webhookClientConfig', config), ...reviewVersions('spec.conversion.conversionReviewVersions', reviews)]
  const why = 'should not be set when strategy is not set to Webhook'
  if (config) out.push(fieldForbidden('spec.conversion.webhookClientConfig', why))
  if (reviews?.length) out.push(fieldForbidden('spec.conversion.conversionReviewVersions', why))
  return out
}

function webhook(path: string, c: Part | undefined): Errors {
  if (!c) return [required(path, 'required when strategy is set to Webhook')]
  if ((c.url === undefined) === (c.service === undefined)) return [required(path, 'exactly one of url or service is required')]
  return c.url === undefined ? webhookService(`${path}.service`, c.service) : webhookURL(`${path}.url`, c.url)
}

const accepted = ['v1', 'v1beta1']

function reviewVersions(path: string, list: readonly string[] | undefined): Errors {
  if (!list?.length) return [required(path)]
  const seen = new Set<string>()
  const out = each(list, path, (v, at) => {
    if (seen.has(v)) return [invalid(at, v, 'duplicate version')]
    seen.add(v)
    return dns1035Label(v).map((m) => invalid(at, v, m))
  })
  return list.some((v) => accepted.includes(v)) ? out : [...out, invalid(path, list, `must include at least one of ${accepted.join(', ')}`)]
}

function storedVersions(o: ApiObject): Errors {
  const list = (o.status?.storedVersions ?? []) as string[]
  const at = 'status.storedVersions'
  if (!list.length) return [invalid(at, null, 'must have at least one stored version')]
  const out: Errors = []
  const left = new Set(list)
  for (const v of (o.spec?.versions ?? []) as Version[]) {
    if (v.storage && !left.has(v.name ?? '')) out.push(invalid(at, list, `must have the storage version ${v.name ?? ''}`))
    left.delete(v.name ?? '')
  }
  for (const v of left) out.push(invalid(`${at}[${list.indexOf(v)}]`, v, 'must appear in spec.versions'))
  return out
}

const APPROVED = 'api-approved.kubernetes.io'
const SEE = ', see https://github.com/kubernetes/enhancements/pull/1111'

/** Groups of Kubernetes itself are for definitions that the project has approved. */
function approval(o: ApiObject): Errors {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(o.spec?.group ?? '')) return []
  const given: string | undefined = o.metadata.annotations?.[APPROVED]
  const at = `metadata.annotations[${APPROVED}]`
  if (!given) return [required(at, `protected groups must have approval annotation "${APPROVED}"${SEE}`)]
  return given.startsWith('unapproved') || URL.canParse(given) ? [] : [invalid(at, given, `protected groups must have approval annotation "${APPROVED}" with either a URL or a reason starting with "unapproved"${SEE}`)]
}

const preserving = (spec: Part): Errors =>
  (spec.preserveUnknownFields ? [invalid('spec.preserveUnknownFields', true, 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead')] : [])

