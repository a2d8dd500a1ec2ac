import { resources } from '@drydock/api'
import type { AdmissionPlugin } from '../types.ts'
import type { PluginParts } from '../parts.ts'

const labels = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region']

/** A pod carries the zone and region of its node: put on the Binding, or on a pod that is made on a node. */
export function podTopologyLabels(parts: PluginParts): AdmissionPlugin {
  return {
    name: 'PodTopologyLabels',
    handles: (r) => r.operation === 'CREATE' && !r.resource.group && (r.resource.resource === 'pods' ? ['', 'binding'].includes(r.subresource) : r.resource.resource === 'bindings'),
    admit(r) {
      const o = r.object!
      const node = (o['target']?.name ?? o['spec']?.nodeName) as string | undefined
      if (!node) return
      const found = parts.reader.get(resources.nodes, '', node)?.metadata?.labels ?? {}
      const copied = Object.fromEntries(labels.flatMap((l) => (found[l] === undefined ? [] : [[l, found[l]]])))
      if (Object.keys(copied).length) o.metadata['labels'] = { ...o.metadata['labels'], ...copied }
    },
  }
}
