/** Fields that an apply would change and others hold: who, and the answer that says so. */
import { StatusError } from '../status-error.ts'
import { difference, formatPath, isEmptySet, pathsOf, type FieldSet } from './field-set.ts'
import type { Managed } from './managers.ts'

export class Conflicts extends Error {
  readonly #all: [Managed, FieldSet][]
  constructor(all: [Managed, FieldSet][]) { super('conflicts'); this.#all = all }

  get size(): number { return this.#all.length }
  without(allowed: FieldSet): Conflicts {
    return new Conflicts(this.#all.map(([m, s]): [Managed, FieldSet] => [m, difference(s, allowed)]).filter(([, s]) => !isEmptySet(s)))
  }

  status(): StatusError {
    const list = this.#all.map(([m, s]) => ({ manager: describe(m), paths: [...pathsOf(s)].map(formatPath) })).sort((a, b) => (a.manager < b.manager ? -1 : 1))
    const count = list.reduce((n, l) => n + l.paths.length, 0)
    const message = count === 1
      ? `Apply failed with 1 conflict: conflict with ${list[0]!.manager}: ${list[0]!.paths[0]!}`
      : `Apply failed with ${count} conflicts: ${list.flatMap((l) => [`conflicts with ${l.manager}:`, ...l.paths.map((p) => `- ${p}`)]).join('\n')}`
    return new StatusError({
      reason: 'Conflict', message,
      details: { causes: list.flatMap((l) => l.paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${l.manager}`, field }))) },
    })
  }
}

function describe(m: Managed): string {
  const name = JSON.stringify(m.manager) + (m.subresource ? ` with subresource ${JSON.stringify(m.subresource)}` : '')
  return m.operation === 'Update' ? `${name} using ${m.apiVersion}` : name
}
