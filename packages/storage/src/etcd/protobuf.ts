/**
 * The protobuf wire format, as far as etcd's messages need it. Hand-written because it stands on the path of every write:
 * a message is written once, into memory of its exact size, with gRPC's five bytes before it; and it is read where it lies,
 * without objects for what nobody looks at (64-bit ids that fit no number are passed over).
 */

/** Bytes of a varint up to 2^53. */
export function varintBytes(value: number): number {
  let n = 1
  for (let v = value; v >= 128; v = Math.floor(v / 128)) n++
  return n
}
/** Bytes of a field of so many bytes. Field numbers are below 16: one byte. */
export const fieldBytes = (size: number): number => 1 + varintBytes(size) + size
export const numberBytes = (value: number): number => 1 + varintBytes(value)

const grpcHeadBytes = 5

export class Writer {
  readonly #b: Buffer
  #at = grpcHeadBytes

  /** For a message of exactly so many bytes. */
  constructor(sizeBytes: number) {
    this.#b = Buffer.allocUnsafe(grpcHeadBytes + sizeBytes)
    this.#b[0] = 0
    this.#b.writeUInt32BE(sizeBytes, 1)
  }

  number(field: number, value: number): this {
    this.#b[this.#at++] = field * 8
    return this.#varint(value)
  }

  /** Opens a message of so many bytes; what is written next is in it. */
  message(field: number, sizeBytes: number): this {
    this.#b[this.#at++] = field * 8 + 2
    return this.#varint(sizeBytes)
  }

  bytes(field: number, value: Uint8Array): this {
    this.message(field, value.length)
    this.#b.set(value, this.#at)
    this.#at += value.length
    return this
  }

  text(field: number, value: string, sizeBytes: number): this {
    this.message(field, sizeBytes)
    this.#at += this.#b.write(value, this.#at, sizeBytes)
    return this
  }

  /** The message with gRPC's head. Throws when the size was wrong. */
  finish(): Buffer {
    if (this.#at !== this.#b.length) throw new RangeError(`protobuf: ${this.#at - grpcHeadBytes} bytes in a message of ${this.#b.length - grpcHeadBytes}`)
    return this.#b
  }

  // No bit operations: values go up to 2^53.
  #varint(value: number): this {
    let v = value
    for (; v >= 128; v = Math.floor(v / 128)) this.#b[this.#at++] = (v % 128) + 128
    this.#b[this.#at++] = v
    return this
  }
}

const cut = () => new RangeError('protobuf: message ends in the middle of a field')

/** Reads a message field by field: `next` until it is 0; each field is read or skipped. */
export class Reader {
  readonly #b: Buffer
  #at = 0
  #end: number

  constructor(b: Buffer) {
    this.#b = b
    this.#end = b.length
  }

  /** Field number * 8 + wire type; 0 at the end of the message. */
  next(): number { return this.#at < this.#end ? this.varint() : 0 }

  /** Exact up to 2^53. */
  varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      if (this.#at >= this.#end) throw cut()
      const b = this.#b[this.#at++]!
      value += (b & 127) * scale
      if (b < 128) return value
    }
  }

  /** A view. */
  bytes(): Buffer {
    const start = this.#take(this.varint())
    return this.#b.subarray(start, this.#at)
  }

  /** Latin-1: keys are ASCII. */
  text(): string {
    const start = this.#take(this.varint())
    return this.#b.toString('latin1', start, this.#at)
  }

  /** Goes into the message that comes next; answers what `leave` wants when it has been read. */
  enter(): number {
    const outer = this.#end, size = this.varint()
    if (this.#at + size > outer) throw cut()
    this.#end = this.#at + size
    return outer
  }
  leave(outer: number): void {
    this.#at = this.#end
    this.#end = outer
  }

  skip(tag: number): void {
    switch (tag & 7) {
      case 0: this.varint(); break
      case 1: this.#take(8); break
      case 2: this.#take(this.varint()); break
      case 5: this.#take(4); break
      default: throw new RangeError(`protobuf: wire type ${tag & 7}`)
    }
  }

  /** Where the next `size` bytes begin. */
  #take(size: number): number {
    const start = this.#at
    if (start + size > this.#end) throw cut()
    this.#at = start + size
    return start
  }
}
