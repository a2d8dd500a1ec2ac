import { isStatus, resources, type EndpointSlice, type Node, type Pod, type Service } from '@drydock/api'
import type { Informer } from '@drydock/client'
import type { ControllerContext, ControllerDefinition, Running } from '../shared/context.ts'
import { Expectations } from '../shared/expectations.ts'
import { podInformer } from '../shared/informers.ts'
import { controllerRef } from '../shared/owner.ts'
import { isNamespaceTerminating } from '../shared/pod-control.ts'
import { followServices, isHeadless, isSelecting, podsOf } from '../shared/service-pods.ts'
import { planSlices } from './plan.ts'

const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'
const MANAGER = 'endpointslice-controller.k8s.io'
const SERVICE_NAME = 'kubernetes.io/service-name'

/** Keeps the EndpointSlices of Services that select pods. */
export const endpointSlice: ControllerDefinition = { name: 'endpointslice-controller', create: (c) => new EndpointSliceController(c) }

const sliceOptions = { indexers: { service: (s: EndpointSlice) => [`${s.metadata?.namespace}/${s.metadata?.labels?.[SERVICE_NAME] ?? ''}`] } }
export const sliceInformer = (c: ControllerContext): Informer<EndpointSlice> => c.informers.informer(resources.endpointslices, sliceOptions)

class EndpointSliceController implements Running {
  readonly #c: ControllerContext
  readonly #services: Informer<Service>
  readonly #pods: Informer<Pod>
  readonly #nodes: Informer<Node>
  readonly #slices: Informer<EndpointSlice>
  readonly #expectations: Expectations
  readonly run: Running['run']

  constructor(c: ControllerContext) {
    this.#c = c
    this.#services = c.informers.informer(resources.services)
    this.#pods = podInformer(c.informers)
    this.#nodes = c.informers.informer(resources.nodes)
    this.#slices = sliceInformer(c)
    this.#expectations = new Expectations(c.clock)
    const controller = c.controller({ name: 'endpointslice-controller', workers: 5, reconcile: (key, signal) => this.#reconcile(key, signal) })
    followServices(c, controller)
    const seen = (s: EndpointSlice, gone = false) => {
      this.#expectations.observe(s, gone)
      if (s.metadata?.labels?.[MANAGED_BY] === MANAGER) controller.enqueue(`${s.metadata.namespace}/${s.metadata.labels[SERVICE_NAME]}`)
    }
    this.#slices.on({ add: (s) => seen(s), update: (s) => seen(s), delete: (s) => seen(s, true) })
    this.run = (signal) => controller.run(signal)
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<void> {
    const service = this.#services.store.get(key)
    if (!service) return this.#expectations.forget(key) // the slices are the garbage collector's
    if (!isSelecting(service) || service.metadata?.deletionTimestamp !== undefined || !this.#expectations.satisfied(key)) return
    const pods = podsOf(service, this.#pods)
    const existing = this.#slices.store.byIndex('service', key).filter((s) => s.metadata?.labels?.[MANAGED_BY] === MANAGER && s.metadata.deletionTimestamp === undefined)
    const families = service.spec?.ipFamilies?.length ? service.spec.ipFamilies : ['IPv4']
    const labels = labelsFor(service)
    const stale = existing.filter((s) => !families.includes(s.addressType))
    for (const s of stale) await this.#delete(s, signal)
    for (const family of families) {
      const plan = planSlices({ service, pods, existing: existing.filter((s) => s.addressType === family), family, labels, zoneOf: (n) => this.#nodes.store.get(n)?.metadata?.labels?.['topology.kubernetes.io/zone'] })
      for (const s of plan.create) await this.#create(key, service, s, labels, signal)
      for (const s of plan.update) await this.#c.client.update(resources.endpointslices, s, { namespace: service.metadata?.namespace ?? '', signal })
      for (const s of plan.remove) await this.#delete(s, signal)
    }
  }

  async #create(key: string, service: Service, s: Pick<EndpointSlice, 'addressType' | 'endpoints' | 'ports'>, labels: Record<string, string>, signal: AbortSignal): Promise<void> {
    const namespace = service.metadata?.namespace ?? ''
    const slice: EndpointSlice = {
      apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', ...s,
      metadata: { generateName: `${service.metadata?.name}-`, namespace, labels, ownerReferences: [controllerRef(resources.services, service)] },
    }
    try {
      this.#expectations.created(key, await this.#c.client.create(resources.endpointslices, slice, { namespace, signal }), this.#slices)
    } catch (e) {
      if (!isNamespaceTerminating(e)) throw e
    }
  }

  async #delete(s: EndpointSlice, signal: AbortSignal): Promise<void> {
    try {
      await this.#c.client.delete(resources.endpointslices, s.metadata?.name ?? '', { namespace: s.metadata?.namespace ?? '', preconditions: { uid: s.metadata?.uid ?? '' }, signal })
    } catch (e) {
      if (!isStatus(e, 'NotFound')) throw e
    }
  }
}

/** The Service's own labels go along, but for those that say whose slice it is. */
function labelsFor(s: Service): Record<string, string> {
  const labels: Record<string, string> = { ...s.metadata?.labels }
  delete labels['service.kubernetes.io/headless']
  labels[SERVICE_NAME] = s.metadata?.name ?? ''
  labels[MANAGED_BY] = MANAGER
  if (isHeadless(s)) labels['service.kubernetes.io/headless'] = ''
  return labels
}
