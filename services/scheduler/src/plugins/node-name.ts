import { rejection, type FilterPlugin } from '../framework/types.ts'

const name = 'NodeName'
const other = rejection(name, false, "node(s) didn't match the requested node name")

/** A pod that names its node goes there or nowhere. */
export const nodeName: FilterPlugin = {
  name,
  requeueOn: [{ on: 'NodeAdd' }],
  prepare(pod) {
    if (!pod.nodeName) return undefined
    return { filter: (node) => (node.name === pod.nodeName ? undefined : other) }
  },
}
