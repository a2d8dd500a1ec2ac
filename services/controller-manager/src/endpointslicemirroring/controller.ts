import { deepEqual, isStatus, resources, type Endpoints, type EndpointSlice } from '@drydock/api'
import { sliceInformer } from '../endpointslice/controller.ts'
import type { ControllerDefinition } from '../shared/context.ts'
import { Expectations } from '../shared/expectations.ts'
import { controllerRef } from '../shared/owner.ts'
import { isSelecting } from '../shared/service-pods.ts'

const MANAGER = 'endpointslicemirroring-controller.k8s.io'
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'
const SERVICE_NAME = 'kubernetes.io/service-name'
const notCopied = new Set(['kubectl.kubernetes.io/last-applied-configuration', 'endpoints.kubernetes.io/last-change-trigger-time', 'control-plane.alpha.kubernetes.io/leader'])

type Slice = Pick<EndpointSlice, 'addressType' | 'endpoints' | 'ports'>

/** One slice per subset and family with what a hand-written Endpoints says. Pure. */
export function mirrored(e: Endpoints): Slice[] {
  return (e.subsets ?? []).flatMap((s) => {
    const ports = (s.ports ?? []).map((p) => ({ name: p.name ?? '', port: p.port, protocol: p.protocol ?? 'TCP', ...(p.appProtocol !== undefined && { appProtocol: p.appProtocol }) }))
    const of = (ready: boolean) => ((ready ? s.addresses : s.notReadyAddresses) ?? []).map((a) => ({ ip: a.ip, endpoint: { addresses: [a.ip], conditions: { ready }, ...(a.hostname && { hostname: a.hostname }), ...(a.nodeName && { nodeName: a.nodeName }), ...(a.targetRef && { targetRef: a.targetRef }) } }))
    const all = [...of(true), ...of(false)].slice(0, 1000)
    return (['IPv4', 'IPv6'] as const).flatMap((addressType) => {
      const endpoints = all.filter((a) => a.ip.includes(':') === (addressType === 'IPv6')).map((a) => a.endpoint)
      return endpoints.length > 0 ? [{ addressType, endpoints, ports }] : []
    })
  })
}

/** Endpoints that somebody writes by hand for a Service without a selector get slices that say the same. */
export const endpointSliceMirroring: ControllerDefinition = {
  name: 'endpointslice-mirroring-controller',
  create(c) {
    const services = c.informers.informer(resources.services)
    const endpoints = c.informers.informer(resources.endpoints)
    const slices = sliceInformer(c)
    const expectations = new Expectations(c.clock)
    const ours = (s: EndpointSlice) => s.metadata?.labels?.[MANAGED_BY] === MANAGER

    async function create(k: string, e: Endpoints, s: Slice, signal: AbortSignal): Promise<void> {
      const { name = '', namespace = '' } = e.metadata ?? {}
      const annotations = Object.fromEntries(Object.entries(e.metadata?.annotations ?? {}).filter(([a]) => !notCopied.has(a)))
      const slice: EndpointSlice = {
        apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', ...s,
        metadata: { generateName: `${name}-`, namespace, labels: { ...e.metadata?.labels, [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER }, ownerReferences: [controllerRef(resources.endpoints, e)], ...(Object.keys(annotations).length > 0 && { annotations }) },
      }
      expectations.created(k, await c.client.create(resources.endpointslices, slice, { namespace, signal }), slices)
    }

    const controller = c.controller({
      name: 'endpointslice-mirroring-controller',
      workers: 5,
      async reconcile(k, signal) {
        const e = endpoints.store.get(k)
        const service = services.store.get(k)
        if (!expectations.satisfied(k)) return
        const mirror = !!e && !!service && !isSelecting(service) && service.spec?.type !== 'ExternalName' && e.metadata?.labels?.['endpointslice.kubernetes.io/skip-mirror'] !== 'true' && e.metadata?.deletionTimestamp === undefined
        const there = slices.store.byIndex('service', k).filter((s) => ours(s) && s.metadata?.deletionTimestamp === undefined)
        const wanted = mirror ? mirrored(e) : []
        const left = [...there]
        for (const w of wanted) {
          const i = left.findIndex((s) => s.addressType === w.addressType && deepEqual(s.ports ?? [], w.ports ?? []))
          const [s] = i < 0 ? [] : left.splice(i, 1)
          if (!s) await create(k, e!, w, signal)
          else if (!deepEqual(s.endpoints ?? [], w.endpoints)) await c.client.update(resources.endpointslices, { ...s, ...w }, { namespace: s.metadata?.namespace ?? '', signal })
        }
        for (const s of left) {
          try {
            await c.client.delete(resources.endpointslices, s.metadata?.name ?? '', { namespace: s.metadata?.namespace ?? '', signal })
          } catch (error) {
            if (!isStatus(error, 'NotFound')) throw error
          }
        }
      },
    })
    const key = (o: { metadata?: { namespace?: string | undefined, name?: string | undefined } | undefined }) => controller.enqueue(`${o.metadata?.namespace}/${o.metadata?.name}`)
    endpoints.on({ add: key, update: key, delete: key })
    services.on({ add: key, update: key, delete: key })
    const seen = (s: EndpointSlice, gone: boolean) => { expectations.observe(s, gone); if (ours(s)) controller.enqueue(`${s.metadata?.namespace}/${s.metadata?.labels?.[SERVICE_NAME]}`) }
    slices.on({ add: (s) => seen(s, false), update: (s) => seen(s, false), delete: (s) => seen(s, true) })
    return controller
  },
}
