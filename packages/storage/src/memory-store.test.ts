import { expect, test } from 'vitest'
import { MemoryStore } from './memory-store.ts'
import type { StoreEvent } from './types.ts'

const v = (s: string) => Buffer.from(s)

test('a write holds only while its guard does', async () => {
  const s = new MemoryStore()
  const made = await s.create('/registry/a', v('1'))
  expect(made.ok).toBe(true)
  expect(await s.create('/registry/a', v('2'))).toMatchObject({ ok: false, current: { revision: made.revision } })
  const updated = await s.update('/registry/a', v('2'), made.revision)
  expect(updated).toMatchObject({ ok: true, revision: made.revision + 1 })
  expect(await s.update('/registry/a', v('3'), made.revision)).toMatchObject({ ok: false })
  expect(await s.delete('/registry/a', made.revision)).toMatchObject({ ok: false })
  expect(await s.delete('/registry/a', updated.revision)).toMatchObject({ ok: true })
  expect((await s.get('/registry/a')).stored).toBeUndefined()
})

test('ranges page, and show the past until it is compacted', async () => {
  const s = new MemoryStore()
  for (const k of ['c', 'a', 'b']) await s.create(`/registry/${k}`, v(k))
  const then = await s.currentRevision()
  await s.delete('/registry/a', (await s.get('/registry/a')).stored!.revision)
  const page = await s.range({ prefix: '/registry/', limit: 2, revision: then })
  expect([page.items.map((i) => i.key), page.more, page.count]).toEqual([['/registry/a', '/registry/b'], true, 3])
  expect((await s.range({ prefix: '/registry/', from: `${page.items[1]!.key}\0`, revision: then })).items.map((i) => i.key)).toEqual(['/registry/c'])
  await expect(s.range({ prefix: '/registry/', revision: then + 9 })).rejects.toMatchObject({ code: 'FutureRevision' })
  await s.compact(then + 1)
  await expect(s.range({ prefix: '/registry/', revision: then })).rejects.toMatchObject({ code: 'Compacted' })
})

test('a watch gives every revision from where it starts, once', async () => {
  const s = new MemoryStore(), stop = new AbortController(), seen: StoreEvent[] = []
  const made = await s.create('/registry/a', v('1'))
  await s.create('/other/a', v('1'))
  const watching = s.watch({ prefix: '/registry/', fromRevision: made.revision, signal: stop.signal, onEvents: (e) => seen.push(...e) })
  await s.update('/registry/a', v('2'), made.revision)
  await s.currentRevision()
  stop.abort()
  await watching
  expect(seen.map((e) => [e.revision, e.value?.toString(), e.created])).toEqual([[made.revision, '1', true], [made.revision + 2, '2', false]])
})
