import { readFileSync } from 'node:fs'
import { normalize, decodeStruct, structForKind } from '@drydock/api/schema'
import { describe, expect, test } from 'vitest'
import type { ApiObject } from '../admission/types.ts'
import type { KindContext } from './kind.ts'
import { kinds } from './index.ts'

/**
 * What Kubernetes v1.35 stores, prints and refuses, as recorded (testdata/): the kinds' own functions, without server, store
 * and admission. Metadata that the registry makes is left out.
 */
interface Recorded { group: string, version: string, resource: string, kind: string, namespaced: boolean, object: ApiObject }
interface Created extends Recorded { name: string, stored: ApiObject, cells: unknown[], warning?: string }
interface Refused extends Recorded { note: string, causes: Array<[field: string, type: string, message: string]> }

const load = <T>(name: string): T[] => JSON.parse(readFileSync(new URL(`./testdata/${name}.json`, import.meta.url), 'utf8')) as T[]
const NOW = Date.parse('2030-01-01T00:00:05Z')
const UID = '00000000-1111-4222-8333-444444444444'

const context = (): KindContext => ({
  user: { name: 'admin', groups: ['system:masters', 'system:authenticated'] }, subresource: '', now: () => NOW, warn: () => {},
  reader: { get: () => undefined, list: () => [] },
})

/** The steps of a create up to validation. */
function created(r: Recorded): { object: ApiObject, errors: string[][] } {
  const kind = kinds.get(`${r.group}/${r.resource}`)
  const object = decodeStruct(structForKind(r)!, structuredClone(r.object)).object as ApiObject
  object.metadata ??= {}
  kind?.defaults?.(object)
  if (r.namespaced) object.metadata.namespace ??= 'testns'
  admit(r, object)
  Object.assign(object.metadata, { uid: UID, creationTimestamp: '2030-01-01T00:00:00Z' })
  delete object.metadata.generation
  kind?.prepareForCreate?.(object, context())
  const errors = (kind?.validate?.(object, context()) ?? []).map((e) => [e.field, e.type, e.body().replaceAll(UID, '<uid>')])
  return { object, errors }
}

/** What the default admission plugins add to the recorded objects. */
function admit(r: Recorded, o: ApiObject): void {
  if (r.resource === 'persistentvolumes') (o.metadata.finalizers ??= []).push('kubernetes.io/pv-protection')
  if (r.resource === 'persistentvolumeclaims') (o.metadata.finalizers ??= []).push('kubernetes.io/pvc-protection')
  if (r.resource === 'volumeattributesclasses') (o.metadata.finalizers ??= []).push('kubernetes.io/vac-protection')
  if (r.resource === 'nodes') (o.spec.taints ??= []).push({ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' })
  if (r.resource !== 'pods' || !o.spec) return
  o.spec.priority ??= 0
  o.spec.preemptionPolicy ??= 'PreemptLowerPriority'
  const tolerations = (o.spec.tolerations ??= [])
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 })
}

/** Times and generated identities as the records have them. */
function plain(o: ApiObject): unknown {
  const { uid: _u, creationTimestamp: _c, ...metadata } = o.metadata
  return JSON.parse(JSON.stringify({ ...o, metadata }).replaceAll(UID, '<uid>').replaceAll('2030-01-01T00:00:05Z', '<time>').replaceAll(/"resourceVersion":"\d+"/g, '"resourceVersion":"<rv>"'))
}
const cell = (c: unknown): unknown => (typeof c === 'string' ? c.replace(/^\d+[smhdy](\d+[smhdy])?$/, '<age>').replaceAll(UID, '<uid>').replace('2030-01-01T00:00:00Z', '<time>') : c)

describe('what is stored and printed', () => {
  test.each(load<Created>('created').map((c) => [`${c.resource}.${c.group} ${c.name}`, c] as const))('%s', (_, c) => {
    const { object, errors } = created(c)
    expect(errors).toEqual([])
    expect(plain(normalize(structForKind(c)!, object))).toEqual(withNamespace(c))
    const kind = kinds.get(`${c.group}/${c.resource}`)
    const cells = kind?.cells?.(object, { now: NOW }) ?? [object.metadata.name, object.metadata.creationTimestamp]
    expect(cells.map(cell)).toEqual(c.cells.map(cell))
  })
})

const withNamespace = (c: Created): ApiObject => ({ ...c.stored, metadata: c.namespaced ? { namespace: 'testns', ...c.stored.metadata } : c.stored.metadata })

describe('what is refused', () => {
  test.each(load<Refused>('refused').map((r) => [r.note, r] as const))('%s', (_, r) => {
    expect(created(r).errors.toSorted(byText)).toEqual(r.causes.toSorted(byText))
  })
})

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)
