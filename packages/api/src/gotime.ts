/** Times as Go's time package reads them (RFC 3339), with its errors, and as metav1 writes them. */

const rfc3339 = '2006-01-02T15:04:05Z07:00'
const rfc3339Micro = '2006-01-02T15:04:05.000000Z07:00'

export class TimeError extends Error {}

const daysIn = (y: number, m: number) => new Date(Date.UTC(y, m, 0)).getUTCDate()

interface Parsed { ms: number, micros: number }

// time.Parse for the two layouts that the API uses: each element is cut from the front; the error names what was left.
function parse(value: string, layout: string): Parsed {
  let rest = value
  const bad = (elem: string, what = rest): never => {
    throw new TimeError(`parsing time ${JSON.stringify(value)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(what)} as ${JSON.stringify(elem)}`)
  }
  const range = (what: string): never => { throw new TimeError(`parsing time ${JSON.stringify(value)}: ${what} out of range`) }
  const digits = (n: number, elem: string): number => {
    if (!new RegExp(`^\\d{${n}}`).test(rest)) bad(elem)
    const v = Number(rest.slice(0, n))
    rest = rest.slice(n)
    return v
  }
  const lit = (c: string) => { if (rest[0] !== c) bad(c); rest = rest.slice(1) }
  const year = digits(4, '2006'); lit('-')
  const month = digits(2, '01'); if (month < 1 || month > 12) range('month'); lit('-')
  const day = digits(2, '02'); lit('T')
  const hour = digits(2, '15'); if (hour > 23) range('hour'); lit(':')
  const minute = digits(2, '04'); if (minute > 59) range('minute'); lit(':')
  const second = digits(2, '05'); if (second > 59) range('second')
  let micros = 0
  const fraction = /^[.,](\d+)/.exec(rest)
  if (layout === rfc3339Micro) {
    if (!/^\.\d{6}/.test(rest)) bad('.000000')
    micros = Number(rest.slice(1, 7))
    rest = rest.slice(7)
  } else if (fraction) {
    micros = Math.trunc(Number(`0.${fraction[1]!}`) * 1e6)
    rest = rest.slice(fraction[0].length)
  }
  let offset = 0
  if (rest[0] === 'Z') rest = rest.slice(1)
  else {
    const m = /^([+-])(\d\d):(\d\d)/.exec(rest)
    if (!m) return bad('Z07:00')
    offset = (m[1] === '-' ? -1 : 1) * (Number(m[2]) * 60 + Number(m[3]))
    rest = rest.slice(6)
  }
  if (rest) throw new TimeError(`parsing time ${JSON.stringify(value)}: extra text: ${JSON.stringify(rest)}`)
  if (day < 1 || day > daysIn(year, month)) range('day')
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second)
  return { ms: date.getTime() - offset * 60_000, micros }
}

const plain = /^\d{4}-(0[1-9]|1[0-2])-([01]\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/

/** metav1.Time: any RFC 3339 text → UTC in seconds. Throws TimeError in Go's words. */
export function canonicalTime(text: string): string {
  return plain.test(text) ? text : new Date(parse(text, rfc3339).ms).toISOString().slice(0, 19) + 'Z'
}

/** metav1.MicroTime: exactly six fractional digits. */
export function canonicalMicroTime(text: string): string {
  const t = parse(text, rfc3339Micro)
  return `${new Date(t.ms).toISOString().slice(0, 19)}.${String(t.micros).padStart(6, '0')}Z`
}
