/** What goes wrong before or while a cluster starts: one clear line, an exit code, and a way out. */
import { spawn, execFileSync } from 'node:child_process'
import { createServer } from 'node:net'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realClock } from '@drydock/base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drydock, traces } from './cluster.ts'

const id = process.pid.toString(36), api = ['--no-kubeconfig', '--components', 'etcd,nats,apiserver']
let home: string
beforeAll(() => { home = mkdtempSync(join(tmpdir(), 'dd-')) })
afterAll(async () => {
  for (const n of readdirSync(home, { withFileTypes: true })) if (n.isDirectory()) await drydock(home, 'down', '--name', n.name)
  rmSync(home, { recursive: true, force: true })
})

describe('a wrong command line', () => {
  const config = (text: string) => { const f = join(home, 'config.yaml'); writeFileSync(f, text); return f }
  it.each<[says: RegExp, args: (() => string)[] | string[]]>([
    [/--name: a cluster's name is lower-case/, ['up', '--name', 'UP']],
    [/--nodes two: expected a whole number/, ['up', '--nodes', 'two']],
    [/--etcd 2: an even number/, ['up', '--etcd', '2']],
    [/there is no "natz" \(did you mean "nats"\?\)/, ['up', '--components', 'etcd,natz']],
    [/expected <process>\.<flag>=<value>/, ['up', '--set', 'apiserver']],
    [/there is no process "apiserve" \(did you mean "apiserver"\?\)/, ['up', '--set', 'apiserve.v=1']],
    [/knows no flag --disable-admision-plugins \(did you mean "disable-admission-plugins"\?\)/, ['up', '--set', 'apiserver.disable-admision-plugins=x']],
    [/--service-cidr 10\.96: expected an IPv4 network/, ['up', '--service-cidr', '10.96']],
    [/nowhere\.yaml: there is no such file/, ['up', '--config', 'nowhere.yaml']],
    [/not YAML/, ['up', '--config', () => config('{{')] as string[]],
    [/unknown key "node" \(did you mean "nodes"\?\)/, ['up', '--config', () => config('node: 2')] as string[]],
    [/nodes: expected a number, not "two"/, ['up', '--config', () => config('nodes: two')] as string[]],
    [/unknown option '--bogus'/, ['up', '--bogus']],
    [/unknown command 'upp'/, ['upp']],
    [/there is no cluster "none"/, ['status', '--name', 'none']],
    [/there is no cluster "none"/, ['logs', 'apiserver', '--name', 'none']],
    [/--name: a cluster's name/, ['down', '--name', '..']],
  ])('%s', async (says, args) => {
    const r = await drydock(home, ...args.map((a) => (typeof a === 'function' ? a() : a)))
    expect(r.stderr).toMatch(says)
    expect(r.code).toBeGreaterThan(0)
    expect(readdirSync(home).filter((f) => f !== 'config.yaml')).toEqual([])
  })
})

describe('the machine', () => {
  it('has a port in use', async () => {
    const name = `port-${id}`
    expect((await drydock(home, 'up', '--name', name, ...api)).code).toBe(0)
    expect((await drydock(home, 'stop', '--name', name)).code).toBe(0)
    const { slot } = JSON.parse(execFileSync('cat', [join(home, name, 'cluster.json')], { encoding: 'utf8' })) as { slot: number }, port = 10_000 + slot * 40
    const server = createServer()
    await new Promise<void>((ok) => { server.listen(port, '127.0.0.1', ok) })
    try { expect(await drydock(home, 'start', '--name', name)).toMatchObject({ code: 2, stderr: expect.stringMatching(new RegExp(`port ${port}, which apiserver of cluster ${name} needs, is in use`)) as string }) } finally { server.close() }
    expect((await drydock(home, 'start', '--name', name)).code).toBe(0)
    expect((await drydock(home, 'down', '--name', name)).code).toBe(0)
  })

  it('has no room', async () => {
    const small = join(home, 'small')
    mkdirSync(small)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'none', small])
    try {
      expect(await drydock(small, 'up', '--name', `full-${id}`, ...api)).toMatchObject({ code: 2, stderr: expect.stringMatching(/the disk is full: 20 MiB are free .*DRYDOCK_HOME/) as string })
      expect(readdirSync(small)).toEqual([])
    } finally { execFileSync('umount', [small]); rmSync(small, { recursive: true }) }
  })

  // The repository may stand where nobody else can read it.
  const open = (() => { try { execFileSync('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', 'test', '-r', join(import.meta.dirname, '../../deploy/cli/bin/drydock.mjs')]); return true } catch { return false } })()
  it.skipIf(!open)('does not let us (where the repository is open to others)', async () => {
    const other = mkdtempSync(join(tmpdir(), 'dd-')), locked = join(other, 'locked')
    execFileSync('chmod', ['755', other]); mkdirSync(locked, { mode: 0o755 })
    try {
      const nobody = (...args: string[]) => { try { execFileSync('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, join(import.meta.dirname, '../../deploy/cli/bin/drydock.mjs'), 'up', '--name', `no-${id}`, ...args], { env: { ...process.env, DRYDOCK_HOME: locked, HOME: other }, stdio: 'pipe' }); return '' } catch (e) { return String((e as { stderr: Buffer }).stderr) } }
      expect(nobody()).toMatch(/nodes need root/)
      expect(nobody(...api)).toMatch(/locked.*: no permission; run this as root, or set DRYDOCK_HOME/)
    } finally { rmSync(other, { recursive: true, force: true }) }
  })
})

describe('a process that cannot start', () => {
  it('is named with the end of its log', async () => {
    const name = `ends-${id}`
    const r = await drydock(home, 'up', '--name', name, ...api, '--set', 'apiserver.secure-port=many')
    expect(r).toMatchObject({ code: 1, stderr: expect.stringMatching(/apiserver keeps ending \(exit code \d+\); the end of .*apiserver\.log: .*secure-port/) as string })
    expect((await drydock(home, 'down', '--name', name)).code).toBe(0)
  })

  it('for want of the authority’s key is told before it is tried', async () => {
    const name = `key-${id}`
    expect((await drydock(home, 'up', '--name', name, ...api)).code).toBe(0)
    expect((await drydock(home, 'stop', '--name', name)).code).toBe(0)
    rmSync(join(home, name, 'pki', 'ca.key'))
    expect(await drydock(home, 'start', '--name', name)).toMatchObject({ code: 1, stderr: expect.stringMatching(/ca\.key, is missing: put it back, or end the cluster/) as string })
    // The way out that it names.
    expect((await drydock(home, 'stop', '--name', name)).code).toBe(0)
    rmSync(join(home, name, 'pki'), { recursive: true })
    expect((await drydock(home, 'start', '--name', name)).code).toBe(0)
    expect((await drydock(home, 'down', '--name', name)).code).toBe(0)
  })
})

describe('`up` killed on its way', () => {
  const killed = async (name: string, afterMs: number) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../deploy/cli/bin/drydock.mjs'), 'up', '--name', name, '--no-kubeconfig', '--no-sample'], { env: { ...process.env, DRYDOCK_HOME: home }, stdio: 'ignore' })
    const ended = new Promise<void>((ok) => { child.on('exit', () => ok()) })
    await realClock.sleep(afterMs)
    child.kill('SIGKILL')
    await ended
  }

  it.each([100, 250, 500, 900])('after %i ms leaves what `up` completes and `down` removes', async (ms) => {
    const name = `half-${ms}-${id}`
    await killed(name, ms)
    expect(await drydock(home, 'up', '--name', name, '--no-kubeconfig', '--no-sample')).toMatchObject({ code: 0 })
    expect((await drydock(home, 'down', '--name', name)).code).toBe(0)
    await killed(name, ms)
    expect((await drydock(home, 'down', '--name', name)).code).toBe(0)
    expect(existsSync(join(home, name))).toBe(false)
    expect(traces(name, join(home, name))).toEqual([])
  })
})

describe('two clusters at once', () => {
  it('come up side by side and share nothing', async () => {
    const names = ['a', 'b'].map((n) => `${n}-${id}`)
    const ups = await Promise.all(names.map((n) => drydock(home, 'up', '--name', n, '--nodes', '1', '--no-kubeconfig')))
    for (const r of ups) expect(r).toMatchObject({ code: 0 })
    const all = await Promise.all(names.map(async (n) => JSON.parse((await drydock(home, 'status', '--name', n, '-o', 'json')).stdout) as { processes: { pid: number, ports: number[], health: string }[] }))
    for (const what of ['pid', 'ports'] as const) { const l = all.flatMap((s) => s.processes.flatMap((p) => p[what])); expect(new Set(l).size).toBe(l.length) }
    expect((await drydock(home, 'down', '--name', names[0]!)).code).toBe(0)
    expect(traces(names[0]!, join(home, names[0]!))).toEqual([])
    expect(await drydock(home, 'kubectl', '--name', names[1]!, 'get', 'pods')).toMatchObject({ code: 0, stdout: expect.stringMatching(/sample.*Running/) as string })
    expect((await drydock(home, 'down', '--name', names[1]!)).code).toBe(0)
    expect(traces(names[1]!, join(home, names[1]!))).toEqual([])
  })
})
