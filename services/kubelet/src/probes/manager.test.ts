import type { Container, Probe } from '@drydock/api'
import { FakeClock } from '@drydock/testkit'
import { expect, test } from 'vitest'
import type { Cri } from '../cri/client.ts'
import { box, containerOf, podOf, runtimeOf } from '../testing/builders.ts'
import { createProbes, type ProbeKind } from './manager.ts'

const exec = { exec: { command: ['check'] } }

/** One container with probes; `exits` is what its command exits with. */
function rig(probes: Partial<Container>) {
  const clock = new FakeClock(), events: string[] = [], changes: string[] = [], state = { exitCode: 0, asked: 0 }
  const cri = { execSync: async () => { state.asked++; return { stdout: Buffer.from('out'), stderr: Buffer.alloc(0), exitCode: state.exitCode } } } as unknown as Cri
  const p = createProbes({ cri, clock, random: { next: () => 0.5 } as never, event: (_pod, c, reason, message) => events.push(`${c.name} ${reason} ${message}`), changed: (uid) => changes.push(uid) })
  const pod = podOf({ containers: [box('a', probes)] }), rt = (id = 'a-0') => runtimeOf([containerOf('a', 'running', { id, startedAt: clock.now() })])
  return { clock, events, changes, state, p, pod, rt, result: (k: ProbeKind, id = 'a-0') => p.result(k, id) }
}
const every = (s: number, more: Partial<Probe> = {}): Probe => ({ ...exec, periodSeconds: s, ...more })

test('readiness is asked at once, and follows what the command says by its thresholds', async () => {
  const r = rig({ readinessProbe: every(5, { failureThreshold: 2 }) })
  r.p.sync(r.pod, r.rt())
  expect(r.result('readiness')).toBe('failure')
  await r.clock.advanceAsync(0)
  expect(r.result('readiness')).toBe('success')
  r.state.exitCode = 1
  await r.clock.advanceAsync(5_000)
  expect(r.result('readiness')).toBe('success')
  await r.clock.advanceAsync(5_000)
  expect(r.result('readiness')).toBe('failure')
  expect(r.events).toEqual(['a Unhealthy Readiness probe failed: out', 'a Unhealthy Readiness probe failed: out'])
})
test('a failed liveness probe asks no more until there is another container', async () => {
  const r = rig({ livenessProbe: every(1, { failureThreshold: 1 }) })
  r.state.exitCode = 1
  r.p.sync(r.pod, r.rt())
  await r.clock.advanceAsync(10_000)
  expect([r.state.asked, r.result('liveness')]).toEqual([1, 'failure'])
  r.p.sync(r.pod, r.rt('a-1'))
  expect(r.result('liveness', 'a-1')).toBe('success')
  await r.clock.advanceAsync(10_000)
  expect([r.state.asked, r.result('liveness', 'a-1'), r.result('liveness')]).toEqual([2, 'failure', undefined])
})
test('other probes wait for the startup probe, which asks no more once it has succeeded', async () => {
  const r = rig({ startupProbe: every(1, { failureThreshold: 99 }), livenessProbe: every(1) })
  r.state.exitCode = 1
  r.p.sync(r.pod, r.rt())
  await r.clock.advanceAsync(3_500)
  expect([r.events.length, new Set(r.events)]).toEqual([4, new Set(['a Unhealthy Startup probe failed: out'])])
  r.state.exitCode = 0
  await r.clock.advanceAsync(1_000)
  expect(r.result('startup')).toBe('success')
  const before = r.state.asked
  await r.clock.advanceAsync(10_000)
  expect(r.state.asked - before).toBe(10) // liveness alone
})

const dying: [string, Partial<Container>, boolean, string[]][] = [
  ['a command that is due', { livenessProbe: every(1) }, true, ['a Unhealthy Liveness probe errored and resulted in unknown state: rpc error: code = Canceled desc = context canceled']],
  ['one that is not due for long', { livenessProbe: every(10) }, true, []],
  ['one in a pod that ends by itself', { livenessProbe: every(1) }, false, []],
  ['a startup command', { startupProbe: every(1, { failureThreshold: 99 }) }, true, ['a Unhealthy Startup probe errored and resulted in unknown state: rpc error: code = Canceled desc = context canceled']],
  ['what waits for the startup probe', { startupProbe: every(10, { failureThreshold: 99 }), livenessProbe: every(1) }, true, []],
]
test.each(dying)('a pod that is killed: %s', async (_name, probes, killed, want) => {
  const r = rig(probes)
  r.state.exitCode = probes.startupProbe ? 1 : 0
  r.p.sync(r.pod, r.rt())
  await r.clock.advanceAsync(1_500)
  r.events.length = 0
  r.p.terminating('u', killed)
  expect(r.events).toEqual(want)
  const asked = r.state.asked
  await r.clock.advanceAsync(20_000)
  expect([r.events, r.state.asked]).toEqual([want, asked])
})
test('a killed pod is still asked whether it is ready, but runs no command for it', async () => {
  const r = rig({ readinessProbe: every(1) })
  r.p.sync(r.pod, r.rt())
  await r.clock.advanceAsync(100)
  r.p.terminating('u', true)
  await r.clock.advanceAsync(1_000)
  expect([r.events, r.result('readiness'), r.state.asked]).toEqual([['a Unhealthy Readiness probe errored and resulted in unknown state: rpc error: code = Canceled desc = context canceled'], 'success', 1])
  r.p.remove('u')
  await r.clock.advanceAsync(5_000)
  expect(r.events.length).toBe(1)
})
