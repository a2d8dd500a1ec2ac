import { resources } from '@drydock/api'
import type { Kind } from '../kind.ts'

export const serviceaccounts: Kind = { resource: resources.serviceaccounts, allowUnconditionalUpdate: true }
