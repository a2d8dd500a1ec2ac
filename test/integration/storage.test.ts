/**
 * The store over a real etcd, and its in-memory twin: the same answers; etcd killed and hung under a writer and a watcher;
 * and three members under mutual TLS, of which each goes in turn.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realClock, silentLogger, systemRandom } from '@drydock/base'
import { EtcdStore, type EtcdStoreOptions, isStorageError, MemoryStore, type Store, type StoreEvent } from '@drydock/storage'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { authority, certificate } from '../../deploy/cli/src/pki.ts'
import { freePort } from '../free-port.ts'

/** One etcd process, that can be killed and comes back with its data. */
class Etcd {
  readonly #args: readonly string[]
  #child: ChildProcess | undefined

  constructor(...args: readonly string[]) { this.#args = args }

  start(): void { this.#child = spawn('etcd', [...this.#args, '--log-level', 'error'], { stdio: 'ignore' }) }
  /** It stands still, as on a machine that hangs. */
  pause(): void { this.#child!.kill('SIGSTOP') }
  resume(): void { this.#child!.kill('SIGCONT') }

  kill(): Promise<void> {
    return new Promise((resolve) => { this.#child!.once('exit', () => resolve()); this.#child!.kill('SIGKILL') })
  }
}

let etcd: Etcd, endpoint: string
const folder = mkdtempSync(join(tmpdir(), 'drydock-storage-')), stores: Store[] = []
beforeAll(async () => {
  const peer = `http://127.0.0.1:${await freePort()}`
  endpoint = `http://127.0.0.1:${await freePort()}`
  etcd = new Etcd('--data-dir', join(folder, 'one'), '--listen-client-urls', endpoint, '--advertise-client-urls', endpoint, '--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`)
  etcd.start()
})
afterAll(async () => {
  for (const s of stores) s.close()
  await etcd.kill()
  rmSync(folder, { recursive: true, force: true })
})

const etcdStore = (o: Partial<EtcdStoreOptions> = {}): Store => {
  const s = new EtcdStore({ endpoints: [endpoint], clock: realClock, random: systemRandom, log: silentLogger, ...o })
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

describe.each([['etcd', () => etcdStore()], ['memory', () => new MemoryStore()]] as const)('%s', (name, make) => {
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

/** A writer and a watcher; what is acknowledged must be in the watch, once and in order, when it ends. */
class Traffic {
  readonly written: number[] = []
  readonly #seen: number[] = []
  readonly #stop = new AbortController()
  readonly #store: Store
  readonly #prefix: string
  readonly #watching: Promise<void>
  readonly #writing: Promise<void>
  #stopped = false

  constructor(store: Store, prefix: string, from: number) {
    this.#store = store
    this.#prefix = prefix
    this.#watching = store.watch({ prefix, fromRevision: from, signal: this.#stop.signal, onEvents: (events) => this.#seen.push(...events.map((e) => e.revision)) })
    this.#writing = this.#write()
    for (const p of [this.#watching, this.#writing]) p.catch(() => {})
  }

  async #write(): Promise<void> {
    for (let n = 0; !this.#stopped; n++) {
      try {
        const r = await this.#store.create(`${this.#prefix}${n}`, v(String(n)))
        if (r.ok) this.written.push(r.revision)
      } catch (e) {
        if (!isStorageError(e, 'Unavailable')) throw e
        // A store that is closed says so at once: without a pause nothing else would run any more.
        await realClock.sleep(5)
      }
    }
  }

  more(what: string): Promise<void> {
    const before = this.written.length
    return until(what, () => this.written.length > before + 50)
  }

  async end(): Promise<void> {
    this.#stopped = true
    await this.#writing
    const last = this.written[this.written.length - 1]!
    await until('all events', () => this.#seen.includes(last))
    this.#stop.abort()
    await this.#watching
    expect(this.#seen).toEqual([...new Set(this.#seen)].sort((a, b) => a - b))
    const seen = new Set(this.#seen)
    expect(this.written.filter((r) => !seen.has(r))).toEqual([])
    expect((await this.#store.range({ prefix: this.#prefix })).items.length).toBeGreaterThanOrEqual(this.written.length)
  }
}

test('etcd killed and back: nothing acknowledged is lost, the watch misses and repeats nothing', async () => {
  const s = etcdStore(), traffic = new Traffic(s, '/registry/killed/', await s.currentRevision() + 1)
  await traffic.more('some writes')
  await etcd.kill()
  etcd.start()
  await traffic.more('writes again')
  await traffic.end()
})

test('etcd hangs: calls end in their time, and all goes on when it does', async () => {
  const s = etcdStore({ timeoutMs: 2000, keepaliveMs: 1000 }), traffic = new Traffic(s, '/registry/hung/', await s.currentRevision() + 1), stop = new AbortController()
  await traffic.more('some writes')
  etcd.pause()
  try {
    const start = realClock.monotonic(), left = s.get('/registry/hung/0', { signal: stop.signal })
    stop.abort(new Error('enough'))
    await expect(left).rejects.toThrow('enough')
    await expect(s.get('/registry/hung/0')).rejects.toMatchObject({ code: 'Unavailable' })
    expect(realClock.monotonic() - start).toBeLessThan(5000)
  } finally { etcd.resume() }
  await traffic.more('writes again')
  await traffic.end()
})

test('three members under mutual TLS: each goes in turn, hung or killed, and writes and watch go on', async () => {
  const pki = join(folder, 'pki'), ca = await authority(pki, 'test', Date.now()), read = (f: string) => readFileSync(join(pki, f))
  await certificate(pki, ca, { name: 'etcd', commonName: 'etcd', hosts: ['127.0.0.1'] }, Date.now())
  await certificate(pki, ca, { name: 'client', commonName: 'client' }, Date.now())
  const all = await Promise.all([0, 1, 2].map(async (i) => ({ name: `m${i}`, client: `https://127.0.0.1:${await freePort()}`, peer: `http://127.0.0.1:${await freePort()}` })))
  const cluster = all.map((m) => `${m.name}=${m.peer}`).join(',')
  const members = all.map((m) => new Etcd('--name', m.name, '--data-dir', join(folder, m.name), '--listen-client-urls', m.client, '--advertise-client-urls', m.client, '--listen-peer-urls', m.peer, '--initial-advertise-peer-urls', m.peer,
    '--initial-cluster', cluster, '--heartbeat-interval', '50', '--election-timeout', '500', '--client-cert-auth', '--trusted-ca-file', join(pki, 'ca.crt'), '--cert-file', join(pki, 'etcd.crt'), '--key-file', join(pki, 'etcd.key')))
  for (const m of members) m.start()
  try {
    const endpoints = all.map((m) => m.client), tls = { ca: read('ca.crt'), cert: read('client.crt'), key: read('client.key') }
    const s = etcdStore({ endpoints, tls, keepaliveMs: 1000 }), traffic = new Traffic(s, '/registry/three/', 1)
    await traffic.more('some writes')
    for (const m of members) {
      m.pause()
      await traffic.more('writes without a member that hangs')
      m.resume()
      await m.kill()
      await traffic.more('writes without a member that is gone')
      m.start()
      await traffic.more('writes with all')
    }
    await traffic.end()
    await expect(etcdStore({ endpoints, tls: { ca: tls.ca }, timeoutMs: 500 }).currentRevision()).rejects.toMatchObject({ code: 'Unavailable' })
  } finally { for (const m of members) await m.kill() }
}, 120_000)
