import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PolicyRule } from '@drydock/api'
import type { Attributes } from '../types.ts'
import { allows, compact, describe as describeRule, uncovered } from './rules.ts'

const some = (...values: string[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 })
const resourceRule: fc.Arbitrary<PolicyRule> = fc.record({
  verbs: some('get', 'list', '*'), apiGroups: some('', 'apps', '*'), resources: some('pods', 'pods/log', 'nodes', '*/log', '*'), resourceNames: fc.oneof(fc.constant(undefined), some('a', 'b')),
}).map(({ resourceNames, ...r }) => ({ ...r, ...(resourceNames && { resourceNames }) }))
const pathRule: fc.Arbitrary<PolicyRule> = fc.record({ verbs: some('get', 'post', '*'), nonResourceURLs: some('/a', '/a/*', '/b', '*') })
const rules = fc.array(fc.oneof(resourceRule, pathRule), { maxLength: 4 })

const user = { name: 'u', groups: [] }
const asked: fc.Arbitrary<Attributes> = fc.oneof(
  fc.record({ verb: fc.constantFrom('get', 'list', 'delete'), group: fc.constantFrom('', 'apps', 'x'), resource: fc.constantFrom('pods', 'nodes', 'other'), subresource: fc.constantFrom('', 'log', 'exec'), name: fc.constantFrom('', 'a', 'b', 'c') })
    .map(({ verb, ...r }) => ({ user, verb, resource: { ...r, version: 'v1', namespace: '' } })),
  fc.record({ verb: fc.constantFrom('get', 'post', 'put'), path: fc.constantFrom('/a', '/a/x', '/b', '/c') }).map((p) => ({ user, ...p })),
)

describe('escalation', () => {
  it('who holds rules that cover others may do all that the others allow', () => {
    fc.assert(fc.property(rules, rules, asked, (held, wanted, a) => {
      if (uncovered(held, wanted).length || !wanted.some((r) => allows(r, a))) return
      expect(held.some((r) => allows(r, a))).toBe(true)
    }), { numRuns: 3000 })
  })
  it('everyone covers what they hold', () => {
    fc.assert(fc.property(rules, (held) => { expect(uncovered(held, held)).toEqual([]) }))
  })
  it('compacting loses and adds nothing', () => {
    fc.assert(fc.property(rules, asked, (held, a) => {
      const broken = uncovered([], held)
      expect(compact(broken).some((r) => allows(r, a))).toBe(broken.some((r) => allows(r, a)))
    }))
  })
  it('prints rules as upstream does', () => {
    expect(describeRule({ apiGroups: [''], resources: ['pods'], resourceNames: ['a'], verbs: ['get', 'list'] })).toBe('{APIGroups:[""], Resources:["pods"], ResourceNames:["a"], Verbs:["get" "list"]}')
  })
})
