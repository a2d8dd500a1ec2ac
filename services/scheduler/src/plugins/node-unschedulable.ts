import { tolerates } from '@drydock/api'
import { rejection, type FilterPlugin } from '../framework/types.ts'

const name = 'NodeUnschedulable'
const cordoned = rejection(name, false, 'node(s) were unschedulable')
const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }

/** Keeps pods off cordoned nodes, but those that tolerate the taint that cordoning brings. */
export const nodeUnschedulable: FilterPlugin = {
  name,
  requeueOn: [{ on: 'NodeAdd' }, { on: 'NodeTaint' }, { on: 'PodUpdate' }],
  prepare(pod, cluster) {
    if (cluster.cordoned === 0 || pod.tolerations.some((t) => tolerates(t, taint))) return undefined
    return { filter: (node) => (node.unschedulable ? cordoned : undefined) }
  },
}
