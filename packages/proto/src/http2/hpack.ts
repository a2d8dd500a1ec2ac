/**
 * HPACK (RFC 7541). The decoder is whole: both tables, Huffman, size updates. The encoder uses neither the dynamic table
 * nor Huffman: a block that it makes means the same on every connection, so callers make one per path and keep it.
 */
import { errorCode, Http2Error } from './frames.ts'
import { decodeHuffman } from './huffman.ts'

export interface Header { readonly name: string, readonly value: string }

const staticTable: readonly Header[] = (':authority=|:method=GET|:method=POST|:path=/|:path=/index.html|:scheme=http|:scheme=https|:status=200|:status=204|:status=206|:status=304|:status=400|:status=404|:status=500|'
  + 'accept-charset=|accept-encoding=gzip, deflate|accept-language=|accept-ranges=|accept=|access-control-allow-origin=|age=|allow=|authorization=|cache-control=|content-disposition=|content-encoding=|content-language=|'
  + 'content-length=|content-location=|content-range=|content-type=|cookie=|date=|etag=|expect=|expires=|from=|host=|if-match=|if-modified-since=|if-none-match=|if-range=|if-unmodified-since=|last-modified=|link=|location=|'
  + 'max-forwards=|proxy-authenticate=|proxy-authorization=|range=|referer=|refresh=|retry-after=|server=|set-cookie=|strict-transport-security=|transfer-encoding=|user-agent=|vary=|via=|www-authenticate=')
  .split('|').map((entry) => { const at = entry.indexOf('=', 1); return { name: entry.slice(0, at), value: entry.slice(at + 1) } })

/** What an entry counts for in the table beside its characters. */
const entryOverhead = 32
/** The table's size unless SETTINGS say otherwise; ours never do. */
const maxTableBytes = 4096
const maxListBytes = 1 << 20
const bad = (message: string) => new Http2Error(errorCode.compressionError, `HPACK: ${message}`)

/** One per connection: its table follows every block that comes, of whichever stream, in order. */
export class HeaderDecoder {
  /** Newest last. */
  #table: Header[] = []
  #tableBytes = 0
  #limit = maxTableBytes
  #b: Buffer = none
  #at = 0
  #end = 0

  decode(b: Buffer, start: number, end: number): Header[] {
    this.#b = b
    this.#at = start
    this.#end = end
    const out: Header[] = []
    let bytes = 0
    while (this.#at < end) {
      const first = b[this.#at]!
      if ((first & 0xe0) === 0x20) {
        if (out.length) throw bad('a size update behind a header')
        this.#resize(this.#integer(31))
        continue
      }
      const h = first & 0x80 ? this.#entry(this.#integer(127)) : this.#literal(first)
      bytes += h.name.length + h.value.length + entryOverhead
      if (bytes > maxListBytes) throw bad(`headers of more than ${maxListBytes} bytes`)
      out.push(h)
    }
    this.#b = none
    return out
  }

  #literal(first: number): Header {
    const index = this.#integer(first & 0x40 ? 63 : 15)
    const h = { name: index ? this.#entry(index).name : this.#text(), value: this.#text() }
    if (first & 0x40) this.#add(h)
    return h
  }

  #entry(index: number): Header {
    const h = index <= staticTable.length ? staticTable[index - 1] : this.#table[this.#table.length - (index - staticTable.length)]
    if (!h) throw bad(`there is no entry ${index}`)
    return h
  }

  #add(h: Header): void {
    this.#table.push(h)
    this.#tableBytes += h.name.length + h.value.length + entryOverhead
    this.#evict()
  }

  #resize(bytes: number): void {
    if (bytes > maxTableBytes) throw bad(`a table of ${bytes} bytes is larger than ${maxTableBytes}`)
    this.#limit = bytes
    this.#evict()
  }

  #evict(): void {
    let n = 0
    for (; this.#tableBytes > this.#limit; n++) {
      const h = this.#table[n]!
      this.#tableBytes -= h.name.length + h.value.length + entryOverhead
    }
    if (n) this.#table.splice(0, n)
  }

  #integer(mask: number): number {
    let value = this.#byte() & mask
    if (value < mask) return value
    for (let scale = 1; ; scale *= 128) {
      if (scale > 2 ** 28) throw bad('an integer is too long')
      const b = this.#byte()
      value += (b & 127) * scale
      if (b < 128) return value
    }
  }

  #text(): string {
    const coded = (this.#b[this.#at]! & 0x80) !== 0, size = this.#integer(127), start = this.#at, end = start + size
    if (end > this.#end) throw bad('a string ends behind its block')
    this.#at = end
    return coded ? decodeHuffman(this.#b, start, end) : this.#b.toString('latin1', start, end)
  }

  #byte(): number {
    if (this.#at >= this.#end) throw bad('a block ends in the middle')
    return this.#b[this.#at++]!
  }
}

const none = Buffer.alloc(0)
const staticIndexes = new Map(staticTable.map((h, i) => [`${h.name}\0${h.value}`, i + 1]))
const staticNames = new Map([...staticTable.entries()].reverse().map(([i, h]) => [h.name, i + 1]))

/** Names in lower case, pseudo-headers first. */
export function encodeHeaders(headers: readonly Header[]): Buffer {
  const out: number[] = []
  for (const h of headers) {
    const whole = staticIndexes.get(`${h.name}\0${h.value}`)
    if (whole && h.value) {
      integer(out, 0x80, 127, whole)
      continue
    }
    const name = staticNames.get(h.name) ?? 0
    // A token must not stay in anybody's table (section 7.1.3).
    integer(out, h.name === 'authorization' ? 0x10 : 0, 15, name)
    if (!name) text(out, h.name)
    text(out, h.value)
  }
  return Buffer.from(out)
}

function integer(out: number[], flags: number, mask: number, value: number): void {
  if (value < mask) { out.push(flags | value); return }
  out.push(flags | mask)
  let rest = value - mask
  for (; rest >= 128; rest >>>= 7) out.push((rest & 127) | 128)
  out.push(rest)
}

function text(out: number[], value: string): void {
  const bytes = Buffer.from(value, 'latin1')
  integer(out, 0, 127, bytes.length)
  for (const b of bytes) out.push(b)
}
