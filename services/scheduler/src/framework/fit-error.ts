import type { Rejection } from './types.ts'

/** Upstream's FitError: how many nodes there are, and how many of them say what. */
export function fitMessage(nodes: number, o: { every?: string, reasons?: Iterable<readonly string[]>, after?: string }): string {
  let message = `0/${nodes} nodes are available:`
  if (o.every !== undefined) message += ` ${o.every}.`
  else {
    const lines = tally(o.reasons ?? [])
    if (lines.length > 0) message += ` ${lines.join(', ')}.`
  }
  return o.after ? `${message} ${o.after}` : message
}

function tally(reasons: Iterable<readonly string[]>): string[] {
  const counts = new Map<string, number>()
  for (const list of reasons) for (const r of list) counts.set(r, (counts.get(r) ?? 0) + 1)
  return [...counts].map(([r, n]) => `${n} ${r}`).sort()
}

/** The plugins that refused anything: what the pod waits to hear of. */
export const pluginsOf = (rejections: Iterable<Rejection>): Set<string> => new Set([...rejections].map((r) => r.plugin))
