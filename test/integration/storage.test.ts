/** The store over a real etcd, and its in-memory twin: the same answers; and etcd killed under a writer and a watcher. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realClock, silentLogger, systemRandom } from '@drydock/base'
import { EtcdStore, isStorageError, MemoryStore, type Store, type StoreEvent } from '@drydock/storage'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const freePort = (): Promise<number> => new Promise((resolve) => {
  const s = createServer().listen(0, '127.0.0.1', () => { const { port } = s.address() as { port: number }; s.close(() => resolve(port)) })
})

/** One etcd of its own, that can be killed and comes back with its data. */
class Etcd {
  readonly folder = mkdtempSync(join(tmpdir(), 'drydock-storage-'))
  endpoint = ''
  #child: ChildProcess | undefined
  #args: string[] = []

  async start(): Promise<void> {
    if (!this.endpoint) {
      const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`]
      this.endpoint = client
      this.#args = ['--data-dir', this.folder, '--listen-client-urls', client, '--advertise-client-urls', client, '--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`, '--log-level', 'error']
    }
    this.#child = spawn('etcd', this.#args, { stdio: 'ignore' })
  }

  kill(): Promise<void> {
    return new Promise((resolve) => { this.#child!.once('exit', () => resolve()); this.#child!.kill('SIGKILL') })
  }

  async remove(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

let etcd: Etcd
const stores: Store[] = []
beforeAll(async () => { etcd = new Etcd(); await etcd.start() })
afterAll(async () => { for (const s of stores) s.close(); await etcd.remove() })

const etcdStore = (): Store => {
  const s = new EtcdStore({ endpoints: [etcd.endpoint], clock: realClock, random: systemRandom, log: silentLogger })
  stores.push(s)
  return s
}
const until = async (what: string, holds: () => boolean): Promise<void> => {
  const end = Date.now() + 20_000
  while (!holds()) {
    if (Date.now() > end) throw new Error(`not in time: ${what}`)
    await realClock.sleep(10)
  }
}
const v = (s: string) => Buffer.from(s)

describe.each([['etcd', etcdStore], ['memory', () => new MemoryStore()]] as const)('%s', (name, make) => {
  test('guards, ranges, history, compaction', async () => {
    const s = make(), prefix = `/registry/${name}-a/`
    const made = await s.create(`${prefix}b`, v('1'))
    expect(made.ok).toBe(true)
    expect(await s.create(`${prefix}b`, v('2'))).toMatchObject({ ok: false, current: { key: `${prefix}b`, revision: made.revision } })
    const updated = await s.update(`${prefix}b`, v('2'), made.revision)
    expect(await s.update(`${prefix}b`, v('3'), made.revision)).toMatchObject({ ok: false, current: { revision: updated.revision } })
    for (const k of ['a', 'c', 'd']) await s.create(prefix + k, v(k))
    const page = await s.range({ prefix, limit: 2 })
    expect([page.items.map((i) => i.key.slice(prefix.length)), page.more, page.count]).toEqual([['a', 'b'], true, 4])
    expect((await s.range({ prefix, from: `${prefix}b\0`, limit: 9 })).items.map((i) => i.value.toString())).toEqual(['c', 'd'])
    expect((await s.range({ prefix, revision: made.revision })).items.map((i) => i.value.toString())).toEqual(['1'])
    await expect(s.range({ prefix, revision: 10 ** 9 })).rejects.toMatchObject({ code: 'FutureRevision' })
    expect(await s.delete(`${prefix}b`, made.revision)).toMatchObject({ ok: false })
    expect(await s.delete(`${prefix}b`, updated.revision)).toMatchObject({ ok: true })
    expect(await s.delete(`${prefix}b`, updated.revision)).toMatchObject({ ok: false, current: undefined })
    await s.compact(updated.revision + 1)
    await expect(s.range({ prefix, revision: made.revision })).rejects.toMatchObject({ code: 'Compacted' })
    await expect(s.watch({ prefix, fromRevision: made.revision, signal: new AbortController().signal, onEvents() {} })).rejects.toMatchObject({ code: 'Compacted' })
  })

  test('a watch has every revision once, in order', async () => {
    const s = make(), prefix = `/registry/${name}-w/`, stop = new AbortController(), seen: StoreEvent[] = []
    const first = await s.create(`${prefix}a`, v('1'))
    const watching = s.watch({ prefix, fromRevision: first.revision, signal: stop.signal, onEvents: (e) => seen.push(...e) })
    const second = await s.update(`${prefix}a`, v('2'), first.revision)
    await s.delete(`${prefix}a`, second.revision)
    await until('three events', () => seen.length === 3)
    stop.abort()
    await watching
    expect(seen.map((e) => [e.value?.toString(), e.created])).toEqual([['1', true], ['2', false], [undefined, false]])
  })
})

test('etcd killed and back: nothing acknowledged is lost, the watch misses and repeats nothing', async () => {
  const s = etcdStore(), prefix = '/registry/killed/', stop = new AbortController()
  const seen: number[] = [], written: number[] = []
  const start = await s.currentRevision()
  const watching = s.watch({ prefix, fromRevision: start + 1, signal: stop.signal, onEvents: (events) => seen.push(...events.map((e) => e.revision)) })
  let running = true
  const writing = (async () => {
    for (let n = 0; running; n++) {
      try {
        const r = await s.create(`${prefix}${n}`, v(String(n)))
        if (r.ok) written.push(r.revision)
      } catch (e) { if (!isStorageError(e, 'Unavailable')) throw e }
    }
  })()
  await until('some writes', () => written.length > 50)
  await etcd.kill()
  await etcd.start()
  const before = written.length
  await until('writes again', () => written.length > before + 50)
  running = false
  await writing
  const last = written[written.length - 1]!
  await until('all events', () => seen.includes(last))
  stop.abort()
  await watching
  expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b))
  for (const r of written) expect(seen).toContain(r)
  expect((await s.range({ prefix })).items.length).toBeGreaterThanOrEqual(written.length)
})
