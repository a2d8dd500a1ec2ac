/** Both layouts of cgroups, on a directory that has the kernel's files where the kernel would put them. */
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { silentLogger } from '@drydock/base'
import { afterEach, expect, test } from 'vitest'
import { box, podOf } from '../testing/builders.ts'
import { createCgroups } from './cgroups.ts'

const dirs: string[] = []
afterEach(async () => { for (const d of dirs.splice(0)) await rm(d, { recursive: true, force: true }) })

async function rig(files: string[]) {
  const mount = await mkdtemp(join(tmpdir(), 'kubelet-cgroups-'))
  dirs.push(mount)
  for (const f of files) { await mkdir(dirname(join(mount, f)), { recursive: true }); await writeFile(join(mount, f), '') }
  return { c: createCgroups({ root: '/me', driver: 'cgroupfs', log: silentLogger, mount }), mount, read: (f: string) => readFile(join(mount, f), 'utf8') }
}
const burstable = podOf({ containers: [box('a', { resources: { requests: { cpu: '500m', memory: '32Mi' }, limits: { cpu: '1', memory: '64Mi' } } }), box('b', { resources: { requests: { cpu: '100m' }, limits: { cpu: '500m', memory: '64Mi' } } })] })
const sure = podOf({ containers: [box('a', { resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } } })] }, { uid: 'g' })
const half = podOf({ containers: [box('a', { resources: { requests: { cpu: '1' }, limits: { cpu: '1' } } }), box('b')] }, { uid: 'h' })

const v2 = (path: string) => ['cpu.weight', 'cpu.max', 'memory.max', 'cgroup.subtree_control'].map((f) => `${path}/${f}`)
const unified = ['cgroup.controllers', 'cgroup.subtree_control', ...['me', 'me/kubepods', 'me/kubepods/burstable', 'me/kubepods/besteffort', 'me/kubepods/podg', 'me/kubepods/burstable/podu', 'me/kubepods/burstable/podh', 'me/kubepods/besteffort/podb'].flatMap(v2)]

test('v2: weights and limits of a pod, controllers handed down to it, its share of the class', async () => {
  const { c, read } = await rig(unified)
  expect(c.parentOf(burstable)).toBeUndefined() // not before it is known to work
  expect(await c.ensure(burstable)).toBe('/me/kubepods/burstable/podu')
  expect(c.parentOf(burstable)).toBe('/me/kubepods/burstable/podu')
  const at = 'me/kubepods/burstable'
  expect([await read(`${at}/podu/cpu.weight`), await read(`${at}/podu/cpu.max`), await read(`${at}/podu/memory.max`), await read(`${at}/cpu.weight`)]).toEqual(['24', '150000 100000', String(128 * 2 ** 20), '24'])
  for (const level of ['', 'me/', 'me/kubepods/', `${at}/`]) expect(await read(`${level}cgroup.subtree_control`)).toMatch(/^\+/)
  expect(await read(`${at}/podu/cgroup.subtree_control`)).toBe('') // the runtime's affair
})
test('v2: a guaranteed pod stands beside the classes; one container without a limit leaves the pod without', async () => {
  const { c, read } = await rig(unified)
  expect([await c.ensure(sure), await c.ensure(half)]).toEqual(['/me/kubepods/podg', '/me/kubepods/burstable/podh'])
  expect([await read('me/kubepods/podg/cpu.max'), await read('me/kubepods/podg/memory.max')]).toEqual(['100000 100000', String(2 ** 30)])
  expect([await read('me/kubepods/burstable/podh/cpu.max'), await read('me/kubepods/burstable/podh/memory.max')]).toEqual(['max 100000', 'max'])
})
test('v2: best effort gets the least; a class gives back what its pods had', async () => {
  const { c, read } = await rig(unified)
  await c.ensure(podOf({}, { uid: 'b' }))
  expect([await read('me/kubepods/besteffort/podb/cpu.weight'), await read('me/kubepods/besteffort/cpu.weight')]).toEqual(['1', '1'])
  c.adopt(half) // of an earlier kubelet
  await c.ensure(burstable)
  expect(await read('me/kubepods/burstable/cpu.weight')).toBe('63')
  await c.remove('u')
  await c.remove('h')
  expect(await read('me/kubepods/burstable/cpu.weight')).toBe('1')
})
test('v1: shares, quota and limit, each in its hierarchy', async () => {
  const pod = 'me/kubepods/burstable/podu'
  const { c, read } = await rig(['cpu/cgroup.procs', 'memory/cgroup.procs', 'pids/cgroup.procs', `cpu/me/kubepods/burstable/cpu.shares`, ...['cpu.shares', 'cpu.cfs_period_us', 'cpu.cfs_quota_us'].map((f) => `cpu/${pod}/${f}`), `memory/${pod}/memory.limit_in_bytes`])
  expect(await c.ensure(burstable)).toBe(`/${pod}`)
  expect([await read(`cpu/${pod}/cpu.shares`), await read(`cpu/${pod}/cpu.cfs_quota_us`), await read(`memory/${pod}/memory.limit_in_bytes`), await read('cpu/me/kubepods/burstable/cpu.shares')]).toEqual(['614', '150000', String(128 * 2 ** 20), '614'])
})
test('what is there is found, and removed from every hierarchy, made by this process or not', async () => {
  const { c, mount } = await rig(['cpu/cgroup.procs', 'memory/cgroup.procs', 'pids/cgroup.procs'])
  await c.ensure(burstable)
  for (const d of ['cpu', 'memory', 'freezer']) await mkdir(join(mount, d, 'me/kubepods/podother/container'), { recursive: true })
  expect((await c.present()).sort()).toEqual(['other', 'u'])
  await c.remove('u')
  await c.remove('other')
  expect(await c.present()).toEqual([])
  expect(await readdir(join(mount, 'freezer/me/kubepods'))).toEqual([])
})
test('without hierarchies pods get none, and nothing is tried', async () => {
  const { c, mount } = await rig(['something'])
  expect([await c.ensure(burstable), c.parentOf(burstable), await c.present()]).toEqual(['', '', []])
  expect(await readdir(mount)).toEqual(['something'])
})
