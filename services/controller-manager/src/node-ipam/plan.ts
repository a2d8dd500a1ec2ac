/** Which part of the cluster's address range a node gets. Pure. */
export class CidrPool {
  readonly #base: bigint
  readonly #bits: number
  readonly #size: bigint
  readonly #mask: number
  readonly #v6: boolean
  readonly #used = new Map<string, string>()
  #next = 0n

  /** `clusterCidr` as 10.244.0.0/16; each node's range has `mask` bits of prefix. */
  constructor(clusterCidr: string, mask: number) {
    const [address = '', prefix = ''] = clusterCidr.split('/')
    this.#v6 = address.includes(':')
    this.#bits = this.#v6 ? 128 : 32
    if (!/^\d+$/.test(prefix) || Number(prefix) > mask || mask > this.#bits) throw new Error(`--cluster-cidr ${clusterCidr} holds no /${mask}`)
    this.#mask = mask
    this.#size = 1n << BigInt(mask - Number(prefix))
    const whole = this.#v6 ? parse6(address) : parse4(address)
    this.#base = (whole >> BigInt(this.#bits - Number(prefix))) << BigInt(this.#bits - Number(prefix))
  }

  /** A node holds the range already. */
  occupy(cidr: string, node: string): void { this.#used.set(cidr, node) }
  release(node: string): void { for (const [cidr, n] of this.#used) if (n === node) this.#used.delete(cidr) }
  held(node: string): string | undefined { for (const [cidr, n] of this.#used) if (n === node) return cidr; return undefined }

  /** The next free range, going round; undefined when all are taken. */
  allocate(node: string): string | undefined {
    for (let tried = 0n; tried < this.#size; tried++) {
      const index = (this.#next + tried) % this.#size
      const cidr = this.#format(this.#base + (index << BigInt(this.#bits - this.#mask)))
      if (this.#used.has(cidr)) continue
      this.#used.set(cidr, node)
      this.#next = index + 1n
      return cidr
    }
    return undefined
  }

  #format(n: bigint): string {
    if (!this.#v6) return `${[24n, 16n, 8n, 0n].map((s) => (n >> s) & 255n).join('.')}/${this.#mask}`
    const groups = Array.from({ length: 8 }, (_, i) => ((n >> BigInt(112 - 16 * i)) & 0xffffn).toString(16))
    return `${groups.join(':').replace(/(^|:)0(:0)+(:|$)/, '::')}/${this.#mask}`
  }
}

const parse4 = (a: string): bigint => a.split('.').reduce((n, p) => (n << 8n) | BigInt(p), 0n)
function parse6(a: string): bigint {
  const [head = '', tail] = a.split('::')
  const left = head ? head.split(':') : []
  const right = tail ? tail.split(':') : []
  const all = tail === undefined ? left : [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right]
  return all.reduce((n, p) => (n << 16n) | BigInt(`0x${p || '0'}`), 0n)
}
