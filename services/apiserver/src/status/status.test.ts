import type { APIService, CustomResourceDefinition, EndpointSlice, Service } from '@drydock/api'
import { expect, test } from 'vitest'
import { available } from './api-services.ts'
import { definitionStatus } from './definitions.ts'
import { dangling } from './flow-schemas.ts'

const now = Date.UTC(2026, 0, 1)
const definition = (name: string, names: object, status?: object): CustomResourceDefinition =>
  ({ metadata: { name }, spec: { group: 'example.com', names, scope: 'Namespaced', versions: [] }, ...(status && { status }) }) as unknown as CustomResourceDefinition
const gear = { plural: 'gears', singular: 'gear', kind: 'Gear', listKind: 'GearList', shortNames: ['gr'] }

test('a definition with free names is established', () => {
  expect(definitionStatus(definition('gears.example.com', gear), [], now)).toEqual({
    acceptedNames: gear,
    conditions: [
      { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found', lastTransitionTime: '2026-01-01T00:00:00Z' },
      { type: 'Established', status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted', lastTransitionTime: '2026-01-01T00:00:00Z' },
    ],
  })
})

test.each([
  [{ ...gear, plural: 'wheels' }, 'SingularConflict'], [{ plural: 'wheels', singular: 'wheel', kind: 'Gear', listKind: 'WheelList' }, 'KindConflict'],
  [{ plural: 'wheels', singular: 'wheel', kind: 'Wheel', listKind: 'WheelList', shortNames: ['gr'] }, 'ShortNamesConflict'],
])('%j conflicts', (names, reason) => {
  const there = definition('gears.example.com', gear, { acceptedNames: gear })
  const { conditions } = definitionStatus(definition('wheels.example.com', names), [there], now)
  expect(conditions?.map((c) => [c.type, c.status])).toEqual([['NamesAccepted', 'False'], ['Established', 'False']])
  if (reason !== 'SingularConflict') expect(conditions?.[0]?.reason).toBe(reason)
})

test('what was established stays so, and nothing changes the second time', () => {
  const first = definitionStatus(definition('gears.example.com', gear), [], now)
  expect(definitionStatus(definition('gears.example.com', gear, first), [], now + 5000)).toEqual(first)
})

const api = { spec: { group: 'g', version: 'v1', service: { namespace: 'n', name: 's', port: 443 } } } as unknown as APIService
const service = { spec: { type: 'ClusterIP', ports: [{ name: 'https', port: 443 }] } } as Service
const slice = (port: string, ready: boolean): EndpointSlice => ({ addressType: 'IPv4', ports: [{ name: port }], endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready } }] }) as EndpointSlice

test.each([
  ['no service', undefined, [], 'ServiceNotFound'], ['another port', { spec: { type: 'ClusterIP', ports: [{ port: 80 }] } } as Service, [], 'ServicePortError'],
  ['no endpoints', service, [], 'EndpointsNotFound'], ['none ready', service, [slice('https', false)], 'MissingEndpoints'], ['of another port', service, [slice('http', true)], 'MissingEndpoints'],
  ['all there', service, [slice('https', true)], 'FailedDiscoveryCheck'],
])('an API service with %s', (_, s, slices, reason) => expect(available(api, s, slices)).toMatchObject({ status: 'False', reason }))

test('an API service without a service is local', () => expect(available({ spec: {} } as APIService, undefined, [])).toMatchObject({ status: 'True', reason: 'Local' }))

test('a flow schema says whether its level is there', () => {
  const schema = { spec: { matchingPrecedence: 1, priorityLevelConfiguration: { name: 'a"b' } } }
  expect(dangling(schema as never, true)).toMatchObject({ status: 'False', message: 'This FlowSchema references the PriorityLevelConfiguration object named "a\\"b" and it exists' })
  expect(dangling(schema as never, false)).toMatchObject({ status: 'True', reason: 'NotFound' })
})
