/** The protobuf wire format: varints, length-delimited fields, and a reader over a buffer. No schema here. */

export class WireError extends Error {}

const growFrom = 1024

/** Writes fields one after the other; nested messages are written in place and their length put before them. */
export class Writer {
  #buffer = Buffer.allocUnsafe(growFrom)
  #length = 0

  get length(): number { return this.#length }
  finish(): Buffer { return this.#buffer.subarray(0, this.#length) }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return
    const bigger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes))
    this.#buffer.copy(bigger, 0, 0, this.#length)
    this.#buffer = bigger
  }

  /** A non-negative integer up to 2^53, or a negative one as the ten bytes of its 64-bit form. */
  varint(n: number): void {
    this.#room(10)
    if (n < 0 || n > Number.MAX_SAFE_INTEGER) return this.#varint64(BigInt.asUintN(64, BigInt(Math.trunc(n))))
    while (n > 0x7f) {
      this.#buffer[this.#length++] = (n % 128) | 0x80
      n = Math.floor(n / 128)
    }
    this.#buffer[this.#length++] = n
  }

  #varint64(n: bigint): void {
    while (n > 0x7fn) {
      this.#buffer[this.#length++] = Number(n & 0x7fn) | 0x80
      n >>= 7n
    }
    this.#buffer[this.#length++] = Number(n)
  }

  tag(field: number, wireType: number): void { this.varint(field * 8 + wireType) }

  int(field: number, n: number): void { this.tag(field, 0); this.varint(n) }
  bool(field: number, v: boolean): void { this.int(field, v ? 1 : 0) }
  double(field: number, v: number): void { this.tag(field, 1); this.#room(8); this.#length = this.#buffer.writeDoubleLE(v, this.#length) }

  string(field: number, s: string): void {
    this.tag(field, 2)
    const size = Buffer.byteLength(s)
    this.varint(size)
    this.#room(size)
    this.#length += this.#buffer.write(s, this.#length, 'utf8')
  }

  bytes(field: number, b: Uint8Array): void { this.tag(field, 2); this.varint(b.length); this.raw(b) }

  raw(b: Uint8Array): void {
    this.#room(b.length)
    this.#buffer.set(b, this.#length)
    this.#length += b.length
  }

  /** A nested message: what `write` writes, with its length before it. */
  message(field: number, write: () => void): void {
    this.tag(field, 2)
    const start = this.#length
    write()
    const size = this.#length - start, prefix = varintSize(size)
    this.#room(prefix)
    this.#buffer.copy(this.#buffer, start + prefix, start, this.#length)
    const end = this.#length + prefix
    this.#length = start
    this.varint(size)
    this.#length = end
  }
}

function varintSize(n: number): number {
  let size = 1
  while (n > 0x7f) { n = Math.floor(n / 128); size++ }
  return size
}

/** Reads fields of one message; bounds are checked. */
export class Reader {
  readonly #b: Buffer
  #at = 0
  constructor(b: Buffer) { this.#b = b }

  get done(): boolean { return this.#at >= this.#b.length }

  varint(): bigint {
    let out = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#b[this.#at++]
      if (byte === undefined) throw new WireError('unexpected EOF')
      out |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, out)
    }
    throw new WireError('proto: integer overflow')
  }

  /** The next field's number and wire type. */
  tag(): { field: number, wireType: number } {
    const t = Number(this.varint())
    return { field: Math.floor(t / 8), wireType: t % 8 }
  }

  chunk(): Buffer {
    const size = Number(this.varint())
    if (size > this.#b.length - this.#at) throw new WireError('unexpected EOF')
    return this.#b.subarray(this.#at, this.#at += size)
  }

  double(): number {
    if (this.#at + 8 > this.#b.length) throw new WireError('unexpected EOF')
    const v = this.#b.readDoubleLE(this.#at)
    this.#at += 8
    return v
  }

  skip(wireType: number): void {
    if (wireType === 0) this.varint()
    else if (wireType === 1) this.double()
    else if (wireType === 2) this.chunk()
    else if (wireType === 5) {
      if (this.#at + 4 > this.#b.length) throw new WireError('unexpected EOF')
      this.#at += 4
    } else throw new WireError(`proto: illegal wireType ${wireType}`)
  }
}
