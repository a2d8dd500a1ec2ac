import type { BusMessage } from './revision-chain.ts'

/** An event as it travels: the object's JSON with resourceVersion, without kind and apiVersion. */
export interface BusEvent { type: 'ADDED' | 'MODIFIED' | 'DELETED', bytes: Uint8Array }

export interface ChainSubscription {
  group: string
  resource: string
  /** Only this shard. */
  shard?: string | undefined
  onMessage(m: BusMessage<BusEvent>): void
  /** No bookmark for a few seconds, or the connection is gone: called again as long as that lasts. */
  onSilence(): void
}

/** The receiving side of the bus, one per process. */
export interface BusSubscriber {
  /** Returns what ends the subscription. */
  subscribe(s: ChainSubscription): () => void
}
