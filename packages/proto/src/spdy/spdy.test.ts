import { Duplex } from 'node:stream'
import { createDeflate, constants } from 'node:zlib'
import { expect, test } from 'vitest'
import { SpdyConnection, type SpdyStream } from './connection.ts'
import { adler32, dictionary, HeaderReader, HeaderWriter } from './frames.ts'

test('the dictionary is the one of the draft', () => {
  expect(Buffer.from(adler32(dictionary)).toString('hex')).toBe('e3c6a7c2')
})

test('headers written by us and by zlib are read back', async () => {
  const writer = new HeaderWriter(), reader = new HeaderReader()
  for (const h of [{ streamtype: 'error' }, { streamtype: 'data', port: '80' }, {}]) expect(await reader.read(writer.write(h))).toEqual(h)
  const deflate = createDeflate({ dictionary }), out: Buffer[] = [], other = new HeaderReader()
  deflate.on('data', (d: Buffer) => out.push(d))
  for (const v of ['a', 'b']) {
    const plain = Buffer.from(`\0\0\0\x01\0\0\0\x04host\0\0\0\x01${v}`, 'latin1')
    await new Promise<void>((resolve) => { deflate.write(plain, () => deflate.flush(constants.Z_SYNC_FLUSH, resolve)) })
    expect(await other.read(Buffer.concat(out.splice(0)))).toEqual({ host: v })
  }
})

function pipe(): [Duplex, Duplex] {
  const make = (): Duplex => new Duplex({ read() {}, write(d, _e, cb) { setImmediate(() => { peer.get(this)!.push(d); cb() }) }, final(cb) { peer.get(this)!.push(null); cb() } })
  const a = make(), b = make(), peer = new Map([[a, b], [b, a]])
  return [a, b]
}

test('streams carry bytes both ways, half-close, and end with the connection', async () => {
  const [a, b] = pipe(), got: SpdyStream[] = []
  const client = new SpdyConnection(a, { side: 'client' })
  new SpdyConnection(b, { side: 'server', onStream: (s) => { got.push(s); s.pipe(s) } })
  const s = client.open({ streamtype: 'data' }), big = Buffer.alloc(300_000, 7)
  s.end(big)
  const parts: Buffer[] = []
  for await (const d of s) parts.push(d as Buffer)
  expect(Buffer.concat(parts).equals(big)).toBe(true)
  expect(got[0]?.headers).toEqual({ streamtype: 'data' })
  const other = client.open({ streamtype: 'error' })
  const closed = new Promise((resolve) => other.once('close', resolve))
  b.destroy()
  a.destroy()
  await closed
})
