/** HPACK's Huffman code (RFC 7541, appendix B), to read it. It is canonical: the lengths of its codes say everything. */
import { errorCode, Http2Error } from './frames.ts'

/** Bits of each byte's code, a digit of base 36 for each; the 257th stands for the end of a string and never appears in one. */
const lengths = [...('dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6ca' + 'd67777777777777777777777878djde6f56565666577666567655677777fbeds'
  + 'kmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmn' + 'qqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrq' + 'u')].map((d) => Number.parseInt(d, 36))
const longest = 30, endOfString = 256
/** How many codes there are of each length, and the symbols in the order of their codes. */
const counts = Array.from({ length: longest + 1 }, (_, bits) => lengths.filter((l) => l === bits).length)
const symbols = lengths.map((bits, symbol) => ({ bits, symbol })).sort((a, b) => a.bits - b.bits || a.symbol - b.symbol).map((s) => s.symbol)

export function decodeHuffman(b: Buffer, start: number, end: number): string {
  const out = Buffer.allocUnsafe(Math.ceil((end - start) * 8 / 5))
  let size = 0, code = 0, bits = 0, first = 0, index = 0, ones = true
  for (let at = start; at < end; at++) {
    for (let bit = 7; bit >= 0; bit--) {
      const one = (b[at]! >> bit) & 1
      code = code * 2 + one
      first *= 2
      bits++
      ones &&= one === 1
      const count = counts[bits]!
      if (code - first < count) {
        const symbol = symbols[index + code - first]!
        if (symbol === endOfString) throw new Http2Error(errorCode.compressionError, 'HPACK: a string holds its own end')
        out[size++] = symbol
        code = bits = first = index = 0
        ones = true
      } else {
        index += count
        first += count
      }
    }
  }
  if (bits > 7 || !ones) throw new Http2Error(errorCode.compressionError, 'HPACK: a string is not padded with ones')
  return out.toString('latin1', 0, size)
}
