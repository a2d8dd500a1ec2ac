import { dns1123Label, fieldNotFound, invalid, isQualifiedName, notSupported, mustParseQuantity, required } from '@drydock/api'
import type { EnvFromSource, EnvVar, EnvVarSource, ObjectFieldSelector, ResourceFieldSelector } from '@drydock/api'
import { byRule, configMapKey, each, envVarName, subdomain, type Errors } from '../../../lib/validate.ts'
import { convertFieldPath } from './field-paths.ts'
import { localPath } from './paths.ts'

/** ValidateEnv and ValidateEnvFrom. */
export function validateEnv(path: string, env: readonly EnvVar[] | undefined, ctx: { volumes?: ReadonlySet<string> } = {}): Errors {
  return each(env, path, (e, at) => [
    ...(e.name ? byRule(`${at}.name`, e.name, envVarName) : [required(`${at}.name`)]),
    ...(e.valueFrom ? valueFrom(`${at}.valueFrom`, e, ctx) : []),
  ])
}

const sources = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'] as const
const downwardFields = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.serviceAccountName', 'status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs']
const envFields = downwardFields.slice(2)
export const containerResources = ['limits.cpu', 'limits.ephemeral-storage', 'limits.memory', 'requests.cpu', 'requests.ephemeral-storage', 'requests.memory']

function valueFrom(path: string, e: EnvVar, ctx: { volumes?: ReadonlySet<string> }): Errors {
  const v: EnvVarSource = e.valueFrom!
  const set = sources.filter((s) => v[s])
  const out: Errors = []
  if (v.fieldRef) out.push(...objectFieldSelector(`${path}.fieldRef`, v.fieldRef, envFields, true))
  if (v.resourceFieldRef) out.push(...resourceFieldSelector(`${path}.resourceFieldRef`, v.resourceFieldRef, false))
  if (v.configMapKeyRef) out.push(...keyRef(`${path}.configMapKeyRef`, v.configMapKeyRef))
  if (v.secretKeyRef) out.push(...keyRef(`${path}.secretKeyRef`, v.secretKeyRef))
  if (v.fileKeyRef) out.push(...fileKeyRef(`${path}.fileKeyRef`, v.fileKeyRef, ctx.volumes))
  if (set.length === 0) out.push(invalid(path, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'))
  else if (e.value) out.push(invalid(path, '', 'may not be specified when `value` is not empty'))
  if (set.length > 1) out.push(invalid(path, '', 'may not have more than one field specified at a time'))
  return out
}

function keyRef(path: string, r: { name?: string | undefined, key: string }): Errors {
  return [...subdomain(`${path}.name`, r.name ?? ''), ...(r.key ? byRule(`${path}.key`, r.key, configMapKey) : [required(`${path}.key`)])]
}

function fileKeyRef(path: string, r: { volumeName: string, path: string, key: string }, volumes: ReadonlySet<string> | undefined): Errors {
  const out: Errors = []
  if (!r.volumeName) out.push(required(`${path}.volumeName`))
  else out.push(...byRule(`${path}.volumeName`, r.volumeName, dns1123Label))
  if (volumes && !volumes.has(r.volumeName ?? '')) out.push(fieldNotFound(`${path}.volumeName`, r.volumeName ?? ''))
  if (!r.path) out.push(required(`${path}.path`))
  else out.push(...localPath(`${path}.path`, r.path))
  if (r.key) out.push(...byRule(`${path}.key`, r.key, envVarName))
  else out.push(required(`${path}.key`))
  return out
}

/** A field of the pod as the downward API names it; with a map key where the field is a map. */
export function objectFieldSelector(path: string, r: ObjectFieldSelector, supported: readonly string[], subscripts: boolean): Errors {
  if (!r.apiVersion) return [required(`${path}.apiVersion`)]
  if (!r.fieldPath) return [required(`${path}.fieldPath`)]
  const converted = convertFieldPath(r.apiVersion, r.fieldPath)
  if (typeof converted !== 'string') return [invalid(`${path}.fieldPath`, r.fieldPath, `error converting fieldPath: ${converted.error}`)]
  const sub = /^(.*)\['(.*)'\]$/s.exec(converted)
  if (sub) return subscript(path, sub[1]!, sub[2]!, subscripts)
  return supported.includes(converted) ? [] : [notSupported(`${path}.fieldPath`, converted, supported)]
}

function subscript(path: string, map: string, key: string, allowed: boolean): Errors {
  if (!allowed) return []
  if (map === 'metadata.annotations') return byRule(path, key.toLowerCase(), isQualifiedName)
  if (map === 'metadata.labels') return byRule(path, key, isQualifiedName)
  return [invalid(path, map, 'does not support subscript')]
}

export function resourceFieldSelector(path: string, r: ResourceFieldSelector, volume: boolean): Errors {
  if (volume && !r.containerName) return [required(`${path}.containerName`)]
  if (!r.resource) return [required(`${path}.resource`)]
  const hugePages = /^(limits|requests)\.hugepages-/.test(r.resource)
  if (!containerResources.includes(r.resource) && !hugePages) return [notSupported(`${path}.resource`, r.resource, containerResources)]
  return divisor(path, r.resource, r.divisor)
}

const divisors: ReadonlyArray<readonly [resource: RegExp, name: string, values: readonly string[]]> = [
  [/\.cpu$/, 'cpu', ['1m', '1']],
  [/\.memory$/, 'memory', ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei']],
  [/\.ephemeral-storage$/, 'local ephemeral storage', ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei']],
  [/\.hugepages-/, 'hugepages', ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei']],
]

function divisor(path: string, resource: string, q: string | undefined): Errors {
  if (q === undefined || mustParseQuantity(q).nanos === 0n) return []
  const rule = divisors.find(([form]) => form.test(resource))
  if (!rule || rule[2].includes(q)) return []
  const values = rule[1] === 'cpu' ? '1m and 1' : '1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei'
  return [invalid(`${path}.divisor`, resource, `only divisor's values ${values} are supported with the ${rule[1]} resource`)]
}

export function validateEnvFrom(path: string, list: readonly EnvFromSource[] | undefined): Errors {
  return each(list, path, (s, at) => {
    const out: Errors = s.prefix ? byRule(`${at}.prefix`, s.prefix, envVarName) : []
    const set = [s.configMapRef, s.secretRef].filter(Boolean)
    if (s.configMapRef) out.push(...sourceName(`${at}.configMapRef`, s.configMapRef))
    if (s.secretRef) out.push(...sourceName(`${at}.secretRef`, s.secretRef))
    if (set.length === 0) out.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'))
    if (set.length > 1) out.push(invalid(path, '', 'may not have more than one field specified at a time'))
    return out
  })
}

const sourceName = (path: string, r: { name?: string | undefined }): Errors => (r.name ? subdomain(`${path}.name`, r.name) : [required(`${path}.name`)])
