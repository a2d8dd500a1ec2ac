/** Printed columns of custom resources (apiextensions-apiserver's table convertor). */
import { goJSON } from '@drydock/api'
import type { ApiObject } from '../admission/types.ts'
import type { Kind } from '../kinds/kind.ts'
import { since } from '../kinds/lib/print.ts'
import { find } from './json-path.ts'

export interface Column { name: string, type: string, format?: string, description?: string, priority?: number, jsonPath: string }

const AGE: Column = { name: 'Age', type: 'date', description: 'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata', jsonPath: '.metadata.creationTimestamp' }

export function printed(given: readonly Column[] | undefined): Required<Pick<Kind, 'cells' | 'columns'>> {
  const list = given?.length ? given : [AGE]
  return {
    columns: [['Name', 'string', 'name', 0], ...list.map((c) => [c.name, c.type, c.format ?? '', c.priority ?? 0, c.description ?? `Custom resource definition column (in JSONPath format): ${c.jsonPath}`] as const)],
    cells: (o, c) => [o.metadata['name'], ...list.map((column) => cell(o, column, c.now))],
  }
}

function cell(o: ApiObject, c: Column, now: number): unknown {
  const value = find(o, c.jsonPath)[0]
  if (value === undefined || value === null) return null
  switch (c.type) {
    case 'string': return typeof value === 'string' ? value : goJSON(sorted(value))
    case 'integer': return typeof value === 'number' ? Math.trunc(value) : null
    case 'number': return typeof value === 'number' ? value : null
    case 'boolean': return typeof value === 'boolean' ? value : null
    case 'date': return typeof value !== 'string' ? null : Number.isNaN(Date.parse(value)) ? '<invalid>' : since(value, now)
    default: return null
  }
}

/** As Go writes maps. */
function sorted(v: unknown): unknown {
  if (Array.isArray(v)) return v.map(sorted)
  if (typeof v !== 'object' || v === null) return v
  return Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, x]) => [k, sorted(x)]))
}
