import { resources } from '@drydock/api'
import type { Node } from '@drydock/api'
import type { Kind } from '../kind.ts'
import { nodeChange, validateNode } from './validate/namespaces-nodes.ts'
import { nodeCells } from './node-cells.ts'
import { keep } from '../lib/strategy.ts'

export const nodes: Kind = {
  resource: resources.nodes,
  defaults(o) {
    o.spec ??= {}
    // podCIDR is the first of podCIDRs; where both are said, it wins.
    if (o.spec.podCIDR && o.spec.podCIDRs?.[0] !== o.spec.podCIDR) o.spec.podCIDRs = [o.spec.podCIDR]
    else if (!o.spec.podCIDR && o.spec.podCIDRs?.length) o.spec.podCIDR = o.spec.podCIDRs[0]
    o.status ??= {}
    if (o.status.allocatable === undefined && o.status.capacity !== undefined) o.status.allocatable = { ...o.status.capacity }
    o.status.daemonEndpoints ??= { kubeletEndpoint: { Port: 0 } }
    o.status.nodeInfo ??= {}
    for (const f of nodeInfoFields) o.status.nodeInfo[f] ??= ''
  },
  prepareForUpdate: (o, old) => keep(o, old, 'status'),
  subresources: { status: { prepareForUpdate: (o, old) => keep(o, old, 'spec'), validateUpdate: (o, old) => nodeChange(o as never, old as never) } },
  fields: (o) => ({ 'spec.unschedulable': String(o.spec?.unschedulable ?? false) }),
  cells: (o, c) => nodeCells(o as unknown as Node, c.now),
  warnings: (o) => (o.spec?.externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
  validate: (o) => validateNode(o as never),
  validateUpdate: (o, old) => [...validateNode(o as never), ...nodeChange(o as never, old as never)],
  allowUnconditionalUpdate: true,
}

/** Required fields: Go writes them even when empty. */
const nodeInfoFields = ['machineID', 'systemUUID', 'bootID', 'kernelVersion', 'osImage', 'containerRuntimeVersion', 'kubeletVersion', 'kubeProxyVersion', 'operatingSystem', 'architecture']
