import type { Clock } from '@drydock/base'
import { describe, expect, it } from 'vitest'
import { filterPlugins } from '../plugins/index.ts'
import { PodInfo } from '../snapshot/pod-info.ts'
import { pod } from '../testing.ts'
import { SchedulingQueue } from './scheduling-queue.ts'

function setUp() {
  let now = 0
  const clock: Clock = { now: () => now, monotonic: () => now, sleep: async () => {}, timer: () => () => {} }
  return { queue: new SchedulingQueue({ clock, plugins: filterPlugins }), at: (ms: number) => { now = ms } }
}
const order = (q: SchedulingQueue) => { const out: string[] = []; for (let p = q.pop(); p; p = q.pop()) out.push(p.pod.name); return out }

describe('the scheduling queue', () => {
  it('gives the most important first, then the oldest', () => {
    const { queue, at } = setUp()
    queue.add(pod('a')); at(1); queue.add(pod('b', { priority: 5 })); at(2); queue.add(pod('c', { priority: 5 })); queue.add(pod('a', {}))
    expect(order(queue)).toEqual(['b', 'c', 'a'])
  })

  it('keeps a refused pod until what its plugin waits for happens', () => {
    const { queue, at } = setUp()
    queue.add(pod('a'))
    queue.putBack(queue.pop()!, { rejectedBy: new Set(['NodePorts']) })
    queue.happened({ kind: 'NodeTaint' })
    queue.happened({ kind: 'AssignedPodDelete', pod: pod('other') })
    expect(queue.pop()).toBeUndefined()
    at(500)
    queue.happened({ kind: 'AssignedPodDelete', pod: pod('holder', { containers: [{ name: 'c', ports: [{ containerPort: 1, hostPort: 1 }] }] }) })
    expect(queue.sizes.backoff).toBe(1)
    expect(queue.pop()?.pod.name).toBe('a') // nothing else to do: early
  })

  it('lets an error wait out its back-off', () => {
    const { queue, at } = setUp()
    queue.add(pod('a'))
    queue.putBack(queue.pop()!, { rejectedBy: new Set(), error: true })
    expect(queue.pop()).toBeUndefined()
    at(1000)
    expect(queue.pop()?.pod.name).toBe('a')
  })

  it('holds gated pods until the gates are gone', () => {
    const { queue } = setUp()
    const gated = pod('a', { schedulingGates: [{ name: 'g' }] })
    queue.add(gated)
    queue.happened({ kind: 'Force' })
    expect(queue.pop()).toBeUndefined()
    expect(queue.sizes.gated).toBe(1)
    queue.update(new PodInfo({ ...gated.pod, spec: { containers: [] } }))
    expect(queue.pop()?.pod.name).toBe('a')
  })
})
