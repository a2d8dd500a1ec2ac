import { resources } from '@drydock/api'
import type { Kind } from '../kind.ts'

export const configmaps: Kind = { resource: resources.configmaps, allowUnconditionalUpdate: true }
