import { badRequest, conflict, notSupported, required, resources } from '@drydock/api'
import type { Binding, Pod } from '@drydock/api'
import { plainError, success } from './lib.ts'
import { setPodCondition } from './pod-conditions.ts'
import type { Action, ActionParts, ActionRequest } from './types.ts'

/**
 * Binds a pod to a node, once: the guard is in the store's transaction, so that of two schedulers one gets a Conflict.
 * The binding's labels and annotations go onto the pod (pkg/registry/core/pod/storage, assignPod).
 */
export function bindingActions(parts: ActionParts): Action[] {
  const kind = { group: '', version: 'v1', kind: 'Binding' }
  return [
    {
      resource: resources.pods, subresource: 'binding', kind,
      async create(r) {
        if (r.name !== (r.object.metadata?.['name'] ?? '')) throw badRequest('name in URL does not match name in Binding object')
        return bind(parts, r, r.name)
      },
    },
    { resource: resources.bindings, subresource: '', kind, create: (r) => bind(parts, r, r.object.metadata?.['name'] ?? '') },
  ]
}

async function bind(parts: ActionParts, r: ActionRequest, name: string): Promise<{ code: number, object: unknown }> {
  const binding = r.object as unknown as Binding
  check(binding)
  await r.admit(r.object)
  if (!name) throw badRequest('Name parameter required.')
  const { uid, resourceVersion, labels, annotations } = binding.metadata ?? {}
  await parts.writer.update(resources.pods, r.namespace, name, (pod) => {
    const pods = { group: '', resource: 'pods' }
    if (uid && pod.metadata?.uid !== uid) throw conflict(pods, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata?.uid}`)
    if (resourceVersion && pod.metadata?.resourceVersion !== resourceVersion) throw conflict(pods, name, `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${pod.metadata?.resourceVersion}`)
    const why = unbindable(pod)
    if (why) throw conflict({ group: '', resource: 'pods/binding' }, name, why)
    pod.spec!.nodeName = binding.target.name
    // The room was made, and is taken: what was nominated would mislead from here on.
    delete pod.status?.nominatedNodeName
    pod.metadata = {
      ...pod.metadata,
      ...(annotations && { annotations: { ...pod.metadata?.annotations, ...annotations } }),
      ...(labels && { labels: { ...pod.metadata?.labels, ...labels } }),
    }
    setPodCondition(pod, { type: 'PodScheduled', status: 'True' }, parts.clock.now())
    return pod
  }, { dryRun: r.dryRun, signal: r.signal })
  return { code: 201, object: success(201) }
}

/** validation.ValidatePodBinding; upstream returns the bare aggregate, hence a 500 without a reason. */
function check(b: Binding): void {
  const errors = []
  if (b.target?.kind && b.target.kind !== 'Node') errors.push(notSupported('target.kind', b.target.kind, ['Node', '<empty>']))
  if (!b.target?.name) errors.push(required('target.name'))
  if (errors.length) throw plainError(errors.length === 1 ? String(errors[0]) : `[${errors.join(', ')}]`)
}

function unbindable(pod: Pod): string | undefined {
  const name = pod.metadata?.name
  if (pod.metadata?.deletionTimestamp) return `pod ${name} is being deleted, cannot be assigned to a host`
  if (pod.spec?.nodeName) return `pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`
  if (pod.spec?.schedulingGates?.length) return `pod ${name} has non-empty .spec.schedulingGates`
  return undefined
}
