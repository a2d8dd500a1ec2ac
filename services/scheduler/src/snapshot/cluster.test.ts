import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cluster, node, pod } from '../testing.ts'

const HOST = 'kubernetes.io/hostname'

describe('the view', () => {
  it('counts the same, however it came to be', () => {
    const names = ['a', 'b', 'c']
    const step = fc.record({
      pod: fc.constantFrom('p', 'q', 'r', 's'), on: fc.constantFrom(...names), cpu: fc.constantFrom('100m', '200m'), app: fc.constantFrom('x', 'y'), apart: fc.boolean(),
      what: fc.constantFrom('assume', 'confirm', 'remove', 'node', 'cordon', 'relabel', 'lose'),
    })
    fc.assert(fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const nodes = new Map(names.map((n) => [n, node(n)]))
      const placed = new Map<string, [ReturnType<typeof pod>, string]>()
      const c = cluster([...nodes.values()])
      const apps = (v: typeof c) => v.group('apps', (p) => p.labels?.['app'] === 'x')
      apps(c).byTopology(HOST)
      for (const s of steps) {
        const made = pod(s.pod, { cpu: s.cpu, ...(s.apart && { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: HOST, labelSelector: { matchLabels: { app: s.app } } }] } } }) }, { app: s.app, cpu: s.cpu, apart: String(s.apart) })
        const there = placed.get(s.pod)
        if (s.what === 'assume' || (s.what === 'confirm' && !there)) { c.setPod(made, s.on, { assumed: true }); placed.set(s.pod, [made, s.on]) }
        else if (s.what === 'confirm') c.setPod(pod(s.pod, there![0].spec as never, there![0].labels), there![1])
        else if (s.what === 'remove') { c.removePod(`ns/${s.pod}`); placed.delete(s.pod) }
        else if (s.what === 'lose') { c.removeNode(s.on); nodes.delete(s.on) }
        else {
          const n = node(s.on, { spec: s.what === 'cordon' ? { unschedulable: true, taints: [{ key: 'k', effect: 'NoSchedule' }, { key: 'l', effect: 'PreferNoSchedule' }] } : {}, ...(s.what === 'relabel' && { labels: { zone: s.app } }) })
          c.setNode(n)
          nodes.set(s.on, n)
        }
      }
      const fresh = cluster([...nodes.values()], [...placed.values()])
      expect([c.cordoned, c.tainted, c.softlyTainted]).toEqual([fresh.cordoned, fresh.tainted, fresh.softlyTainted])
      expect([...apps(c).byTopology(HOST)].sort()).toEqual([...apps(fresh).byTopology(HOST)].sort())
      const terms = (v: typeof c) => [...v.existingAntiAffinity].map((e) => [e.term.signature, [...e.values].sort()]).sort()
      expect(terms(c)).toEqual(terms(fresh))
      for (const n of nodes.keys()) {
        const facts = (v: typeof c) => { const i = v.node(n)!; return [i.freeCpu, i.freeMemory, i.freePods, i.requestedCpu, i.pods.size, i.freeCpu === i.allocatableCpu - i.requestedCpu] }
        expect(facts(c)).toEqual(facts(fresh))
      }
    }), { numRuns: 200 })
  })

  it('makes once what follows from the nodes alone, and anew when they change', () => {
    const c = cluster([node('a')])
    let made = 0
    const count = () => c.ofNodes('n', (nodes) => { made++; return nodes.length })
    expect([count(), count(), made]).toEqual([1, 1, 1])
    c.setNode(node('b'))
    expect([count(), made]).toEqual([2, 2])
    c.setNode(node('b'))
    expect([count(), made]).toEqual([2, 2])
    c.removeNode('b')
    expect([count(), made]).toEqual([1, 3])
  })
})
