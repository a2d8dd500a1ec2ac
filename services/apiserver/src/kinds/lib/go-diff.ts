/**
 * Unified differences between two texts as go-difflib writes them (Python's difflib): the longest matching block first, then
 * both sides of it; in long texts, lines that are everywhere do not start a match.
 */
const CONTEXT = 3
const POPULAR_FROM = 200

interface Match { a: number, b: number, size: number }
interface OpCode { equal: boolean, i1: number, i2: number, j1: number, j2: number }

export function unifiedDiff(a: readonly string[], b: readonly string[]): string {
  let out = ''
  for (const group of grouped(opCodes(matchingBlocks(a, b)))) {
    const first = group[0]!
    const last = group.at(-1)!
    out += `@@ -${range(first.i1, last.i2)} +${range(first.j1, last.j2)} @@\n`
    for (const c of group) {
      if (c.equal) for (const line of a.slice(c.i1, c.i2)) out += ` ${line}\n`
      else {
        for (const line of a.slice(c.i1, c.i2)) out += `-${line}\n`
        for (const line of b.slice(c.j1, c.j2)) out += `+${line}\n`
      }
    }
  }
  return out
}

function range(start: number, stop: number): string {
  const length = stop - start
  if (length === 1) return `${start + 1}`
  return `${length === 0 ? start : start + 1},${length}`
}

/** Where each line of b stands, without those that are too common to tell anything. */
function positions(b: readonly string[]): Map<string, number[]> {
  const at = new Map<string, number[]>()
  for (const [i, line] of b.entries()) {
    const list = at.get(line)
    if (list) list.push(i)
    else at.set(line, [i])
  }
  if (b.length < POPULAR_FROM) return at
  const most = Math.floor(b.length / 100) + 1
  for (const [line, list] of at) if (list.length > most) at.delete(line)
  return at
}

function matchingBlocks(a: readonly string[], b: readonly string[]): Match[] {
  const at = positions(b)
  const found: Match[] = []
  const queue: Array<[number, number, number, number]> = [[0, a.length, 0, b.length]]
  for (let q = queue.pop(); q; q = queue.pop()) {
    const [alo, ahi, blo, bhi] = q
    const m = longestMatch(a, b, at, alo, ahi, blo, bhi)
    if (m.size === 0) continue
    found.push(m)
    if (alo < m.a && blo < m.b) queue.push([alo, m.a, blo, m.b])
    if (m.a + m.size < ahi && m.b + m.size < bhi) queue.push([m.a + m.size, ahi, m.b + m.size, bhi])
  }
  found.sort((x, y) => x.a - y.a)
  return [...joined(found), { a: a.length, b: b.length, size: 0 }]
}

/** Blocks that touch are one. */
function joined(blocks: readonly Match[]): Match[] {
  const out: Match[] = []
  for (const m of blocks) {
    const last = out.at(-1)
    if (last && last.a + last.size === m.a && last.b + last.size === m.b) last.size += m.size
    else out.push({ ...m })
  }
  return out
}

function longestMatch(a: readonly string[], b: readonly string[], at: ReadonlyMap<string, number[]>, alo: number, ahi: number, blo: number, bhi: number): Match {
  let best: Match = { a: alo, b: blo, size: 0 }
  let lengths = new Map<number, number>()
  for (let i = alo; i < ahi; i++) {
    const next = new Map<number, number>()
    for (const j of at.get(a[i]!) ?? []) {
      if (j < blo) continue
      if (j >= bhi) break
      const k = (lengths.get(j - 1) ?? 0) + 1
      next.set(j, k)
      if (k > best.size) best = { a: i - k + 1, b: j - k + 1, size: k }
    }
    lengths = next
  }
  // Common lines at either end belong to the block after all.
  while (best.a > alo && best.b > blo && a[best.a - 1] === b[best.b - 1]) best = { a: best.a - 1, b: best.b - 1, size: best.size + 1 }
  while (best.a + best.size < ahi && best.b + best.size < bhi && a[best.a + best.size] === b[best.b + best.size]) best.size++
  return best
}

function opCodes(blocks: readonly Match[]): OpCode[] {
  const out: OpCode[] = []
  let [i, j] = [0, 0]
  for (const m of blocks) {
    if (i < m.a || j < m.b) out.push({ equal: false, i1: i, i2: m.a, j1: j, j2: m.b })
    if (m.size) out.push({ equal: true, i1: m.a, i2: m.a + m.size, j1: m.b, j2: m.b + m.size })
    i = m.a + m.size
    j = m.b + m.size
  }
  return out
}

/** Changes with three lines around them; far ones apart. */
function grouped(codes: OpCode[]): OpCode[][] {
  if (!codes.some((c) => !c.equal)) return []
  const list = codes.map((c) => ({ ...c }))
  const first = list[0]!
  if (first.equal) Object.assign(first, { i1: Math.max(first.i1, first.i2 - CONTEXT), j1: Math.max(first.j1, first.j2 - CONTEXT) })
  const last = list.at(-1)!
  if (last.equal) Object.assign(last, { i2: Math.min(last.i2, last.i1 + CONTEXT), j2: Math.min(last.j2, last.j1 + CONTEXT) })
  const groups: OpCode[][] = []
  let group: OpCode[] = []
  for (const c of list) {
    if (c.equal && c.i2 - c.i1 > 2 * CONTEXT) {
      group.push({ ...c, i2: Math.min(c.i2, c.i1 + CONTEXT), j2: Math.min(c.j2, c.j1 + CONTEXT) })
      groups.push(group)
      group = []
      group.push({ ...c, i1: Math.max(c.i1, c.i2 - CONTEXT), j1: Math.max(c.j1, c.j2 - CONTEXT) })
      continue
    }
    group.push(c)
  }
  if (group.length && !(group.length === 1 && group[0]!.equal)) groups.push(group)
  return groups
}
