/**
 * The protobuf wire format, as far as etcd's messages need it. Hand-written because it stands on the path of every write:
 * values are views of the received frame (no copy) and 64-bit ids that nobody reads are skipped rather than turned into
 * numbers that they do not fit (cluster and member ids are random 64-bit values).
 */

/** Appends fields to a buffer that grows. One writer per message; nested messages are written by their own. */
export class Writer {
  #buffer: Buffer
  #length = 0

  constructor(sizeBytes = 256) { this.#buffer = Buffer.allocUnsafe(sizeBytes) }

  /** Left out when 0, as proto3 does. */
  varint(field: number, value: number): this { return value === 0 ? this : this.number(field, value) }

  /** Written even when 0: a member of a oneof. */
  number(field: number, value: number): this {
    this.#reserve(20)
    this.#raw(field * 8)
    this.#raw(value)
    return this
  }

  bytes(field: number, value: Uint8Array): this {
    this.#reserve(20 + value.length)
    this.#raw(field * 8 + 2)
    this.#raw(value.length)
    this.#buffer.set(value, this.#length)
    this.#length += value.length
    return this
  }

  text(field: number, value: string): this {
    const size = Buffer.byteLength(value)
    this.#reserve(20 + size)
    this.#raw(field * 8 + 2)
    this.#raw(size)
    this.#length += this.#buffer.write(value, this.#length)
    return this
  }

  /** Always written, empty too: presence is what a oneof says. */
  message(field: number, value: Writer): this { return this.bytes(field, value.finish()) }

  finish(): Buffer { return this.#buffer.subarray(0, this.#length) }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + more))
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#buffer = grown
  }

  // Values up to 2^53; no bit operations above 2^31.
  #raw(value: number): void {
    let v = value
    while (v >= 128) {
      this.#buffer[this.#length++] = (v % 128) + 128
      v = Math.floor(v / 128)
    }
    this.#buffer[this.#length++] = v
  }
}

/** Calls `onField` for every field: a number for varints (exact up to 2^53), a view for bytes. */
export function readFields(data: Buffer, onField: (field: number, value: number, bytes: Buffer) => void): void {
  let at = 0
  const varint = (): number => {
    let value = 0, scale = 1
    for (;;) {
      const b = data[at++]
      if (b === undefined) throw new RangeError('protobuf: message ends in the middle of a field')
      value += (b & 127) * scale
      if (b < 128) return value
      scale *= 128
    }
  }
  while (at < data.length) {
    const tag = varint(), field = Math.floor(tag / 8)
    switch (tag & 7) {
      case 0: onField(field, varint(), empty); break
      case 1: at += 8; break
      case 2: { const n = varint(); if (at + n > data.length) throw new RangeError('protobuf: message ends in the middle of a field'); onField(field, 0, data.subarray(at, at + n)); at += n; break }
      case 5: at += 4; break
      default: throw new RangeError(`protobuf: wire type ${tag & 7}`)
    }
  }
}
const empty = Buffer.alloc(0)
