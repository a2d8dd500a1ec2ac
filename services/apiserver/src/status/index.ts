/**
 * What the server itself says of objects: that a definition is established, that an API service can be reached, that a flow
 * schema's level is missing. Each apiserver does it; they agree, so that whoever writes first leaves nothing to the others.
 */
import type { Clock, Logger } from '@drydock/base'
import type { Changes, Reader, StatusWriter } from '../admission/types.ts'
import { apiServices } from './api-services.ts'
import { definitions } from './definitions.ts'
import { flowSchemas } from './flow-schemas.ts'
import { Reconciler } from './reconciler.ts'

export interface StatusDeps { reader: Reader, writer: StatusWriter, changes: Changes, clock: Clock, log: Logger }

export interface StatusKeeper {
  /** Adds the key of every object that may need another status, now and later; gives what ends that. */
  start(add: (key: string) => void): () => void
  reconcile(key: string, signal: AbortSignal): Promise<void>
}

/** Runs until the signal aborts. */
export async function keepStatuses(deps: StatusDeps, signal: AbortSignal): Promise<void> {
  await Promise.all([definitions(deps), apiServices(deps), flowSchemas(deps)].map(async (keeper) => {
    const reconciler = new Reconciler({ clock: deps.clock, log: deps.log, reconcile: (key, s) => keeper.reconcile(key, s) })
    const stop = keeper.start((key) => reconciler.add(key))
    try { await reconciler.run(signal) } finally { stop() }
  }))
}
