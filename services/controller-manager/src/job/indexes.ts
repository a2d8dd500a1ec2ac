import type { Pod } from '@drydock/api'

export const INDEX = 'batch.kubernetes.io/job-completion-index'
export const INDEX_FAILURES = 'batch.kubernetes.io/job-index-failure-count'

export function indexOf(pod: Pod): number | undefined {
  const v = pod.metadata?.annotations?.[INDEX]
  return v !== undefined && /^\d+$/.test(v) ? Number(v) : undefined
}
export const indexFailures = (pod: Pod): number => Number(pod.metadata?.annotations?.[INDEX_FAILURES] ?? 0) || 0

/** `1,3-5` as a set; numbers from `completions` on are dropped. */
export function parseIndexes(text: string | undefined, completions: number): Set<number> {
  const out = new Set<number>()
  for (const part of (text ?? '').split(',')) {
    const m = /^(\d+)(?:-(\d+))?$/.exec(part)
    if (!m) continue
    const last = Math.min(Number(m[2] ?? m[1]), completions - 1)
    for (let i = Number(m[1]); i <= last; i++) out.add(i)
  }
  return out
}

export function formatIndexes(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b)
  const parts: string[] = []
  for (let i = 0; i < sorted.length;) {
    let j = i
    while (sorted[j + 1] === sorted[j]! + 1) j++
    parts.push(i === j ? `${sorted[i]}` : j === i + 1 ? `${sorted[i]},${sorted[j]}` : `${sorted[i]}-${sorted[j]}`)
    i = j + 1
  }
  return parts.join()
}
