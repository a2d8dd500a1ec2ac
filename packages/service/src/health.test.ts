import { expect, test } from 'vitest'
import { createHealth } from './health.ts'

const ask = (h: ReturnType<typeof createHealth>, path: string, query = '') => h.answer(path, new URLSearchParams(query))

test('paths, single checks, verbose and exclude', async () => {
  const h = createHealth()
  h.add('etcd', () => { throw new Error('secret reason') })
  h.add('informer-sync', async () => {}, { readyOnly: true })
  expect(await ask(h, '/other')).toBeUndefined()
  expect(await ask(h, '/healthz')).toEqual({ code: 500, body: '[+]ping ok\n[-]etcd failed: reason withheld\nhealthz check failed\n' })
  expect(await ask(h, '/livez', 'exclude=etcd&verbose')).toEqual({ code: 200, body: '[+]ping ok\n[+]etcd excluded: ok\nlivez check passed\n' })
  expect(await ask(h, '/readyz', 'exclude=etcd&verbose')).toEqual({ code: 200, body: '[+]ping ok\n[+]etcd excluded: ok\n[+]informer-sync ok\nreadyz check passed\n' })
  expect(await ask(h, '/readyz', 'exclude=etcd')).toEqual({ code: 200, body: 'ok' })
  expect(await ask(h, '/livez/ping')).toEqual({ code: 200, body: 'ok' })
  expect(await ask(h, '/livez/informer-sync')).toMatchObject({ code: 404 })
  expect(await ask(h, '/readyz/etcd')).toEqual({ code: 500, body: 'internal server error: secret reason\n' })
})
