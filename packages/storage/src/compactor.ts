/**
 * Forgets old revisions as kube-apiserver does: every interval, what was the revision one interval ago is compacted. Any
 * number of apiservers may run one: a guarded key makes one of them do it per interval.
 */
import type { Clock, Logger } from '@drydock/base'
import type { Store } from './types.ts'

const key = 'compact_rev_key'

export interface CompactorOptions { store: Store, clock: Clock, log: Logger, /** Default 300,000; 0 switches it off. */ intervalMs?: number, signal: AbortSignal }

export async function runCompactor(o: CompactorOptions): Promise<void> {
  const interval = o.intervalMs ?? 300_000
  if (interval <= 0) return
  let seen = 0 // revision of the key when this one last looked
  while (!o.signal.aborted) {
    try {
      seen = await compactOnce(o.store, seen, o.signal)
    } catch (e) {
      if (!o.signal.aborted) o.log.warn({ err: e }, 'compaction failed; the next interval tries again')
    }
    await o.clock.sleep(interval, o.signal).catch(() => {})
  }
}

/** One round: true owner if nobody wrote the key since this one last saw it. The key's value is what to compact next time. */
async function compactOnce(store: Store, seen: number, signal: AbortSignal): Promise<number> {
  const { stored, revision } = await store.get(key, { signal })
  if (!stored) {
    const made = await store.create(key, Buffer.from(String(revision)), { signal })
    return made.ok ? made.revision : made.current?.revision ?? 0
  }
  if (stored.revision !== seen) return stored.revision
  const written = await store.update(key, Buffer.from(String(revision)), stored.revision, { signal })
  if (!written.ok) return written.current?.revision ?? 0
  const target = Number(stored.value.toString())
  if (target > 0) await store.compact(target, { signal })
  return written.revision
}
