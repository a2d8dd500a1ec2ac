import type { Resource } from '@drydock/api'
import { describe, expect, it } from 'vitest'
import type { AnyObject } from '../shared/all-resources.ts'
import { judge, OwnerGraph, type OwnerState } from './graph.ts'

const r: Resource<AnyObject> = { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespaced: true }
const object = (uid: string, owners: string[] = [], o: { finalizers?: string[], deleting?: boolean } = {}): AnyObject => ({
  metadata: { uid, name: uid, namespace: 'ns', ownerReferences: owners.map((u) => ({ apiVersion: 'v1', kind: 'ConfigMap', name: u, uid: u, blockOwnerDeletion: true })), ...(o.finalizers && { finalizers: o.finalizers }), ...(o.deleting && { deletionTimestamp: 'x' }) },
})

describe('the graph of owners', () => {
  it('looks at dependents when their owner goes', () => {
    const g = new OwnerGraph()
    g.set(r, object('a'))
    expect(g.set(r, object('b', ['a'])).remove).toEqual([])
    expect(g.delete('a').remove).toEqual(['b'])
  })
  it('looks at an object whose owner it does not know, and knows it when that comes late', () => {
    const g = new OwnerGraph()
    expect(g.set(r, object('b', ['a'])).remove).toEqual(['b'])
    g.set(r, object('a'))
    expect(g.dependentsOf('a').map((n) => n.uid)).toEqual(['b'])
  })
  it('lets an owner that waits go after its last dependent', () => {
    const g = new OwnerGraph()
    g.set(r, object('a'))
    g.set(r, object('b', ['a']))
    expect(g.set(r, object('a', [], { finalizers: ['foregroundDeletion'], deleting: true })).remove).toEqual(['a', 'b'])
    expect(g.delete('b').remove).toEqual(['a'])
  })
  it('orphans once', () => {
    const g = new OwnerGraph()
    const o = object('a', [], { finalizers: ['orphan'], deleting: true })
    expect(g.set(r, o).orphan).toEqual(['a'])
    expect(g.set(r, o).orphan).toEqual([])
  })
  it('lets an owner that orphans go when the last dependent has let go', () => {
    const g = new OwnerGraph()
    g.set(r, object('b', ['a']))
    g.set(r, object('c', ['a']))
    g.set(r, object('a', [], { finalizers: ['orphan'], deleting: true }))
    expect(g.set(r, object('b', [])).orphan).toEqual([])
    expect(g.delete('c').orphan).toEqual(['a'])
  })
})

describe('the verdict', () => {
  const of = (states: [string, OwnerState][], any = true, waiting = false, finalizers: string[] = []) => judge(object('x', [], { finalizers }), new Map(states), { any, waiting })
  it.each([
    [[], { do: 'nothing' }],
    [[['a', 'solid']], { do: 'nothing' }],
    [[['a', 'solid'], ['b', 'dangling']], { do: 'drop-references', uids: ['b'] }],
    [[['a', 'dangling']], { do: 'delete', policy: 'Background', unblock: false }],
    [[['a', 'waiting']], { do: 'delete', policy: 'Foreground', unblock: false }],
  ] as [[string, OwnerState][], object][])('%j: %j', (states, verdict) => expect(of(states)).toEqual(verdict))
  it('keeps what the object asks for itself', () => expect(of([['a', 'dangling']], true, false, ['orphan'])).toMatchObject({ policy: 'Orphan' }))
})
