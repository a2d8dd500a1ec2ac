import { resources } from '@drydock/api'
import type { Kind } from '../kind.ts'
import { ageOf } from '../lib/cells.ts'

export const configmaps: Kind = { resource: resources.configmaps, cells: (o, c) => [o.metadata.name, Object.keys(o.data ?? {}).length + Object.keys(o.binaryData ?? {}).length, ageOf(o, c)], allowUnconditionalUpdate: true }
