import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const main = fileURLToPath(new URL('./testdata/main.ts', import.meta.url))
function start(...args: string[]): { child: ChildProcess, out: () => string, err: () => string, exit: Promise<number | null> } {
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, DRYDOCK_SAMPLE_GREETING: 'from the environment' } })
  let out = '', err = ''
  child.stdout!.on('data', (d) => { out += d })
  child.stderr!.on('data', (d) => { err += d })
  return { child, out: () => out, err: () => err, exit: once(child, 'close').then(([code]) => code as number | null) }
}
async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 400; i++) { if (what()) return; await new Promise((r) => { setTimeout(r, 25) }) }
  throw new Error('never came true')
}

test('runs until SIGTERM, stops gracefully and says so in JSON lines', async () => {
  const p = start('-v=4')
  await until(() => p.out().includes('"started"'))
  p.child.kill('SIGTERM')
  expect(await p.exit).toBe(0)
  const lines = p.out().trim().split('\n').map((l) => JSON.parse(l))
  expect(lines.map((l) => l.msg)).toEqual(['from the environment', 'started', 'stopping', 'closed'])
  expect(lines[0]).toMatchObject({ level: 'debug', component: 'sample' })
})

test.each<[string[], string]>([
  [['--nope'], 'sample: unknown flag: --nope\n'],
  [['--fail=start'], 'sample: refuses to start\n'],
  [['--secure-port=1'], 'sample: --secure-port needs --tls-cert-file and --tls-private-key-file\n'],
  [['--config=/nonexistent.yaml'], 'sample: cannot read --config /nonexistent.yaml: no such file\n'],
])('%j is one clear line and exit code 1', async (args, line) => {
  const p = start(...args)
  expect(await p.exit).toBe(1)
  expect(p.err()).toBe(line)
})

test('a run that ends by itself is a failure', async () => {
  const p = start('--fail=run')
  expect(await p.exit).toBe(1)
  expect(p.err()).toBe('sample: lost its way\n')
})

test('a stop that hangs is cut off', async () => {
  const p = start('--fail=stop', '--shutdown-timeout=100ms')
  await until(() => p.out().includes('"started"'))
  p.child.kill('SIGINT')
  expect(await p.exit).toBe(0)
  expect(p.out()).toContain('graceful stop took too long')
})

test('help', async () => {
  const p = start('--help')
  expect(await p.exit).toBe(0)
  expect(p.out()).toContain('--greeting string')
})
