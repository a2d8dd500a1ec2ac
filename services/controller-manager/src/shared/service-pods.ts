import { mapMatcher, resources, type Pod, type Service, type ServicePort } from '@drydock/api'
import type { Informer } from '@drydock/client'
import type { Controller } from '@drydock/controller'
import type { ControllerContext } from './context.ts'
import { podInformer } from './informers.ts'
import { isReady, isTerminating } from './pods.ts'

/** What Endpoints and EndpointSlices have in common: which pods a Service has, and on which ports. */

/** A Service that a controller fills: one with a selector that is not a mere alias. */
export const isSelecting = (s: Service): boolean => s.spec?.selector !== undefined && Object.keys(s.spec.selector).length > 0 && s.spec.type !== 'ExternalName'
export const isHeadless = (s: Service): boolean => s.spec?.clusterIP === 'None'

/** Pods that can be reached at all: with an address, and not finished. */
export const hasAddress = (p: Pod): boolean => p.status?.phase !== 'Failed' && p.status?.phase !== 'Succeeded' && (p.status?.podIPs?.length ?? 0) + (p.status?.podIP ? 1 : 0) > 0
export const podsOf = (s: Service, pods: Informer<Pod>): Pod[] => { const m = mapMatcher(s.spec?.selector); return pods.store.list(s.metadata?.namespace).filter((p) => m(p.metadata?.labels)) }

/** The port of a pod that a Service's port leads to; undefined where the pod has no port of that name. */
export function targetPort(port: ServicePort, pod: Pod): number | undefined {
  const target = port.targetPort ?? port.port
  if (typeof target === 'number') return target || port.port
  const protocol = port.protocol ?? 'TCP'
  const containers = [...(pod.spec?.initContainers ?? []).filter((c) => c.restartPolicy === 'Always'), ...(pod.spec?.containers ?? [])]
  for (const c of containers) for (const p of c.ports ?? []) if (p.name === target && (p.protocol ?? 'TCP') === protocol) return p.containerPort
  return undefined
}

/** A StatefulSet's pods and others with a subdomain have names of their own below a headless Service. */
export const hostnameIn = (s: Service, p: Pod): string | undefined => (p.spec?.hostname && p.spec.subdomain === s.metadata?.name ? p.spec.hostname : undefined)

export const podReference = (p: Pod) => ({ kind: 'Pod', namespace: p.metadata?.namespace ?? '', name: p.metadata?.name ?? '', uid: p.metadata?.uid ?? '' })

/** What of a pod endpoints say: no other change is worth a look. */
const facts = (p: Pod): string => [p.status?.podIP, p.status?.podIPs?.map((i) => i.ip).join(), isReady(p), isTerminating(p), p.status?.phase === 'Failed' || p.status?.phase === 'Succeeded', p.spec?.nodeName, p.spec?.hostname].join(' ')

/** Enqueues the Services of whatever pod changes in a way that matters, and every Service that changes. */
export function followServices(c: ControllerContext, controller: Controller): void {
  const services = c.informers.informer(resources.services)
  const key = (s: Service) => `${s.metadata?.namespace}/${s.metadata?.name}`
  const of = (p: Pod) => {
    for (const s of services.store.list(p.metadata?.namespace)) if (isSelecting(s) && mapMatcher(s.spec?.selector)(p.metadata?.labels)) controller.enqueue(key(s))
  }
  services.on({ add: (s) => controller.enqueue(key(s)), update: (s) => controller.enqueue(key(s)), delete: (s) => controller.enqueue(key(s)) })
  podInformer(c.informers).on({
    add: of,
    delete: of,
    update(p, old) {
      const labels = JSON.stringify(p.metadata?.labels) !== JSON.stringify(old.metadata?.labels)
      if (labels) of(old)
      if (labels || facts(p) !== facts(old)) of(p)
    },
  })
}
