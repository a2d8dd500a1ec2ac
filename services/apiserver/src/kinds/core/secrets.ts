import { resources } from '@drydock/api'
import type { Kind } from '../kind.ts'
import { ageOf } from '../lib/cells.ts'

export const secrets: Kind = {
  resource: resources.secrets,
  defaults(o) {
    if (!o.type) o.type = 'Opaque'
    // stringData is for writing only: each text goes into data.
    for (const [k, v] of Object.entries((o.stringData ?? {}) as Record<string, string>)) {
      o.data ??= {}
      o.data[k] = Buffer.from(v).toString('base64')
    }
    delete o.stringData
  },
  prepareForUpdate(o, old) {
    // A type left out is taken over: old clients do not send one.
    if (!o.type) o.type = old.type
  },
  fields: (o) => ({ type: o.type ?? '' }),
  cells: (o, c) => [o.metadata.name, o.type ?? '', Object.keys(o.data ?? {}).length, ageOf(o, c)],
  allowUnconditionalUpdate: true,
}
