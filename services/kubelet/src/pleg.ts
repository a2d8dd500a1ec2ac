/**
 * Learns that containers have ended. CRI events where the runtime has them; else containerd's own; else a look every second.
 * Whatever is missed is found by a relist, so that events are only ever a reason to look sooner.
 */
import { grpcCode } from '@drydock/proto/channel'
import * as cri from '@drydock/proto/cri'
import { backoffMs, type Clock, type Logger } from '@drydock/base'
import { isCriCode, type Cri } from './cri/client.ts'
import { containerdExits } from './cri/containerd-events.ts'

export interface PlegOptions {
  cri: Cri, clock: Clock, log: Logger, endpoint: string, runtimeName: string
  exited(id: string): void
  relist(): Promise<void>
}

const relistMs = 1_000, calmRelistMs = 10_000

export async function runPleg(o: PlegOptions, signal: AbortSignal): Promise<void> {
  let streaming = false
  const follow = async () => {
    for (let failures = 0; !signal.aborted; failures++) {
      const source = await pickSource(o, signal)
      if (!source) return // the relist alone
      try {
        streaming = true
        for await (const id of source) { failures = 0; o.exited(id) }
      } catch (e) {
        o.log.warn({ error: String(e) }, 'the stream of container events broke')
      }
      streaming = false
      if (!signal.aborted) await o.clock.sleep(backoffMs(failures, { initialMs: 100, maxMs: 5_000 }), signal)
    }
  }
  const look = async () => {
    for (let failures = 0; !signal.aborted;) {
      try {
        await o.relist()
        failures = 0
      } catch (e) {
        if (signal.aborted) return
        if (failures++ === 0) o.log.warn({ error: String(e) }, 'the runtime cannot be listed')
      }
      await o.clock.sleep(streaming && failures === 0 ? calmRelistMs : relistMs, signal)
    }
  }
  const quiet = (p: Promise<void>) => p.catch((e: unknown) => { if (!signal.aborted) throw e })
  await Promise.all([quiet(follow()), quiet(look())])
}

async function pickSource(o: PlegOptions, signal: AbortSignal): Promise<AsyncIterable<string> | undefined> {
  if (o.runtimeName !== 'containerd') return criEvents(o, signal)
  const probe = new AbortController(), cancel = o.clock.timer(250, () => probe.abort(new Error('it streams')))
  try {
    for await (const _ of o.cri.events(AbortSignal.any([signal, probe.signal]))) break
    return criEvents(o, signal)
  } catch (e) {
    return isCriCode(e, grpcCode.unimplemented) ? ids(containerdExits(o.endpoint, o.clock, signal)) : undefined
  } finally {
    cancel()
  }
}

async function* ids(exits: AsyncIterable<{ containerId: string }>): AsyncIterable<string> {
  for await (const e of exits) yield e.containerId
}

async function* criEvents(o: PlegOptions, signal: AbortSignal): AsyncIterable<string> {
  for await (const e of o.cri.events(signal)) {
    const ended = e.containerEventType === cri.ContainerEventType.CONTAINER_STOPPED_EVENT || e.containerEventType === cri.ContainerEventType.CONTAINER_DELETED_EVENT
    if (ended) yield e.containerId
  }
}
