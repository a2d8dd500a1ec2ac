/** Tells by events which volumes a pod waits for, each time they are tried, and once more when it has waited as long as upstream's sync does. */
import type { Pod } from '@drydock/api'
import { backoffMs, type Clock } from '@drydock/base'
import type { PodEvent } from '../runtime/manager.ts'
import type { VolumeError } from './volumes.ts'

export interface MissingVolumes {
  /** Answers in how many milliseconds to try again. */
  tell(pod: Pod, e: VolumeError): number
  /** All volumes are there. */
  found(): void
}

const retry = { initialMs: 500, maxMs: 122_000 }, timeoutMs = 123_000

export function createMissingVolumes(clock: Clock, event: PodEvent): MissingVolumes {
  let tries = 0, since: number | undefined
  return {
    tell(pod, e) {
      const now = clock.monotonic()
      since ??= now
      for (const f of e.failures) event(pod, 'Warning', 'FailedMount', f.message)
      if (now - since >= timeoutMs) {
        since = now
        event(pod, 'Warning', 'FailedMount', `Unable to attach or mount volumes: unmounted volumes=[${e.failures.map((f) => f.volume).sort().join(' ')}], unattached volumes=[], failed to process volumes=[]: context deadline exceeded`)
      }
      return backoffMs(tries++, retry)
    },
    found() { tries = 0; since = undefined },
  }
}
