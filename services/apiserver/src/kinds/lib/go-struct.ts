import { goJSON } from '@drydock/api'
import { structNamed, type FieldSchema, type StructSchema, type TypeSchema } from '@drydock/api/schema'
import type { CSINodeDriver, EphemeralContainer, LabelSelector, NodeSelectorTerm, PodFailurePolicy, PersistentVolumeClaimSpec, PersistentVolumeSpec, PodSpec, PodTemplateSpec, SecurityContext, VolumeAttachmentSpec, VolumeNodeAffinity } from '@drydock/api'
import { goFields } from './go-fields.ts'
import { unifiedDiff } from './go-diff.ts'
import { goSelector, sortedMap } from './selector.ts'

/** Objects as Go's encoder writes its internal types: Go's names, Go's order, and every field that nobody set. */

type Plain = Record<string, unknown>
const CORE = 'io.k8s.api.core.v1.'

interface GoField { name: string, schema: FieldSchema | undefined, json: string }
const tables = new Map<string, GoField[]>()

function fieldsOf(s: StructSchema): GoField[] {
  const known = tables.get(s.name)
  if (known) return known
  const byLower = new Map(s.fields.map((f) => [f.name.toLowerCase(), f]))
  const names = goFields[s.short]?.split(' ') ?? s.fields.map((f) => f.name[0]!.toUpperCase() + f.name.slice(1))
  const made = names.map((n): GoField => {
    const [go = '', json = go] = n.split('=')
    const schema = byLower.get(json.toLowerCase())
    return { name: go, schema, json: schema?.name ?? json }
  })
  tables.set(s.name, made)
  return made
}

function shown(s: StructSchema, value: Plain): unknown {
  if (s.short === 'LabelSelector') return goSelector(value as LabelSelector)
  if (s.short === 'PersistentVolumeClaimTemplate') return { ...goMeta(value.metadata as Plain | undefined), Spec: shown(structNamed(`${CORE}PersistentVolumeClaimSpec`)!, (value.spec ?? {}) as Plain) }
  const out: Plain = {}
  for (const f of fieldsOf(s)) {
    if (!f.schema) continue
    const v = value[f.json]
    out[f.name] = v === undefined || v === null ? zero(f.schema) : convert(f.schema.type, v)
  }
  if (s.short === 'PodSpec') out.SecurityContext = securityContext(value as unknown as PodSpec, out.SecurityContext)
  return out
}

function convert(t: TypeSchema, v: unknown): unknown {
  switch (t.kind) {
    case 'struct': return shown(t.struct, v as Plain)
    case 'list': return (v as unknown[]).map((x) => convert(t.elem, x))
    case 'map': return t.elem.kind === 'struct' ? v : sortedMap(v as Record<string, string>)
    default: return v
  }
}

function zero(f: FieldSchema): unknown {
  if (f.pointer) return null
  switch (f.type.kind) {
    case 'struct': return shown(f.type.struct, {})
    case 'string': return ''
    case 'int32': case 'int64': case 'double': case 'intOrString': return 0
    case 'boolean': return false
    case 'quantity': return '0'
    default: return null
  }
}

/** Inside, the host's namespaces are part of the pod's security context. */
function securityContext(spec: PodSpec, own: unknown): unknown {
  if (own === null) return null
  return {
    HostNetwork: spec.hostNetwork ?? false, HostPID: spec.hostPID ?? false, HostIPC: spec.hostIPC ?? false,
    ShareProcessNamespace: spec.shareProcessNamespace ?? null, HostUsers: spec.hostUsers ?? null, ...(own as Plain),
  }
}

/** Metadata keeps its JSON names, and its zero values stay out. */
export function goMeta(m: Plain | undefined): Plain {
  const out: Plain = {}
  for (const k of ['name', 'generateName', 'namespace', 'labels', 'annotations', 'ownerReferences', 'finalizers']) {
    const v = m?.[k]
    if (!omitted(v)) out[k] = k === 'labels' || k === 'annotations' ? sortedMap(v as Record<string, string>) : v
  }
  return out
}

const omitted = (v: unknown): boolean => v === undefined || v === null || v === '' || (typeof v === 'object' && Object.keys(v).length === 0)

const of = (type: string, value: unknown): unknown => shown(structNamed(CORE + type)!, value as Plain)

export const goTemplate = (t: PodTemplateSpec | undefined): unknown => ({ ...goMeta(t?.metadata as Plain | undefined), Spec: of('PodSpec', t?.spec ?? {}) })
export const goFailurePolicy = (p: PodFailurePolicy): unknown => shown(structNamed('io.k8s.api.batch.v1.PodFailurePolicy')!, p as unknown as Plain)
export const goClaimSpec = (spec: Plain): unknown => shown(structNamed('io.k8s.api.resource.v1.ResourceClaimSpec')!, spec)
export const goAttachment = (spec: VolumeAttachmentSpec): unknown => shown(structNamed('io.k8s.api.storage.v1.VolumeAttachmentSpec')!, spec as unknown as Plain)
export const goNodeDriver = (d: CSINodeDriver): unknown => shown(structNamed('io.k8s.api.storage.v1.CSINodeDriver')!, d as unknown as Plain)
export const goNodeTerms = (terms: readonly NodeSelectorTerm[]): unknown[] => terms.map((t) => of('NodeSelectorTerm', t))
export const goNodeAffinity = (a: VolumeNodeAffinity | undefined): unknown => (a ? of('VolumeNodeAffinity', a) : null)

export const goSecurityContext = (c: SecurityContext): unknown => of('SecurityContext', c)

const lines = (v: unknown): string[] => goJSON(v, 1).split('\n')
const difference = (was: unknown, now: unknown): string => '\n' + unifiedDiff(lines(was), lines(now))

export const podSpecDiff = (was: PodSpec, now: PodSpec): string => difference(of('PodSpec', was), of('PodSpec', now))
export const ephemeralDiff = (was: EphemeralContainer, now: EphemeralContainer): string => difference(of('EphemeralContainer', was), of('EphemeralContainer', now))
export const claimSpecDiff = (was: PersistentVolumeClaimSpec, now: PersistentVolumeClaimSpec): string => difference(of('PersistentVolumeClaimSpec', was), of('PersistentVolumeClaimSpec', now))

/** The source of a volume alone: its fields are part of the volume's spec on the wire. */
export function volumeSourceDiff(was: PersistentVolumeSpec, now: PersistentVolumeSpec): string {
  const s = structNamed(`${CORE}PersistentVolumeSpec`)!
  const source = (spec: Plain): Plain => {
    const out: Plain = {}
    for (const name of goFields.PersistentVolumeSource!.split(' ')) {
      const f = s.fields.find((x) => x.name.toLowerCase() === name.toLowerCase())!
      const v = spec[f.name]
      out[name] = v === undefined || v === null ? null : convert(f.type, v)
    }
    return out
  }
  return difference(source(was as Plain), source(now as Plain))
}
