import { type Event, resources, StatusError } from '@drydock/api'
import { silentLogger } from '@drydock/base'
import { FakeClient, FakeClock } from '@drydock/testkit'
import { expect, test } from 'vitest'
import { createEventRecorder } from './event-recorder.ts'

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '7' } }
function start() {
  const client = new FakeClient(), clock = new FakeClock()
  const recorder = createEventRecorder({ client, component: 'kubelet', host: 'node-1', log: silentLogger, clock })
  return { client, clock, recorder, events: async () => { await recorder.flush(); return (await client.list(resources.events)).items as Event[] } }
}

test('an event as upstream makes it', async () => {
  const { recorder, events } = start()
  recorder.event(pod, 'Normal', 'Started', 'Started container c', 'spec.containers{c}')
  const [e] = await events()
  expect(e).toMatchObject({
    metadata: { namespace: 'shop' }, reason: 'Started', message: 'Started container c', type: 'Normal', count: 1,
    involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web', uid: 'u1', apiVersion: 'v1', resourceVersion: '7', fieldPath: 'spec.containers{c}' },
    source: { component: 'kubelet', host: 'node-1' }, reportingComponent: 'kubelet', reportingInstance: 'node-1', firstTimestamp: '2026-01-01T00:00:00Z', lastTimestamp: '2026-01-01T00:00:00Z',
  })
  expect(e!.metadata!.name).toMatch(/^web\.[0-9a-f]{16}$/)
})

test('the same again is counted; an object without a namespace goes to default', async () => {
  const { recorder, events, clock } = start()
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1', uid: 'node-1' } }
  for (let i = 0; i < 3; i++) { recorder.event(node, 'Warning', 'NotReady', 'it is not'); clock.advance(1000) }
  const all = await events()
  expect(all).toHaveLength(1)
  expect(all[0]).toMatchObject({ metadata: { namespace: 'default' }, count: 3, type: 'Warning' })
})

test('many alike are combined from the tenth on', async () => {
  const { recorder, events } = start()
  for (let i = 0; i < 15; i++) recorder.event(pod, 'Warning', 'BackOff', `attempt ${i}`)
  const all = await events()
  expect(all).toHaveLength(10)
  expect(all.find((e) => e.message!.startsWith('(combined'))).toMatchObject({ message: '(combined from similar events): attempt 14', count: 6 })
})

test('one object cannot flood: 25, then one every five minutes', async () => {
  const { recorder, client, clock } = start()
  for (let i = 0; i < 60; i++) recorder.event(pod, 'Warning', `Reason${i}`, 'm')
  await recorder.flush()
  expect(client.actions).toHaveLength(25)
  clock.advance(300_000)
  for (let i = 0; i < 5; i++) recorder.event(pod, 'Warning', `Later${i}`, 'm')
  await recorder.flush()
  expect(client.actions).toHaveLength(26)
})

test('an event that has expired is made anew; refusals are dropped', async () => {
  const { recorder, client, events } = start()
  recorder.event(pod, 'Normal', 'Pulled', 'm')
  const [first] = await events()
  await client.delete(resources.events, first!.metadata!.name!, { namespace: 'shop' })
  recorder.event(pod, 'Normal', 'Pulled', 'm')
  expect(await events()).toMatchObject([{ count: 1 }])
  let refused = 0
  client.react = (a) => { if (a.verb === 'create' && ++refused) throw new StatusError({ reason: 'Forbidden', message: 'namespace is being terminated' }); return undefined }
  recorder.event(pod, 'Normal', 'Other', 'm')
  await recorder.flush()
  expect(refused).toBe(1)
})

test('events wait for their delay, but not for a flush', async () => {
  const client = new FakeClient(), clock = new FakeClock()
  const recorder = createEventRecorder({ client, component: 'kubelet', delayMs: 200, log: silentLogger, clock })
  const sent = async () => (await client.list(resources.events)).items.length
  recorder.event(pod, 'Normal', 'Pulled', 'one')
  await clock.advanceAsync(100)
  recorder.event(pod, 'Normal', 'Created', 'two')
  expect(await sent()).toBe(0)
  await clock.advanceAsync(101)
  expect(await sent()).toBe(1)
  await recorder.flush()
  expect(await sent()).toBe(2)
})
