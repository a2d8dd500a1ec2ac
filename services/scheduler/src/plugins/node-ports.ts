import { rejection, type FilterPlugin } from '../framework/types.ts'

const name = 'NodePorts'
const taken = rejection(name, true, "node(s) didn't have free ports for the requested pod ports")

/** Host ports: one holder per node, address and protocol. */
export const nodePorts: FilterPlugin = {
  name,
  requeueOn: [{ on: 'AssignedPodDelete', worth: (_pod, e) => !e.pod || e.pod.hostPorts.length > 0 }, { on: 'NodeAdd' }],
  prepare(pod) {
    if (pod.hostPorts.length === 0) return undefined
    return { filter: (node) => (pod.hostPorts.some((p) => node.portTaken(p)) ? taken : undefined) }
  },
}
