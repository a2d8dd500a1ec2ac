import type { Clock, Logger, Random } from '@drydock/base'
import type { Authorizer } from '../auth/types.ts'
import type { Changes, Reader, Writer } from './types.ts'

/** What plugins work with; none has a clock, a store or randomness of its own. */
export interface PluginParts {
  reader: Reader
  changes: Changes
  writer: Writer
  authorizer: Authorizer
  clock: Clock
  random: Random
  log: Logger
}
