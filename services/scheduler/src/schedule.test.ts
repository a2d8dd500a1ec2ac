import { describe, expect, it } from 'vitest'
import { cluster, decider, node, pod } from './testing.ts'

const help = '1 Preemption is not helpful for scheduling.'
const never = (reason: string, preemption = help) => `0/1 nodes are available: 1 ${reason}. no new claims to deallocate, preemption: 0/1 nodes are available: ${preemption}`
const HOST = 'kubernetes.io/hostname'
const byApp = { labelSelector: { matchLabels: { app: 'a' } } }
const victims = '1 No preemption victims found for incoming pod.'

describe('what a pod that does not fit is told', () => {
  it.each([
    ['cpu', { cpu: '500' }, never('Insufficient cpu')],
    ['selector', { nodeSelector: { none: 'such' } }, never("node(s) didn't match Pod's node affinity/selector")],
    ['node by name', { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['other'] }] }] } } } }, never("node(s) didn't satisfy plugin(s) [NodeAffinity]")],
    ['pod affinity', { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: HOST, labelSelector: { matchLabels: { x: 'y' } } }] } } }, never("node(s) didn't match pod affinity rules")],
    ['anti-affinity', { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: HOST, ...byApp }] } } }, never("node(s) didn't match pod anti-affinity rules", victims)],
    ['spread', { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', ...byApp }] }, never("node(s) didn't match pod topology spread constraints (missing required label)")],
    ['ports', { containers: [{ name: 'c', ports: [{ containerPort: 1, hostPort: 80 }] }] }, never("node(s) didn't have free ports for the requested pod ports", victims)],
    ['claims', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] }, '0/1 nodes are available: persistentvolumeclaim "c" not found. not found'],
  ])('%s', (_, spec, message) => {
    const c = cluster([node('n')], [[pod('there', { containers: [{ name: 'c', ports: [{ containerPort: 1, hostPort: 80 }] }] }), 'n']])
    expect(decider().decide(pod('p', spec as never), c)).toMatchObject({ node: undefined, message })
  })

  it('cordon and taint', () => {
    expect(decider().decide(pod('p'), cluster([node('n', { spec: { unschedulable: true } })]))).toMatchObject({ message: never('node(s) were unschedulable') })
    expect(decider().decide(pod('p'), cluster([node('n', { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } })]))).toMatchObject({ message: never('node(s) had untolerated taint(s)') })
    expect(decider().decide(pod('p'), cluster([]))).toMatchObject({ message: 'no nodes available to schedule pods' })
  })

  it('no preemption where the pod says never', () => {
    const c = cluster([node('n', { cpu: '1' })], [[pod('low', { cpu: '600m' }), 'n']])
    expect(decider().decide(pod('p', { cpu: '600m', priority: 10, preemptionPolicy: 'Never' }), c)).toMatchObject({ message: '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.' })
  })
})

describe('where a pod goes', () => {
  it('to the emptier node', () => {
    const c = cluster([node('a'), node('b')], [[pod('x', { cpu: '2' }), 'a']])
    expect(decider().decide(pod('p', { cpu: '100m' }), c)).toMatchObject({ node: 'b' })
  })

  it('spreads a workload over hosts by default', () => {
    const c = cluster([node('a'), node('b')], [[pod('x'), 'a']], { spreadSelector: () => ({ matchLabels: { app: 'a' } }) })
    expect(decider().decide(pod('p'), c)).toMatchObject({ node: 'b' })
  })

  it('keeps a spread within its skew', () => {
    const zone = (z: string) => ({ labels: { zone: z } })
    const c = cluster([node('a', zone('1')), node('b', zone('2'))], [[pod('x'), 'a'], [pod('y'), 'a']])
    const spread = pod('p', { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', ...byApp }] })
    expect(decider().decide(spread, c)).toMatchObject({ node: 'b', feasible: 1 })
    c.setPod(pod('z'), 'b'); c.setPod(pod('w'), 'b'); c.setPod(pod('v'), 'b')
    expect(decider().decide(spread, c)).toMatchObject({ node: 'a', feasible: 1 })
  })

  it('honours the anti-affinity of pods that are there', () => {
    const alone = pod('x', { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: HOST, ...byApp }] } } })
    const c = cluster([node('a'), node('b')], [[alone, 'a']])
    expect(decider().decide(pod('p'), c)).toMatchObject({ node: 'b', feasible: 1 })
    c.removePod('ns/x')
    expect(decider().decide(pod('p'), c)).toMatchObject({ feasible: 2 })
  })

  it('lets the first of those that want to be together go anywhere, and the next beside it', () => {
    const together = (n: string) => pod(n, { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: HOST, ...byApp }] } } })
    const c = cluster([node('a'), node('b')])
    expect(decider().decide(together('p'), c)).toMatchObject({ feasible: 2 })
    c.setPod(together('p'), 'b', { assumed: true })
    expect(decider().decide(together('q'), c)).toMatchObject({ node: 'b', feasible: 1 })
  })

  it('counts a pod once, however often it is told of', () => {
    const c = cluster([node('a', { cpu: '1' })])
    for (let i = 0; i < 3; i++) c.setPod(pod('x', { cpu: '600m' }), 'a')
    expect(c.node('a')!.requestedCpu).toBe(600)
    c.removePod('ns/x')
    expect(c.node('a')!.requestedCpu).toBe(0)
  })
})

describe('preemption', () => {
  it('takes the least important that make room, and leaves the view as it was', () => {
    const c = cluster([node('n', { cpu: '1' })], [[pod('low', { cpu: '300m', priority: 1 }), 'n'], [pod('mid', { cpu: '300m', priority: 5 }), 'n'], [pod('top', { cpu: '300m', priority: 20 }), 'n']])
    const d = decider().decide(pod('p', { cpu: '400m', priority: 10 }), c)
    expect(d).toMatchObject({ node: undefined, message: '0/1 nodes are available: 1 Insufficient cpu.', preemption: { node: 'n' } })
    expect(d.node === undefined && d.preemption?.victims.map((v) => v.name)).toEqual(['low'])
    expect(c.node('n')!.requestedCpu).toBe(900)
  })

  it('keeps the room for whom it was made', () => {
    const c = cluster([node('n', { cpu: '1' })])
    c.nominate(pod('high', { cpu: '800m', priority: 10 }), 'n')
    expect(decider().decide(pod('p', { cpu: '500m' }), c)).toMatchObject({ node: undefined })
    expect(decider().decide(pod('q', { cpu: '500m', priority: 11 }), c)).toMatchObject({ node: 'n' })
  })
})
