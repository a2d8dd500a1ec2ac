import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { silentLogger } from '@drydock/base'
import { FakeClock } from '@drydock/testkit'
import { expect, test } from 'vitest'
import type { Cri } from '../cri/client.ts'
import { runRotation } from './rotate.ts'

/** One container whose runtime writes to its log again once that is reopened. */
async function rig(maxFiles: number) {
  const dir = await mkdtemp(join(tmpdir(), 'kubelet-rotate-')), path = join(dir, '0.log'), stop = new AbortController(), clock = new FakeClock()
  let reopened = 0
  const cri = {
    listContainers: async () => [{ id: 'c' }], containerStatus: async () => ({ status: { logPath: path } }),
    reopenContainerLog: async () => { reopened++; await writeFile(path, '') },
  } as unknown as Cri
  const running = runRotation({ cri, clock, log: silentLogger, maxBytes: 10, maxFiles }, stop.signal)
  return {
    path, dir, reopened: () => reopened,
    /** Passes time until the round that begins now is through. */
    async round(text: string) {
      await writeFile(path, text)
      clock.advance(10_000)
      await expect.poll(() => clock.pending).toBe(1)
    },
    files: async () => (await readdir(dir)).sort(),
    async close() { stop.abort(new Error('the end')); await running; await rm(dir, { recursive: true }) },
  }
}

test('a log is rotated once it is too large, the ones before are compressed, the oldest go', async () => {
  const r = await rig(3)
  try {
    await r.round('short')
    expect([await r.files(), r.reopened()]).toEqual([['0.log'], 0])
    await r.round('the first one')
    expect(await r.files()).toEqual(['0.log', '0.log.20260101-000020'])
    await r.round('the second one')
    expect(await r.files()).toEqual(['0.log', '0.log.20260101-000020.gz', '0.log.20260101-000030'])
    expect(gunzipSync(await readFile(`${r.path}.20260101-000020.gz`)).toString()).toBe('the first one')
    await writeFile(`${r.path}.20260101-000030.tmp`, 'half')
    await r.round('the third one')
    expect([await r.files(), r.reopened()]).toEqual([['0.log', '0.log.20260101-000030.gz', '0.log.20260101-000040'], 3])
  } finally {
    await r.close()
  }
})
test('two files are the least', async () => {
  const r = await rig(2)
  try {
    for (const text of ['the first one', 'the second one']) await r.round(text)
    expect(await r.files()).toEqual(['0.log', '0.log.20260101-000020'])
  } finally {
    await r.close()
  }
})
