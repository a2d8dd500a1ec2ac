/** How the command speaks: a line per finished step, a spinner-free line while it runs, errors in one clear line. */
import { realClock } from '@drydock/base'

const tty = () => process.stderr.isTTY === true

/** Runs one step and says how long it took. */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  const t = realClock.monotonic()
  if (tty()) process.stderr.write(`• ${title} …`)
  try {
    const v = await work()
    process.stderr.write(`${tty() ? '\r\x1b[K' : ''}✔ ${title} (${((realClock.monotonic() - t) / 1000).toFixed(2)} s)\n`)
    return v
  } catch (e) {
    process.stderr.write(`${tty() ? '\r\x1b[K' : ''}✘ ${title}\n`)
    throw e
  }
}

export function table(rows: readonly (readonly string[])[]): string {
  const width: number[] = []
  for (const r of rows) r.forEach((c, i) => { width[i] = Math.max(width[i] ?? 0, c.length) })
  return rows.map((r) => r.map((c, i) => (i === r.length - 1 ? c : c.padEnd(width[i]! + 3))).join('')).join('\n')
}

export function age(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000))
  return s < 120 ? `${s}s` : s < 7200 ? `${Math.floor(s / 60)}m` : s < 172_800 ? `${Math.floor(s / 3600)}h` : `${Math.floor(s / 86_400)}d`
}
