export { FakeClock, settle } from './fake-clock.ts'
export { FakeClient, type FakeAction } from './fake-client.ts'
export { seededRandom } from './seeded-random.ts'
