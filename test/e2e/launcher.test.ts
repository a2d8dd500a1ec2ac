/** The launcher: killed, it returns and takes over what runs; `stop` and `down` end everything all the same. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCluster, traces, until, type Cluster } from './cluster.ts'

interface Status { launcher: { pid: number, watchdog: number | null } | null, processes: { name: string, pid: number | null, restarts: number, state: string }[] }
let c: Cluster
beforeAll(async () => { c = await createCluster('launcher', ['--components', 'etcd,nats,apiserver,scheduler,controller-manager']) })
afterAll(() => c?.down())

const status = async () => JSON.parse((await c.drydock('status', '-o', 'json')).stdout) as Status
const pids = (s: Status) => Object.fromEntries(s.processes.map((p) => [p.name, p.pid]))
const alive = (pid: number) => { try { process.kill(pid, 0); return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]![0] !== 'Z' } catch { return false } }
const killLauncher = async () => {
  const { launcher } = await status()
  process.kill(launcher!.pid, 'SIGKILL')
  return launcher!.pid
}
const another = (than: number) => until('another launcher', async () => { const s = await status(); return s.launcher && s.launcher.pid !== than && s.launcher.watchdog ? s : undefined }, 10_000)

describe('a killed launcher', () => {
  it('returns by itself and takes over what runs', async () => {
    const before = pids(await status()), old = await killLauncher(), after = await another(old)
    expect(pids(after)).toEqual(before)
    expect((await c.kubectl('get', 'namespaces')).code).toBe(0)
  })

  it('watches what it took over', async () => {
    const old = await c.pid('scheduler')
    expect((await c.drydock('process', 'kill', 'scheduler')).code).toBe(0)
    const p = await until('the scheduler', async () => { const x = (await status()).processes.find((y) => y.name === 'scheduler'); return x?.pid && x.pid !== old ? x : undefined }, 10_000)
    expect(p.restarts).toBe(1)
  })

  it('leaves stopped what was stopped on purpose', async () => {
    expect((await c.drydock('process', 'stop', 'scheduler')).code).toBe(0)
    const after = await another(await killLauncher())
    expect(after.processes.find((p) => p.name === 'scheduler')?.state).toBe('stopped')
    expect((await c.drydock('process', 'start', 'scheduler')).code).toBe(0)
    await until('the scheduler', async () => (await status()).processes.every((p) => p.state === 'running'))
  })

  it('has another watchdog when that is killed', async () => {
    const { launcher } = await status()
    process.kill(launcher!.watchdog!, 'SIGKILL')
    const s = await until('another watchdog', async () => { const x = await status(); return x.launcher?.watchdog && x.launcher.watchdog !== launcher!.watchdog ? x : undefined }, 10_000)
    expect(s.launcher!.pid).toBe(launcher!.pid)
    await another(await killLauncher())
  })
})

describe('stop', () => {
  it('ends launcher and watchdog too, and nothing returns', async () => {
    const s = await status(), all = [s.launcher!.pid, s.launcher!.watchdog!, ...s.processes.map((p) => p.pid!)]
    expect((await c.drydock('stop')).code).toBe(0)
    await until('the end of all', async () => all.every((p) => !alive(p)), 5_000)
    expect((await status()).launcher).toBeNull()
  })

  it('right after the launcher was killed ends everything as well', async () => {
    expect((await c.drydock('start')).code).toBe(0)
    const before = (await status()).processes.map((p) => p.pid!)
    await killLauncher()
    expect((await c.drydock('stop')).code).toBe(0)
    await until('the end of all', async () => before.every((p) => !alive(p)) && !(await status()).launcher, 5_000)
    expect(traces(c.name, c.folder)).toEqual([])
  })
})

describe('damage', () => {
  it('a missing or damaged certificate and a damaged list of processes are mended at the next start', async () => {
    writeFileSync(join(c.folder, 'pki', 'apiserver.crt'), '')
    writeFileSync(join(c.folder, 'pki', 'etcd.key'), 'x')
    writeFileSync(join(c.folder, 'run', 'processes.json'), '{"running":[')
    expect(await c.drydock('start')).toMatchObject({ code: 0 })
    expect((await c.kubectl('get', 'namespaces')).code).toBe(0)
  })

  it('a cluster whose description is damaged says so, and can be removed', async () => {
    writeFileSync(join(c.folder, 'cluster.json'), '{"name":')
    for (const verb of ['up', 'status', 'start', 'stop']) expect(await c.drydock(verb), verb).toMatchObject({ code: 2, stderr: expect.stringMatching(/^drydock: .*cluster\.json is damaged: .*drydock down --name/) as string })
    expect(await c.drydock('down')).toMatchObject({ code: 0 })
    expect(existsSync(c.folder)).toBe(false)
    expect(traces(c.name, c.folder)).toEqual([])
  })
})
