import { deepEqual, isStatus, resources, type Endpoints, type Pod, type Service } from '@drydock/api'
import type { Informer } from '@drydock/client'
import type { ControllerContext, ControllerDefinition, Running } from '../shared/context.ts'
import { podInformer } from '../shared/informers.ts'
import { isNamespaceTerminating } from '../shared/pod-control.ts'
import { followServices, isHeadless, isSelecting, podsOf } from '../shared/service-pods.ts'
import { planSubsets } from './plan.ts'

const HEADLESS = 'service.kubernetes.io/headless'
const MANAGED_BY = 'endpoints.kubernetes.io/managed-by'

/** Keeps the older Endpoints of Services that select pods, for those who still read them. */
export const endpoints: ControllerDefinition = { name: 'endpoints-controller', create: (c) => new EndpointsController(c) }

class EndpointsController implements Running {
  readonly #c: ControllerContext
  readonly #services: Informer<Service>
  readonly #endpoints: Informer<Endpoints>
  readonly #pods: Informer<Pod>
  readonly run: Running['run']

  constructor(c: ControllerContext) {
    this.#c = c
    this.#services = c.informers.informer(resources.services)
    this.#endpoints = c.informers.informer(resources.endpoints)
    this.#pods = podInformer(c.informers)
    const controller = c.controller({ name: 'endpoints-controller', workers: 5, reconcile: (key, signal) => this.#reconcile(key, signal) })
    followServices(c, controller)
    const again = (e: Endpoints) => controller.enqueue(`${e.metadata?.namespace}/${e.metadata?.name}`)
    this.#endpoints.on({ update: again, delete: again, add: again })
    this.run = (signal) => controller.run(signal)
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<void> {
    const service = this.#services.store.get(key)
    const current = this.#endpoints.store.get(key)
    if (!service) {
      // Those that this controller made, or that were written for a Service by hand, go with it; others (leases of old) stay.
      if (current?.metadata?.labels?.[MANAGED_BY] !== undefined) await this.#delete(current, signal)
      return
    }
    if (!isSelecting(service)) return
    const subsets = planSubsets(service, podsOf(service, this.#pods))
    const labels: Record<string, string> = { ...service.metadata?.labels, [MANAGED_BY]: 'endpoint-controller' }
    delete labels[HEADLESS]
    if (isHeadless(service)) labels[HEADLESS] = ''
    if (current && deepEqual(current.subsets ?? [], subsets) && deepEqual(current.metadata?.labels ?? {}, labels)) return
    const { subsets: _, ...rest } = current ?? { apiVersion: 'v1', kind: 'Endpoints' }
    const next: Endpoints = { ...rest, metadata: { ...current?.metadata, name: service.metadata?.name ?? '', namespace: service.metadata?.namespace ?? '', labels }, ...(subsets.length > 0 && { subsets }) }
    const o = { namespace: service.metadata?.namespace ?? '', signal }
    try {
      await (current ? this.#c.client.update(resources.endpoints, next, o) : this.#c.client.create(resources.endpoints, next, o))
    } catch (e) {
      if (!isNamespaceTerminating(e)) throw e
    }
  }

  async #delete(e: Endpoints, signal: AbortSignal): Promise<void> {
    try {
      await this.#c.client.delete(resources.endpoints, e.metadata?.name ?? '', { namespace: e.metadata?.namespace ?? '', preconditions: { uid: e.metadata?.uid ?? '' }, signal })
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error
    }
  }
}
