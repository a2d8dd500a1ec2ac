/** Address arithmetic of service ranges; IPv4 and IPv6. */

/** The address `index` places after the network address of a CIDR: 1 is the first that is given out. */
export function addressOf(cidr: string, index: number): string {
  const [base, bits] = cidr.split('/') as [string, string]
  const v6 = base.includes(':')
  const size = v6 ? 128n : 32n
  const host = size - BigInt(bits)
  const network = (toNumber(base) >> host) << host
  return fromNumber(network + BigInt(index), v6)
}

function toNumber(address: string): bigint {
  if (!address.includes(':')) return address.split('.').reduce((n, part) => (n << 8n) + BigInt(part), 0n)
  const [head = '', tail] = address.split('::')
  const left = head ? head.split(':') : [], right = tail ? tail.split(':') : []
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0')
  return [...left, ...zeros, ...right].reduce((n, part) => (n << 16n) + BigInt(`0x${part}`), 0n)
}

function fromNumber(n: bigint, v6: boolean): string {
  if (!v6) return [24n, 16n, 8n, 0n].map((s) => (n >> s) & 255n).join('.')
  const groups = Array.from({ length: 8 }, (_, i) => ((n >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(':')
  return new URL(`http://[${groups}]`).hostname.slice(1, -1)
}
