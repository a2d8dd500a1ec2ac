import { resources } from '@drydock/api'
import type { Kind } from '../kind.ts'
import { sealed, validateConfigMap } from './validate/secrets.ts'
import { ageOf } from '../lib/cells.ts'

export const configmaps: Kind = {
  resource: resources.configmaps,
  validate: (o) => validateConfigMap(o as never),
  validateUpdate: (o, old) => [...sealed(o as never, old as never), ...validateConfigMap(o as never)],
  cells: (o, c) => [o.metadata.name, Object.keys(o.data ?? {}).length + Object.keys(o.binaryData ?? {}).length, ageOf(o, c)],
  allowUnconditionalUpdate: true,
}
