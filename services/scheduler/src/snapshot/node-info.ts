import { milliAmount, wholeAmount, type Labels, type Node, type Taint } from '@drydock/api'
import type { HostPort, PodInfo } from './pod-info.ts'

const noTaints: readonly Taint[] = []
const NATIVE = new Set(['cpu', 'memory', 'ephemeral-storage', 'pods'])

/**
 * A node as the decision sees it: what it has, what is taken, who is on it. Kept up to date pod by pod, so that a
 * decision copies nothing. Invariants: the `requested` figures are the sums over `pods`; the `free`
 * ones what they leave of the allocatable.
 */
export class NodeInfo {
  readonly name: string
  /** Undefined while pods are bound to a node that does not exist (yet, or any more). */
  node: Node | undefined
  labels: Labels
  taints: readonly Taint[] = noTaints
  unschedulable = false
  /** Whether any taint keeps pods off, or would rather. */
  hasHardTaint = false
  hasSoftTaint = false
  allocatableCpu = 0
  allocatableMemory = 0
  allocatableEphemeral = 0
  allocatablePods = 0
  allocatableScalars: ReadonlyMap<string, number> = new Map()
  requestedCpu = 0
  requestedMemory = 0
  requestedEphemeral = 0
  /** Allocatable less requested, kept beside both: every decision asks hundreds of nodes for it. Negative where too much is there. */
  freeCpu = 0
  freeMemory = 0
  freeEphemeral = 0
  freePods = 0
  readonly requestedScalars = new Map<string, number>()
  nonZeroCpu = 0
  nonZeroMemory = 0
  /** Image name → bytes. */
  images: ReadonlyMap<string, number> = new Map()
  readonly pods = new Map<string, PodInfo>()
  readonly #ports: HostPort[] = []

  constructor(name: string) { this.name = name }

  setNode(node: Node): void {
    this.node = node
    this.labels = node.metadata?.labels
    this.taints = node.spec?.taints ?? noTaints
    this.unschedulable = node.spec?.unschedulable ?? false
    this.hasSoftTaint = this.taints.some((t) => t.effect === 'PreferNoSchedule')
    this.hasHardTaint = this.taints.some((t) => t.effect !== 'PreferNoSchedule')
    const a = node.status?.allocatable ?? node.status?.capacity ?? {}
    this.allocatableCpu = milliAmount(a.cpu)
    this.allocatableMemory = wholeAmount(a.memory)
    this.allocatableEphemeral = wholeAmount(a['ephemeral-storage'])
    this.allocatablePods = wholeAmount(a.pods)
    this.allocatableScalars = new Map(Object.entries(a).filter(([r]) => !NATIVE.has(r)).map(([r, q]) => [r, wholeAmount(q)]))
    this.images = new Map((node.status?.images ?? []).flatMap((i) => (i.names ?? []).map((n) => [n, i.sizeBytes ?? 0] as const)))
    this.#free()
  }

  add(p: PodInfo): void {
    this.pods.set(p.key, p)
    this.#count(p, 1)
    for (const port of p.hostPorts) this.#ports.push(port)
  }

  remove(p: PodInfo): void {
    if (!this.pods.delete(p.key)) return
    this.#count(p, -1)
    for (const port of p.hostPorts) this.#ports.splice(this.#ports.indexOf(port), 1)
  }

  /** Puts a newer version of a pod in the place of the one that is there, where both count the same. */
  swap(p: PodInfo): void { this.pods.set(p.key, p) }

  /** Whether another pod holds the port: on the same address, or either of them on all addresses. */
  portTaken(want: HostPort): boolean {
    for (const p of this.#ports) {
      if (p.port === want.port && p.protocol === want.protocol && (p.ip === want.ip || p.ip === '0.0.0.0' || want.ip === '0.0.0.0')) return true
    }
    return false
  }

  #count(p: PodInfo, sign: 1 | -1): void {
    this.requestedCpu += sign * p.cpu
    this.requestedMemory += sign * p.memory
    this.requestedEphemeral += sign * p.ephemeral
    this.nonZeroCpu += sign * p.nonZeroCpu
    this.nonZeroMemory += sign * p.nonZeroMemory
    for (const [r, n] of p.scalars ?? []) this.requestedScalars.set(r, (this.requestedScalars.get(r) ?? 0) + sign * n)
    this.#free()
  }

  #free(): void {
    this.freeCpu = this.allocatableCpu - this.requestedCpu
    this.freeMemory = this.allocatableMemory - this.requestedMemory
    this.freeEphemeral = this.allocatableEphemeral - this.requestedEphemeral
    this.freePods = this.allocatablePods - this.pods.size
  }
}
