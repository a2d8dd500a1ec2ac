import type { NodeSpec } from '@drydock/api'
import type { AdmissionPlugin } from '../types.ts'

const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }

/** A new node is not scheduled to until it has been seen to be ready. */
export function taintNodesByCondition(): AdmissionPlugin {
  return {
    name: 'TaintNodesByCondition',
    handles: (r) => r.resource.resource === 'nodes' && !r.resource.group && !r.subresource && r.operation === 'CREATE',
    admit(r) {
      const spec = (r.object!['spec'] ??= {}) as NodeSpec
      if (!spec.taints?.some((t) => t.key === taint.key && t.effect === taint.effect)) spec.taints = [...spec.taints ?? [], { ...taint }]
    },
  }
}
