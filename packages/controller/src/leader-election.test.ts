import { type Lease, resources, StatusError } from '@drydock/api'
import { silentLogger } from '@drydock/base'
import { FakeClient, FakeClock, seededRandom, settle } from '@drydock/testkit'
import { expect, test } from 'vitest'
import { runWhenLeader } from './leader-election.ts'

function candidate(client: FakeClient, clock: FakeClock, identity: string) {
  const stop = new AbortController()
  const seen = { leading: false, ended: undefined as unknown }
  const done = runWhenLeader({ client, name: 'kube-scheduler', identity, log: silentLogger, clock, random: seededRandom(1) }, stop.signal, async (signal) => {
    seen.leading = true
    await new Promise<void>((resolve) => { signal.addEventListener('abort', () => resolve()) })
    seen.leading = false
  }).then(() => { seen.ended = 'stopped' }, (e: unknown) => { seen.ended = e })
  return { seen, stop: () => stop.abort(new Error('stop')), done }
}
const lease = async (client: FakeClient): Promise<Lease> => client.get(resources.leases, 'kube-scheduler', { namespace: 'kube-system' })

test('one leads, the other waits; a released lease is taken at once', async () => {
  const client = new FakeClient(), clock = new FakeClock()
  const a = candidate(client, clock, 'a')
  await clock.advanceAsync(0)
  const b = candidate(client, clock, 'b')
  await clock.advanceAsync(60_000)
  expect([a.seen.leading, b.seen.leading]).toEqual([true, false])
  expect((await lease(client)).spec).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0, renewTime: '2026-01-01T00:01:00.000000Z', acquireTime: '2026-01-01T00:00:00.000000Z' })
  a.stop()
  await a.done
  expect(a.seen.ended).toBe('stopped')
  await clock.advanceAsync(2500)
  expect(b.seen.leading).toBe(true)
  expect((await lease(client)).spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 })
  b.stop()
})

test('a leader that is cut off stops before anybody else starts', async () => {
  const client = new FakeClient(), clock = new FakeClock()
  const a = candidate(client, clock, 'a')
  await clock.advanceAsync(4000)
  const b = candidate(client, clock, 'b')
  await clock.advanceAsync(1000)
  client.react = (x) => { if ((x.object as Lease | undefined)?.spec?.holderIdentity === 'a') throw new StatusError({ reason: 'ServiceUnavailable', message: 'cut off' }) ; return undefined }
  for (let i = 0; i < 40; i++) {
    await clock.advanceAsync(500)
    expect(a.seen.leading && b.seen.leading).toBe(false)
  }
  expect(b.seen.leading).toBe(true)
  await settle()
  expect(String(a.seen.ended)).toContain('leadership was lost')
  b.stop()
})

test('a call that hangs does not outlive the lease', async () => {
  const client = new FakeClient(), clock = new FakeClock()
  const a = candidate(client, clock, 'a')
  await clock.advanceAsync(3000)
  client.update = (_r, _o, w) => new Promise((_resolve, reject) => { w?.signal?.addEventListener('abort', () => reject(w.signal!.reason as Error)) })
  await clock.advanceAsync(8500)
  expect(a.seen.leading).toBe(true)
  await clock.advanceAsync(1500)
  expect(a.seen.leading).toBe(false)
  await clock.advanceAsync(3000)
  expect(String(a.seen.ended)).toContain('not renewed within 10000 ms')
})

test('a lease is given up although its last renewal was cut short', async () => {
  const client = new FakeClient(), clock = new FakeClock()
  const a = candidate(client, clock, 'a')
  await clock.advanceAsync(3000)
  // As if the answer of a renewal had been lost.
  await client.update(resources.leases, { ...await lease(client) })
  a.stop()
  await a.done
  expect((await lease(client)).spec?.holderIdentity).toBe('')
})
