import { resources, type Pod, type PodStatus } from '@drydock/api'
import { realClock, silentLogger } from '@drydock/base'
import { expect, test } from 'vitest'
import { podOf } from '../testing/builders.ts'
import { createFakeApi } from '../testing/fake-api.ts'
import { createStatusManager } from './manager.ts'

const ready = (status: 'True' | 'False'): PodStatus => ({ phase: 'Running', conditions: [{ type: 'Ready', status }] })

function setUp() {
  const api = createFakeApi()
  const statuses = createStatusManager({ client: api.client, clock: realClock, log: silentLogger, signal: new AbortController().signal })
  const pod = api.put(resources.pods, podOf()) as Pod
  const now = () => api.get(resources.pods, 'n/p') as Pod
  const another = (status: PodStatus) => api.put(resources.pods, { ...now(), status: { ...now().status, ...status } }) as Pod
  return { api, statuses, pod, now, another }
}

test('what another makes of a condition of the kubelet is put right, also while a write is on its way', async () => {
  const { statuses, pod, now, another } = setUp()
  statuses.set(pod, ready('True'))
  await statuses.settled('u')
  statuses.observed(another(ready('False')))
  await statuses.settled('u')
  expect(now().status).toMatchObject(ready('True'))

  statuses.set(pod, { ...ready('True'), podIP: '10.0.0.1' })
  statuses.observed(another(ready('False')))
  await statuses.settled('u')
  expect(now().status).toMatchObject({ ...ready('True'), podIP: '10.0.0.1' })
})

test('echoes of its own writes, older states and others’ conditions are left alone', async () => {
  const { api, statuses, pod, now, another } = setUp()
  statuses.set(pod, ready('False'))
  await statuses.settled('u')
  const before = now()
  statuses.set(pod, ready('True'))
  await statuses.settled('u')
  const writes = api.history.length
  statuses.observed(before)
  statuses.observed(now())
  await statuses.settled('u')
  expect(api.history).toHaveLength(writes)
  statuses.observed(another({ conditions: [{ type: 'Ready', status: 'True' }, { type: 'example.com/gate', status: 'True' }] }))
  await statuses.settled('u')
  expect(api.history).toHaveLength(writes + 1)
})

test('an API that does not take what is said is told once more, not for ever', async () => {
  const { api, statuses, pod } = setUp()
  const patch = api.client.patch.bind(api.client)
  let writes = 0
  api.client.patch = (async (...a: Parameters<typeof patch>) => { writes++; const o = await patch(...a) as Pod; return { ...o, status: ready('False') } }) as never
  statuses.set(pod, ready('True'))
  await statuses.settled('u')
  expect(writes).toBe(2)
})
