import { describe, expect, it } from 'vitest'
import { decodeRequest } from './decode-request.ts'
import { decodeStruct, holdsEmpties, normalize } from './decode.ts'
import { structForKind } from './schema.ts'

const pod = { group: '', version: 'v1', kind: 'Pod' }
const decode = (spec: unknown, fieldValidation: 'Strict' | 'Warn' | 'Ignore' = 'Strict') =>
  decodeRequest({ body: JSON.stringify({ metadata: { name: 'p' }, spec }), format: 'json', kind: pod, fieldValidation })
const container = (more: object) => ({ containers: [{ name: 'c', ...more }] })

describe('decodeRequest', () => {
  it.each([
    [{ terminationGracePeriodSeconds: '5' }, 'json: cannot unmarshal string into Go struct field PodSpec.spec.terminationGracePeriodSeconds of type int64'],
    [{ priority: 3e9 }, 'json: cannot unmarshal number 3000000000 into Go struct field PodSpec.spec.priority of type int32'],
    [{ containers: {} }, 'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container'],
    [{ containers: ['c'] }, 'json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type v1.Container'],
    [{ restartPolicy: true }, 'json: cannot unmarshal bool into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy'],
    [{ volumes: [{ name: 'v', emptyDir: [] }] }, 'json: cannot unmarshal array into Go struct field Volume.spec.volumes.VolumeSource.emptyDir of type v1.EmptyDirVolumeSource'],
    [container({ livenessProbe: { httpGet: { port: true } } }), 'json: cannot unmarshal bool into Go struct field HTTPGetAction.spec.containers.livenessProbe.ProbeHandler.httpGet.port of type int32'],
    [container({ resources: { limits: { cpu: 'lots' } } }), "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"],
    [container({ ports: [{ nothing: 1 }] }), 'strict decoding error: unknown field "spec.containers[0].ports[0].nothing"'],
  ])('refuses %j', (spec, message) => expect(() => decode(spec)).toThrow(`Pod in version "v1" cannot be handled as a Pod: ${message}`))

  it.each([
    ['', "couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)"],
    ['[]', `couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (5b5d)`],
    ['{"apiVersion":1}', `couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .apiVersion of type string ({"apiVersion":1})`],
  ])('says of %j what it is not', (body, message) => expect(() => decodeRequest({ body, format: 'json', kind: pod, fieldValidation: 'Warn' })).toThrow(`the object provided is unrecognized (must be of type Pod): ${message}`))

  it.each([
    [{ apiVersion: 'v1', kind: 'Secret', data: {} }, 'Secret in version "v1" cannot be handled as a Pod: converting (v1.Secret) to (core.Pod): unknown conversion'],
    [{ apiVersion: 'v1', kind: 'Nothing' }, 'Nothing in version "v1" cannot be handled as a Pod: no kind "Nothing" is registered for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30"'],
  ])('refuses another kind: %j', (o, message) => expect(() => decodeRequest({ body: JSON.stringify(o), format: 'json', kind: pod, fieldValidation: 'Warn' })).toThrow(message))

  it('warns of unknown and repeated fields instead, or says nothing', () => {
    const body = '{"metadata":{"name":"a","name":"b"},"spec":{"x":1}}'
    const warnings = (fieldValidation: 'Warn' | 'Ignore') => decodeRequest({ body, format: 'json', kind: pod, fieldValidation }).warnings
    expect(warnings('Warn')).toEqual(['duplicate field "metadata.name"', 'unknown field "spec.x"'])
    expect(warnings('Ignore')).toEqual([])
  })

  it('reads YAML', () => {
    const { object, warnings } = decodeRequest({ body: 'metadata: {name: p}\nspec:\n  hostNetwork: yes\n  nodeName: a\n  nodeName: b\n', format: 'yaml', kind: pod, fieldValidation: 'Warn' })
    expect(object['spec']).toMatchObject({ hostNetwork: true, nodeName: 'b' })
    expect(warnings).toEqual(['line 5: key "nodeName" already set in map'])
  })
})

describe('the form that Go writes', () => {
  const deployment = structForKind({ group: 'apps', version: 'v1', kind: 'Deployment' })!
  it('writes what has no omitempty, and nothing else that is zero', () => {
    expect(decodeStruct(deployment, {}).object).toEqual({ metadata: {}, spec: { strategy: {}, template: { metadata: {}, spec: { containers: null } } }, status: {} })
    expect(normalize(deployment, { metadata: { name: 'd', labels: {} }, spec: { replicas: 0, minReadySeconds: 0, paused: false, template: { spec: { containers: [] } } } })).toMatchObject({
      metadata: { name: 'd' }, spec: { replicas: 0, template: { spec: { containers: null } } },
    })
  })
  it.each([
    ['2026-01-02T03:04:05+01:00', '2026-01-02T02:04:05Z'], ['2026-01-02T03:04:05.999Z', '2026-01-02T03:04:05Z'],
  ])('writes the time %s as %s', (text, canonical) => {
    expect(decodeStruct(deployment, { metadata: { creationTimestamp: text } }).object).toMatchObject({ metadata: { creationTimestamp: canonical } })
  })
  it.each([
    ['yesterday', 'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"'],
    ['2001-01-01', 'parsing time "2001-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'],
    ['2001-01-01T00:00:00Zx', 'parsing time "2001-01-01T00:00:00Zx": extra text: "x"'],
    ['2001-02-30T00:00:00Z', 'parsing time "2001-02-30T00:00:00Z": day out of range'],
  ])('refuses the time %s', (text, message) => expect(() => decodeStruct(deployment, { metadata: { creationTimestamp: text } })).toThrow(message))
})

describe('empty lists and maps', () => {
  const schema = structForKind({ group: '', version: 'v1', kind: 'Pod' })!
  const sent = { metadata: { labels: {} }, spec: { containers: [{ name: 'c', args: [], resources: { limits: {} } }], nodeSelector: {}, volumes: [] } }
  const plain = (o: unknown) => JSON.stringify(o)
  const stored = plain(decodeStruct(schema, { metadata: {}, spec: { containers: [{ name: 'c' }] } }).object)

  it('are left out of what is stored', () => {
    const { object } = decodeStruct(schema, sent)
    expect(plain(object)).toBe(stored)
    expect(holdsEmpties(object)).toBe(false)
  })
  it('are kept for validation, which can be undone', () => {
    const { object } = decodeStruct(schema, sent, { empties: 'all' })
    expect(object).toMatchObject(sent)
    expect(holdsEmpties({ ...object })).toBe(true)
    expect(plain(normalize(schema, object))).toBe(plain(decodeStruct(schema, sent).object))
  })
  it('leave no mark where there are none', () => {
    expect(holdsEmpties(decodeStruct(schema, { metadata: { labels: { a: 'b' } } }, { empties: 'all' }).object)).toBe(false)
  })
})
