/** A JSON value as Go prints it with %v: maps as `map[a:1 b:2]`, sorted; lists as `[1 2]`; nil as `<nil>`. */
export function goFormat(v: unknown): string {
  if (v === null || v === undefined) return '<nil>'
  if (Array.isArray(v)) return `[${v.map(goFormat).join(' ')}]`
  if (typeof v === 'object') return `map[${Object.keys(v).sort().map((k) => `${k}:${goFormat((v as Record<string, unknown>)[k])}`).join(' ')}]`
  return String(v)
}
