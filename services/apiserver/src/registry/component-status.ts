/**
 * componentstatuses: deprecated, but `kubectl get cs` still asks. Not stored: etcd is asked when somebody reads, the others
 * count as healthy while they renew their leader lease.
 */
import { type ComponentStatus, type Lease, notFound, resources } from '@drydock/api'
import type { Reply } from '../request.ts'
import type { Registry, ResourceRequest } from './parts.ts'

export async function listComponents(p: Registry, r: ResourceRequest): Promise<Reply> {
  const items = await components(p)
  const value = { kind: 'ComponentStatusList', apiVersion: 'v1', metadata: {}, items: items.map(({ kind: _k, apiVersion: _a, ...rest }) => rest) }
  return { type: 'value', code: 200, value, resource: r.type }
}

export async function getComponent(p: Registry, r: ResourceRequest): Promise<Reply> {
  const found = (await components(p)).find((c) => c.metadata?.name === r.info.name)
  if (!found) throw notFound({ group: '', resource: 'componentstatus' }, r.info.name)
  return { type: 'value', code: 200, value: found, resource: r.type }
}

async function components(p: Registry): Promise<ComponentStatus[]> {
  const etcd = await p.store.currentRevision().then(() => undefined, (e: Error) => e.message)
  return [
    status('controller-manager', leaseError(p, 'kube-controller-manager')), status('scheduler', leaseError(p, 'kube-scheduler')), status('etcd-0', etcd),
  ]
}

function leaseError(p: Registry, name: string): string | undefined {
  const lease: Lease | undefined = p.reader.get(resources.leases, 'kube-system', name)
  if (!lease?.spec?.renewTime) return 'nobody holds its leader lease'
  const silentMs = p.clock.now() - Date.parse(lease.spec.renewTime)
  return silentMs > (lease.spec.leaseDurationSeconds ?? 15) * 1000 ? `its leader lease was renewed ${Math.round(silentMs / 1000)} s ago` : undefined
}

const status = (name: string, error: string | undefined): ComponentStatus => ({
  kind: 'ComponentStatus', apiVersion: 'v1', metadata: { name },
  conditions: [{ type: 'Healthy', status: error === undefined ? 'True' : 'False', message: error ?? 'ok' }],
})
