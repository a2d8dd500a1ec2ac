import { dns1123Label, dns1123Subdomain, duplicate, invalid, notSupported, required, tooLong } from '@drydock/api'
import { validateNodeSelector } from '../core/pod-spec/validate/affinity.ts'
import { csiDriverName } from '../core/pod-spec/validate/volume-sources.ts'
import { compile, deviceScope } from '../lib/cel/index.ts'
import { semanticEqual } from '../lib/equal.ts'
import { goClaimSpec, goMeta } from '../lib/go-struct.ts'
import { byRule, each, labels, subdomain, type Errors } from '../lib/validate.ts'

/** pkg/apis/resource/validation. What expressions would cost is not estimated. */

type Part = Record<string, any>

const selectors = (path: string, list: Part[] | undefined): Errors => each(list, path, (s, at) => (s.cel ? expression(`${at}.cel.expression`, s.cel.expression ?? '') : [required(`${at}.cel`)]))

const MAX_EXPRESSION = 10 * 1024

function expression(path: string, text: string): Errors {
  if (text.length > MAX_EXPRESSION) return [tooLong(path, MAX_EXPRESSION)]
  const { error } = compile(text, deviceScope)
  return error ? [invalid(path, text, `compilation failed: ${error}`)] : []
}

export const validateClass = (spec: Part): Errors => [...selectors('spec.selectors', spec.selectors), ...each(spec.config as Part[] | undefined, 'spec.config', configuration)]

function configuration(c: Part, at: string): Errors {
  if (!c.opaque) return [required(`${at}.opaque`)]
  const out = csiDriverName(`${at}.opaque.driver`, c.opaque.driver)
  const p: unknown = c.opaque.parameters
  if (p === undefined || p === null) out.push(required(`${at}.opaque.parameters`))
  else if (typeof p !== 'object' || Array.isArray(p)) out.push(invalid(`${at}.opaque.parameters`, '<value omitted>', 'must be a valid JSON object'))
  return out
}

const REFERENCE = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"

/** What a claim asks for. */
export function validateClaim(path: string, spec: Part): Errors {
  const devices: Part = spec.devices ?? {}
  const at = `${path}.devices`
  const names = new Set<string>()
  const known = new Set<string>()
  for (const r of (devices.requests ?? []) as Part[]) {
    known.add(r.name)
    for (const s of (r.firstAvailable ?? []) as Part[]) known.add(`${r.name}/${s.name}`)
  }
  return [
    ...each(devices.requests as Part[] | undefined, `${at}.requests`, (r, p) => {
      const out = request(r, p)
      if (names.has(r.name)) out.push(duplicate(p, r.name))
      names.add(r.name)
      return out
    }),
    ...each(devices.constraints as Part[] | undefined, `${at}.constraints`, (c, p) => [...references(`${p}.requests`, c.requests, known), ...attributeName(`${p}.matchAttribute`, c.matchAttribute)]),
    ...each(devices.config as Part[] | undefined, `${at}.config`, (c, p) => [...references(`${p}.requests`, c.requests, known), ...configuration(c, p)]),
  ]
}

function request(r: Part, at: string): Errors {
  const out: Errors = byRule(`${at}.name`, r.name ?? '', dns1123Label)
  const options = (r.firstAvailable ?? []) as Part[]
  if (Boolean(r.exactly) === options.length > 0) return [...out, required(at, 'exactly one of `exactly` or `firstAvailable` is required')]
  if (r.exactly) return [...out, ...asked(r.exactly, `${at}.exactly`)]
  const names = new Set<string>()
  return [...out, ...each(options, `${at}.firstAvailable`, (s, p) => {
    const errs: Errors = byRule(`${p}.name`, s.name ?? '', dns1123Label)
    errs.push(...asked(s, p))
    if (names.has(s.name)) errs.push(duplicate(p, s.name))
    names.add(s.name)
    return errs
  })]
}

function asked(r: Part, at: string): Errors {
  const out: Errors = r.deviceClassName ? subdomain(`${at}.deviceClassName`, r.deviceClassName) : [required(`${at}.deviceClassName`)]
  out.push(...selectors(`${at}.selectors`, r.selectors))
  if (r.allocationMode === 'ExactCount') {
    if ((r.count ?? 0) <= 0) out.push(invalid(`${at}.count`, r.count ?? 0, 'must be greater than zero'))
  } else if (r.allocationMode === 'All') {
    if (r.count) out.push(invalid(`${at}.count`, r.count, 'must not be specified when allocationMode is \'All\''))
  } else out.push(notSupported(`${at}.allocationMode`, r.allocationMode ?? '', ['All', 'ExactCount']))
  return out
}

function references(path: string, list: string[] | undefined, known: ReadonlySet<string>): Errors {
  const seen = new Set<string>()
  return each(list, path, (name, at) => {
    const out: Errors = name.split('/').flatMap((n) => byRule(at, n, dns1123Label))
    if (!known.has(name)) out.push(invalid(at, name, REFERENCE))
    if (seen.has(name)) out.push(duplicate(at, name))
    seen.add(name)
    return out
  })
}

const IDENTIFIER_MAX = 32

function attributeName(path: string, name: string | undefined): Errors {
  if (name === undefined) return [required(path)]
  if (name === '') return [required(path)]
  const slash = name.indexOf('/')
  const [domain, id] = slash < 0 ? ['', name] : [name.slice(0, slash), name.slice(slash + 1)]
  const out: Errors = slash < 0 ? [invalid(path, name, 'a fully qualified name must be a domain and a name separated by a slash')] : csiDriverName(path, domain)
  if (slash >= 0 || id) out.push(...identifier(path, id))
  return slash < 0 ? out.slice(0, 1).concat(id.length > IDENTIFIER_MAX ? [tooLong(path, IDENTIFIER_MAX)] : []) : out
}

function identifier(path: string, id: string): Errors {
  if (!id) return [required(path, 'the name must not be empty')]
  const out: Errors = id.length > IDENTIFIER_MAX ? [tooLong(path, IDENTIFIER_MAX)] : []
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(id) ? out : [...out, invalid(path, id, "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')")]
}

/** What is asked for does not change. */
export const specFrozen = (now: Part, was: Part): Errors => (semanticEqual(now, was) ? [] : [invalid('spec', goClaimSpec(now), 'field is immutable')])
export const templateFrozen = (now: Part, was: Part): Errors => (semanticEqual(now, was) ? [] : [invalid('spec', { ...goMeta(now.metadata), Spec: goClaimSpec(now.spec ?? {}) }, 'field is immutable')])

export const validateTemplate = (spec: Part): Errors => [...labels('spec.metadata.labels', spec.metadata?.labels), ...validateClaim('spec.spec', spec.spec ?? {})]

const ATTRIBUTE_MAX = 64
const semver = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/

export function validateSlice(spec: Part): Errors {
  const out: Errors = []
  const places = ['nodeName', 'nodeSelector', 'allNodes', 'perDeviceNodeSelection'].filter((f) => spec[f] !== undefined && spec[f] !== '' && spec[f] !== false)
  if (spec.nodeName) out.push(...subdomain('spec.nodeName', spec.nodeName))
  if (spec.nodeSelector) {
    out.push(...validateNodeSelector('spec.nodeSelector', spec.nodeSelector))
    if (spec.nodeSelector.nodeSelectorTerms?.length !== 1) out.push(invalid('spec.nodeSelector.nodeSelectorTerms', spec.nodeSelector.nodeSelectorTerms ?? null, 'must have exactly one node selector term'))
  }
  if (places.length !== 1) out.push(required('spec', 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required'))
  out.push(...csiDriverName('spec.driver', spec.driver), ...pool(spec.pool ?? {}))
  const names = new Set<string>()
  return [...out, ...each(spec.devices as Part[] | undefined, 'spec.devices', (d, at) => {
    const errs: Errors = byRule(`${at}.name`, d.name ?? '', dns1123Label)
    if (names.has(d.name)) errs.push(duplicate(at, d.name))
    names.add(d.name)
    for (const [k, a] of Object.entries((d.attributes ?? {}) as Record<string, Part>)) errs.push(...attribute(`${at}.attributes[${k}]`, a))
    return errs
  })]
}

function attribute(at: string, a: Part): Errors {
  const given = ['int', 'bool', 'string', 'version'].filter((f) => a[f] !== undefined)
  const out: Errors = []
  if (a.string !== undefined && a.string.length > ATTRIBUTE_MAX) out.push(tooLong(`${at}.string`, ATTRIBUTE_MAX))
  if (a.version !== undefined) {
    if (!semver.test(a.version)) out.push(invalid(`${at}.version`, a.version, 'must be a string compatible with semver.org spec 2.0.0'))
    if (a.version.length > ATTRIBUTE_MAX) out.push(tooLong(`${at}.version`, ATTRIBUTE_MAX))
  }
  if (given.length === 0) out.push(invalid(at, '', 'exactly one value must be specified'))
  else if (given.length > 1) out.push(invalid(at, a, 'exactly one value must be specified'))
  return out
}

function pool(p: Part): Errors {
  const out: Errors = p.name ? (p.name as string).split('/').flatMap((n) => byRule('spec.pool.name', n, dns1123Subdomain)) : [required('spec.pool.name')]
  if ((p.resourceSliceCount ?? 0) <= 0) out.push(invalid('spec.pool.resourceSliceCount', p.resourceSliceCount ?? 0, 'must be greater than zero'))
  if ((p.generation ?? 0) < 0) out.push(invalid('spec.pool.generation', p.generation, 'must be greater than or equal to zero'))
  return out
}

export function sliceFrozen(now: Part, was: Part): Errors {
  const out: Errors = []
  if (now.driver !== was.driver) out.push(invalid('spec.driver', now.driver ?? '', 'field is immutable'))
  if (now.pool?.name !== was.pool?.name) out.push(invalid('spec.pool.name', now.pool?.name ?? '', 'field is immutable'))
  if ((now.nodeName ?? '') !== (was.nodeName ?? '')) out.push(invalid('spec.nodeName', now.nodeName ?? null, 'field is immutable'))
  return out
}

