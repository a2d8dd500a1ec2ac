import { resources } from '@drydock/api'
import type { Node } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
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
  prepareForCreate: (o) => dropGone(o, undefined),
  prepareForUpdate(o, old) {
    keep(o, old, 'status')
    dropGone(o, old)
  },
  subresources: { status: { prepareForUpdate(o, old) { keep(o, old, 'spec'); dropGone(o, old) }, validateUpdate: (o, old) => nodeChange(o as never, old as never) } },
  fields: (o) => ({ 'spec.unschedulable': String(o.spec?.unschedulable ?? false) }),
  cells: (o, c) => nodeCells(o as unknown as Node, c.now),
  warnings: (o) => (o.spec?.configSource ? ['spec.configSource: the feature is no longer supported'] : []).concat(o.spec?.externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
  validate: (o) => validateNode(o as never),
  validateUpdate: (o, old) => [...validateNode(o as never), ...nodeChange(o as never, old as never)],
  allowUnconditionalUpdate: true,
}

/** Dynamic configuration is gone, and declared features are behind a gate that is off; what a node has of them stays. */
function dropGone(o: ApiObject, old: ApiObject | undefined): void {
  if (!old?.spec?.configSource) delete o.spec?.configSource
  for (const f of ['config', 'declaredFeatures']) if (!old?.status?.[f]) delete o.status?.[f]
}

/** Required fields: Go writes them even when empty. */
const nodeInfoFields = ['machineID', 'systemUUID', 'bootID', 'kernelVersion', 'osImage', 'containerRuntimeVersion', 'kubeletVersion', 'kubeProxyVersion', 'operatingSystem', 'architecture']
