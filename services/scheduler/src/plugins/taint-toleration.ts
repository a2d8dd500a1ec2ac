import { tolerates, untoleratedTaint } from '@drydock/api'
import { defaultNormalize, rejection, type FilterPlugin, type ScorePlugin } from '../framework/types.ts'

const name = 'TaintToleration'
const untolerated = rejection(name, false, 'node(s) had untolerated taint(s)')
const HARD = ['NoSchedule', 'NoExecute']

/** NoSchedule and NoExecute taints keep pods away that do not tolerate them. */
export const taintToleration: FilterPlugin = {
  name,
  requeueOn: [{ on: 'NodeAdd' }, { on: 'NodeTaint' }, { on: 'PodUpdate' }],
  prepare(pod, cluster) {
    if (cluster.tainted === 0) return undefined
    return { filter: (node) => (node.hasHardTaint && untoleratedTaint(node.taints, pod.tolerations, HARD) ? untolerated : undefined) }
  },
}

/** PreferNoSchedule taints count against a node. */
export const taintTolerationScore: ScorePlugin = {
  name,
  weight: 3,
  prepare(pod, cluster, nodes) {
    if (cluster.softlyTainted === 0 || !nodes.some((n) => n.hasSoftTaint)) return undefined
    const tolerations = pod.tolerations.filter((t) => !t.effect || t.effect === 'PreferNoSchedule')
    return {
      score: (node) => node.taints.filter((t) => t.effect === 'PreferNoSchedule' && !tolerations.some((x) => tolerates(x, t))).length,
      normalize: (scores, count) => defaultNormalize(scores, count, true),
    }
  },
}
