import { resources } from '@drydock/api'
import { silentLogger } from '@drydock/base'
import { runWhenLeader } from '@drydock/controller'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Rig, until } from './rig.ts'

let rig: Rig
beforeAll(async () => { rig = await Rig.start({ nats: false }) })
afterAll(() => rig?.stop())

/** Who leads now, and the most that ever led at once. */
const leaders = new Set<string>()
let most = 0
function candidate(identity: string) {
  const c = rig.component('controller-manager'), stop = new AbortController()
  const done = runWhenLeader({ client: c.client, name: 'kube-controller-manager', identity, log: silentLogger, leaseDurationMs: 3000, renewDeadlineMs: 2000, retryPeriodMs: 300 }, stop.signal, async (signal) => {
    leaders.add(identity)
    most = Math.max(most, leaders.size)
    await new Promise<void>((resolve) => { signal.addEventListener('abort', () => resolve(), { once: true }) })
    leaders.delete(identity)
  }).catch((e: unknown) => e)
  return { identity, done, stop: async () => { stop.abort(new Error('stop')); await done }, cut: () => c.client.close() }
}

test('one leads; the next follows a stop at once and a death within the lease; an API that is away costs the lead, never gives two', async () => {
  const all = new Map(['a', 'b', 'c'].map((id) => [id, candidate(id)]))
  await until(() => leaders.size === 1, 'a leader')
  const first = [...leaders][0]!
  await all.get(first)!.stop()
  const t = performance.now()
  await until(() => leaders.size === 1 && !leaders.has(first), 'the next leader')
  expect(performance.now() - t).toBeLessThan(2500)
  const second = [...leaders][0]!
  all.get(second)!.cut()
  await until(() => leaders.size === 1 && !leaders.has(second), 'the third')
  const third = [...leaders][0]!
  expect(String(await all.get(second)!.done)).toContain('leadership was lost')
  const { spec } = await rig.component().client.get(resources.leases, 'kube-controller-manager', { namespace: 'kube-system' })
  expect(spec).toMatchObject({ holderIdentity: third, leaseTransitions: expect.any(Number) })
  expect(spec!.leaseTransitions).toBeGreaterThanOrEqual(2)
  await rig.apiservers[0]!.kill()
  await until(() => leaders.size === 0, 'nobody leads without the API')
  expect(most).toBe(1)
  await Promise.all([...all.values()].map((c) => c.stop()))
})
