/**
 * As much of ASN.1's distinguished encoding (X.690) as certificates need: writing values, and walking through those that
 * are there. By hand because a library for all of X.509 takes longer to load than a cluster's keys take to make.
 */

const bytes = (parts: readonly (Uint8Array | string)[]) => Buffer.concat(parts.map((p) => (typeof p === 'string' ? Buffer.from(p) : p)))

/** One value: tag, length, content. */
export function value(tag: number, ...content: (Uint8Array | string)[]): Buffer {
  const body = bytes(content), size: number[] = []
  for (let n = body.length; n > 0; n = Math.floor(n / 256)) size.unshift(n % 256)
  return bytes([Uint8Array.of(tag), body.length < 128 ? Uint8Array.of(body.length) : Uint8Array.of(128 + size.length, ...size), body])
}

export const sequence = (...items: Uint8Array[]): Buffer => value(0x30, ...items)
export const set = (...items: Uint8Array[]): Buffer => value(0x31, ...items)
export const octets = (content: Uint8Array): Buffer => value(0x04, content)
export const utf8 = (s: string): Buffer => value(0x0c, s)
export const truth = value(0x01, Uint8Array.of(0xff))
export const bits = (content: Uint8Array, unused = 0): Buffer => value(0x03, Uint8Array.of(unused), content)

/** A number that is not negative, from its big-endian bytes. */
export function integer(n: Uint8Array): Buffer {
  let from = 0
  while (from < n.length - 1 && n[from] === 0) from++
  return value(0x02, ...(n[from]! > 127 ? [Uint8Array.of(0)] : []), n.subarray(from))
}

/** Object identifier, from its dotted form. */
export function oid(dotted: string): Buffer {
  const [a, b, ...rest] = dotted.split('.').map(Number), out: number[] = [a! * 40 + b!]
  for (const n of rest) {
    const septets = [n % 128]
    for (let m = Math.floor(n / 128); m > 0; m = Math.floor(m / 128)) septets.unshift(128 + m % 128)
    out.push(...septets)
  }
  return value(0x06, Uint8Array.from(out))
}

/** UTCTime until 2049, GeneralizedTime from then on (RFC 5280, 4.1.2.5); whole seconds. */
export function time(ms: number): Buffer {
  const text = `${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`
  return Number(text.slice(0, 4)) < 2050 ? value(0x17, text.slice(2)) : value(0x18, text)
}

/** The values inside a constructed one, each with its own tag and length; throws where lengths do not fit. */
export function inside(der: Uint8Array): Buffer[] {
  const [from, to] = bounds(der), out: Buffer[] = []
  for (let at = from; at < to;) {
    const rest = der.subarray(at, to), end = bounds(rest)[1]
    out.push(Buffer.from(rest.subarray(0, end))); at += end
  }
  return out
}

/** Where a value's content begins and ends. */
function bounds(der: Uint8Array): [from: number, to: number] {
  const first = der[1] ?? 0, more = first < 128 ? 0 : first - 128
  let length = more ? 0 : first
  for (let i = 0; i < more; i++) length = length * 256 + (der[2 + i] ?? 0)
  const from = 2 + more, to = from + length
  if (der.length < 2 || more > 4 || to > der.length) throw new Error('not a DER value')
  return [from, to]
}
