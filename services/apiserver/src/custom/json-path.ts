/** The JSON paths of printed columns, as far as columns use them: names, indexes, stars and filters by equality. */
type Step = { kind: 'name', name: string } | { kind: 'index', index: number } | { kind: 'all' } | { kind: 'filter', path: string[], value: unknown }

const token = /\.((?:\\.|[^.[\]\\])+)|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]|\[(-?\d+)\]|\[\*\]|\.\*|\[\?\(@\.([\w.-]+)\s*==\s*("[^"]*"|'[^']*'|[\w.-]+)\)\]/y
const unescaped = (s: string): string => s.replace(/\\(.)/g, '$1')

/** Undefined: a path that is not understood. */
function steps(path: string): Step[] | undefined {
  const out: Step[] = []
  for (let at = 0; at < path.length;) {
    token.lastIndex = at
    const m = token.exec(path)
    if (!m) return undefined
    at = token.lastIndex
    const name = m[1] ?? m[2] ?? m[3]
    if (name !== undefined) out.push({ kind: 'name', name: unescaped(name) })
    else if (m[4] !== undefined) out.push({ kind: 'index', index: Number(m[4]) })
    else if (m[5] !== undefined) out.push({ kind: 'filter', path: m[5].split('.'), value: literal(m[6]!) })
    else out.push({ kind: 'all' })
  }
  return out
}

function literal(text: string): unknown {
  if (/^["']/.test(text)) return text.slice(1, -1)
  try { return JSON.parse(text) } catch { return text }
}

/** What a path leads to, all of it. */
export function find(o: unknown, path: string): unknown[] {
  let found: unknown[] = [o]
  for (const s of steps(path) ?? [{ kind: 'index', index: NaN } as const]) found = found.flatMap((v) => step(v, s))
  return found
}

function step(v: unknown, s: Step): unknown[] {
  if (v === null || typeof v !== 'object') return []
  const list = Array.isArray(v) ? v as unknown[] : undefined
  switch (s.kind) {
    case 'name': return !list && Object.hasOwn(v, s.name) ? [(v as Record<string, unknown>)[s.name]] : []
    case 'index': { const x = list?.at(s.index); return x === undefined ? [] : [x] }
    case 'all': return list ?? Object.values(v)
    case 'filter': return (list ?? []).filter((x) => s.path.reduce<unknown>((y, k) => (y as Record<string, unknown> | null | undefined)?.[k], x) === s.value)
  }
}
