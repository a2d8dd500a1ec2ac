/**
 * SPDY/3.1 frames (draft-mbelshe-httpbis-spdy-00), as Kubernetes' remote commands and port forwarding speak them: control frames,
 * data frames, and header blocks in one zlib stream per direction. Flow control is not used, as in moby/spdystream.
 */
import { createInflate, type Inflate } from 'node:zlib'

export const frameType = { synStream: 1, synReply: 2, rstStream: 3, settings: 4, ping: 6, goAway: 7, headers: 8, windowUpdate: 9 } as const
export const flagFin = 1

export type Headers = Record<string, string>
export type Frame =
  | { kind: 'data', streamId: number, fin: boolean, data: Buffer }
  | { kind: 'control', type: number, flags: number, payload: Buffer }

const words = 'options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization cache-control connection content-base content-encoding content-language content-length content-location content-md5 content-range content-type date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get status'.split(' ')
const tail = '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.'
const prefixed = (s: string): Buffer => { const b = Buffer.alloc(4 + s.length); b.writeUInt32BE(s.length, 0); b.write(s, 4, 'latin1'); return b }

/** The dictionary that both sides' header compression starts from (section 2.6.10.1). */
export const dictionary = Buffer.concat([...[...words, '200 OK', 'version', 'HTTP/1.1', 'url', 'public', 'set-cookie', 'keep-alive', 'origin'].map(prefixed), Buffer.from(tail, 'latin1')])

export function dataFrame(streamId: number, data: Buffer, fin: boolean): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(streamId & 0x7fffffff, 0)
  head.writeUInt32BE(((fin ? flagFin : 0) << 24 | data.length) >>> 0, 4)
  return data.length ? Buffer.concat([head, data]) : head
}

export function controlFrame(type: number, flags: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt16BE(0x8003, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt32BE((flags << 24 | payload.length) >>> 0, 4)
  return Buffer.concat([head, payload])
}

/** Cuts a byte stream into frames. Throws for a frame longer than any peer of ours sends. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);
  *push(chunk: Buffer): Generator<Frame> {
    this.#rest = this.#rest.length ? Buffer.concat([this.#rest, chunk]) : chunk
    while (this.#rest.length >= 8) {
      const length = this.#rest.readUInt32BE(4) & 0xffffff
      if (this.#rest.length < 8 + length) return
      const flags = this.#rest[4]!, payload = this.#rest.subarray(8, 8 + length), first = this.#rest.readUInt32BE(0)
      this.#rest = this.#rest.subarray(8 + length)
      if (first & 0x80000000) {
        if ((first >>> 16 & 0x7fff) !== 3) throw new Error(`SPDY version ${first >>> 16 & 0x7fff} is not spoken here`)
        yield { kind: 'control', type: first & 0xffff, flags, payload }
      } else yield { kind: 'data', streamId: first, fin: (flags & flagFin) !== 0, data: payload }
    }
  }
}

function plainHeaders(headers: Headers): Buffer {
  const count = Buffer.alloc(4), entries = Object.entries(headers)
  count.writeUInt32BE(entries.length, 0)
  return Buffer.concat([count, ...entries.flatMap(([k, v]) => [prefixed(k.toLowerCase()), prefixed(v)])])
}

/** An empty stored block, as Z_SYNC_FLUSH ends with: Go's inflater hands data out only when the next block begins. */
const syncFlush = Buffer.from([0, 0, 0, 0xff, 0xff])


/** Writes header blocks as stored (uncompressed) blocks of one zlib stream: valid for every inflater, and without state. */
export class HeaderWriter {
  #begun = false
  write(headers: Headers): Buffer {
    const plain = plainHeaders(headers), stored = Buffer.alloc(5)
    stored.writeUInt16LE(plain.length, 1)
    stored.writeUInt16LE(~plain.length & 0xffff, 3)
    const begin = this.#begun ? Buffer.alloc(0) : Buffer.from([0x78, 0xbb, ...adler32(dictionary)])
    this.#begun = true
    return Buffer.concat([begin, stored, plain, syncFlush])
  }
}

/** Adler-32 as zlib writes it. */
export function adler32(data: Buffer): number[] {
  let a = 1, b = 0
  for (const x of data) { a = (a + x) % 65_521; b = (b + a) % 65_521 }
  return [b >> 8, b & 255, a >> 8, a & 255]
}

const maxHeaderBytes = 64 * 1024

/** Reads header blocks, one after the other. */
export class HeaderReader {
  readonly #inflate: Inflate = createInflate({ dictionary })
  read(block: Buffer): Promise<Headers> {
    return new Promise((resolve, reject) => {
      const parts: Buffer[] = []
      let size = 0
      const onData = (d: Buffer) => { size += d.length; if (size <= maxHeaderBytes) parts.push(d) }
      const done = (e?: Error | null) => {
        this.#inflate.off('data', onData).off('error', done)
        if (e || size > maxHeaderBytes) reject(e ?? new Error('SPDY headers are too long'))
        else try { resolve(parseHeaders(Buffer.concat(parts))) } catch (x) { reject(x as Error) }
      }
      this.#inflate.on('data', onData).once('error', done)
      this.#inflate.write(block, () => done())
    })
  }
  close(): void { this.#inflate.destroy() }
}

function parseHeaders(b: Buffer): Headers {
  const out: Headers = {}
  let at = 4
  const text = () => { const n = b.readUInt32BE(at); at += 4; if (at + n > b.length) throw new Error('SPDY headers are cut off'); const s = b.toString('latin1', at, at + n); at += n; return s }
  for (let i = b.readUInt32BE(0); i > 0; i--) { const k = text(); out[k.toLowerCase()] = text() }
  return out
}
