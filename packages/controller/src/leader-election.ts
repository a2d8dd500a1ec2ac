/**
 * Leader election over Lease objects, as client-go's leaderelection with its LeaseLock. One holder at a time, as far as
 * clocks run at the same speed: others wait a whole lease duration, by their own clock, since they last saw the lease
 * change; the holder stops `renewDeadlineMs` after its last renewal began. Times written in the lease are never compared.
 */
import { isStatus, type Lease, resources, StatusError } from '@drydock/api'
import { type Clock, formatMicroTime, type Logger, type Random, realClock, systemRandom } from '@drydock/base'
import type { Client } from '@drydock/client'

export interface LeaderElectionOptions {
  client: Client
  /** Of the Lease; default kube-system. */ namespace?: string
  /** Of the Lease: `kube-scheduler`. */
  name: string
  /** Of this process; no two may share it: `host_uuid`. */
  identity: string
  log: Logger
  clock?: Clock
  random?: Random
  /** Default 15,000. */ leaseDurationMs?: number
  /** Default 10,000. */ renewDeadlineMs?: number
  /** Default 2,000. */ retryPeriodMs?: number
}

const jitter = 1.2

/**
 * Waits until this process is leader, then runs `lead` until it ends, the signal aborts, or leadership is lost: then its
 * signal aborts, it is awaited, and this throws (a process that has led ends then, so that nothing of its view lives on).
 * The lease is released at the end.
 */
export async function runWhenLeader(o: LeaderElectionOptions, signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const election = new Election(o)
  if (!await election.acquire(signal)) return
  o.log.info({ lease: o.name, identity: o.identity }, 'became leader')
  const own = new AbortController()
  const leading = AbortSignal.any([signal, own.signal])
  let lost: unknown
  const renewing = election.renew(leading).catch((error: unknown) => { lost = error; own.abort(error) })
  try {
    await lead(leading)
  } catch (error) {
    if (lost === undefined) throw error
  } finally {
    own.abort(new Error('leading has ended'))
    await renewing
    await election.release()
  }
  if (lost !== undefined) throw new Error(`leadership was lost: ${lost instanceof Error ? lost.message : String(lost)}`, { cause: lost })
}

class Election {
  readonly #o: Required<LeaderElectionOptions>
  /** The lease as last seen, and when by the monotonic clock it was last seen to change. */
  #seen: Lease | undefined
  #seenAt = 0

  constructor(o: LeaderElectionOptions) {
    this.#o = { namespace: 'kube-system', clock: realClock, random: systemRandom, leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2000, ...o }
    const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = this.#o
    if (leaseDurationMs <= renewDeadlineMs || renewDeadlineMs <= jitter * retryPeriodMs) throw new RangeError('leader election wants lease duration > renew deadline > 1.2 × retry period')
  }

  get #holder(): string { return this.#seen?.spec?.holderIdentity ?? '' }

  /** False: the signal aborted first. */
  async acquire(signal: AbortSignal): Promise<boolean> {
    const { clock, random, retryPeriodMs, renewDeadlineMs } = this.#o
    while (!signal.aborted) {
      if (await this.#within(renewDeadlineMs, signal)) return true
      await clock.sleep(retryPeriodMs * (1 + (jitter - 1) * random.next()), signal).catch(() => {})
    }
    return false
  }

  /** Renews until the signal aborts; throws when the deadline passes without a renewal. */
  async renew(signal: AbortSignal): Promise<void> {
    const { clock, retryPeriodMs, renewDeadlineMs, identity } = this.#o
    let renewedAt = clock.monotonic()
    while (!signal.aborted) {
      await clock.sleep(Math.min(retryPeriodMs, Math.max(0, renewedAt + renewDeadlineMs - clock.monotonic())), signal).catch(() => {})
      if (signal.aborted) return
      const began = clock.monotonic()
      if (await this.#within(renewedAt + renewDeadlineMs - began, signal)) renewedAt = began
      else if (this.#holder !== identity) throw new Error(`${this.#holder || 'nobody'} holds the lease ${this.#o.name} now`)
      else if (clock.monotonic() - renewedAt >= renewDeadlineMs) throw new Error(`the lease ${this.#o.name} was not renewed within ${renewDeadlineMs} ms`)
    }
  }

  /** Gives the lease up so that the next one need not wait; best effort, within two seconds. */
  async release(): Promise<void> {
    if (!this.#seen || this.#holder !== this.#o.identity) return
    const limit = new AbortController()
    const cancel = this.#o.clock.timer(2000, () => limit.abort(new Error('releasing took too long')))
    try {
      await this.#giveUp(this.#seen, limit.signal)
    } catch (error) {
      this.#o.log.info({ err: error, lease: this.#o.name }, 'the lease was not given up; others wait until it runs out')
    } finally {
      cancel()
    }
  }

  async #giveUp(lease: Lease, signal: AbortSignal): Promise<void> {
    const { client, namespace, name, identity, clock } = this.#o, now = formatMicroTime(clock.now())
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: now, acquireTime: now }
    try {
      await client.update(resources.leases, { ...lease, spec }, { namespace, signal })
    } catch (error) {
      // A renewal that was cut short may have been written.
      if (!isStatus(error, 'Conflict')) throw error
      const current = await client.get(resources.leases, name, { namespace, signal })
      if (current.spec?.holderIdentity === identity) await client.update(resources.leases, { ...current, spec }, { namespace, signal })
    }
  }

  // One try that gives up when `ms` are over: a call that hangs must not outlive the lease.
  async #within(ms: number, signal: AbortSignal): Promise<boolean> {
    const limit = new AbortController()
    const cancel = this.#o.clock.timer(Math.max(0, ms), () => limit.abort(new StatusError({ reason: 'Timeout', message: 'the deadline has passed' })))
    try {
      return await this.#acquireOrRenew(AbortSignal.any([signal, limit.signal]))
    } catch (error) {
      if (signal.aborted) return false
      if (!isStatus(error, 'Conflict') && !isStatus(error, 'AlreadyExists')) this.#o.log.warn({ err: error, lease: this.#o.name }, 'the lease could not be taken or renewed')
      return false
    } finally {
      cancel()
    }
  }

  async #acquireOrRenew(signal: AbortSignal): Promise<boolean> {
    const { client, namespace, name, identity, clock } = this.#o
    // The holder writes on what it knows; only a refusal makes it read.
    if (this.#seen && this.#holder === identity) {
      try { return await this.#write(this.#seen, signal) } catch (error) { if (!isStatus(error, 'Conflict') && !isStatus(error, 'NotFound')) throw error }
    }
    let lease: Lease
    try {
      lease = await client.get(resources.leases, name, { namespace, signal })
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error
      const object: Lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace }, spec: this.#spec(undefined) }
      this.#saw(await client.create(resources.leases, object, { namespace, signal }))
      return true
    }
    this.#saw(lease)
    const durationMs = (lease.spec?.leaseDurationSeconds ?? 0) * 1000
    if (this.#holder && this.#holder !== identity && this.#seenAt + durationMs > clock.monotonic()) return false
    return this.#write(lease, signal)
  }

  async #write(lease: Lease, signal: AbortSignal): Promise<boolean> {
    this.#saw(await this.#o.client.update(resources.leases, { ...lease, spec: this.#spec(lease) }, { namespace: this.#o.namespace, signal }))
    return true
  }

  #spec(lease: Lease | undefined): NonNullable<Lease['spec']> {
    const now = formatMicroTime(this.#o.clock.now()), same = lease?.spec?.holderIdentity === this.#o.identity
    const transitions = lease?.spec?.leaseTransitions ?? 0
    return {
      ...lease?.spec, holderIdentity: this.#o.identity, leaseDurationSeconds: Math.ceil(this.#o.leaseDurationMs / 1000), renewTime: now,
      acquireTime: same ? lease?.spec?.acquireTime ?? now : now, leaseTransitions: lease && !same ? transitions + 1 : transitions,
    }
  }

  #saw(lease: Lease): void {
    if (this.#seen?.metadata?.resourceVersion !== lease.metadata?.resourceVersion) this.#seenAt = this.#o.clock.monotonic()
    this.#seen = lease
  }
}
