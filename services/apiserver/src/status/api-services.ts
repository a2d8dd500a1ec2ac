/** Whether an APIService can be reached, as far as this server looks: it does not forward requests to any. */
import { resources } from '@drydock/api'
import type { APIService, EndpointSlice, Service } from '@drydock/api'
import type { StatusDeps, StatusKeeper } from './index.ts'
import { says, withCondition, type Condition } from './conditions.ts'

const SERVICE = 'kubernetes.io/service-name'

export function available(o: APIService, service: Service | undefined, slices: readonly EndpointSlice[]): Condition {
  const ref = o.spec?.service
  const not = (reason: string, message: string): Condition => ({ type: 'Available', status: 'False', reason, message })
  if (!ref) return { type: 'Available', status: 'True', reason: 'Local', message: 'Local APIServices are always available' }
  const named = `service/${ref.name} in ${JSON.stringify(ref.namespace)}`
  if (!service) return not('ServiceNotFound', `${named} is not present`)
  if (service.spec?.type === 'ClusterIP') {
    const port = service.spec.ports?.find((p) => p.port === (ref.port ?? 443))
    if (!port) return not('ServicePortError', `${named} is not listening on port ${ref.port ?? 443}`)
    if (!slices.length) return not('EndpointsNotFound', `cannot find endpointslices for ${named}`)
    const active = slices.some((s) => (s.ports ?? []).some((p) => (p.name ?? '') === (port.name ?? '')) && (s.endpoints ?? []).some((e) => e.conditions?.ready !== false && e.addresses.length))
    if (!active) return not('MissingEndpoints', `endpointslices for ${named} have no addresses with port name ${JSON.stringify(port.name ?? '')}`)
  }
  return not('FailedDiscoveryCheck', `${named} is there, but this server does not forward requests to it`)
}

export function apiServices({ reader, writer, changes, clock }: StatusDeps): StatusKeeper {
  const of = (namespace: string | undefined, name: string | undefined): string[] =>
    reader.list(resources.apiservices).filter((a) => a.spec?.service && a.spec.service.namespace === namespace && a.spec.service.name === name).map((a) => a.metadata!.name!)
  return {
    start(add) {
      const stops = [
        changes.on(resources.apiservices, (a) => { if (a) add(a.metadata!.name!) }),
        changes.on(resources.services, (now, old) => { for (const name of of((now ?? old)?.metadata?.namespace, (now ?? old)?.metadata?.name)) add(name) }),
        changes.on(resources.endpointslices, (now, old) => { for (const name of of((now ?? old)?.metadata?.namespace, (now ?? old)?.metadata?.labels?.[SERVICE])) add(name) }),
      ]
      return () => { for (const stop of stops) stop() }
    },
    async reconcile(name, signal) {
      const o = reader.get(resources.apiservices, '', name)
      if (!o) return
      const want = (a: APIService): Condition => {
        const ref = a.spec?.service
        const slices = ref ? reader.list(resources.endpointslices, ref.namespace).filter((s) => s.metadata?.labels?.[SERVICE] === ref.name) : []
        return available(a, ref && reader.get(resources.services, ref.namespace ?? '', ref.name ?? ''), slices)
      }
      if (says(o.status?.conditions as Condition[] | undefined, want(o))) return
      await writer.updateStatus(resources.apiservices, '', name, (a) => {
        const condition = want(a), list = (a.status?.conditions ?? []) as Condition[]
        return says(list, condition) ? undefined : { ...a, status: { ...a.status, conditions: withCondition(list, condition, clock.now()) } } as APIService
      }, { manager: 'kube-apiserver', signal })
    },
  }
}
