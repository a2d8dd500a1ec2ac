import type { FilterPlugin, ScorePlugin } from '../framework/types.ts'
import { imageLocality } from './image-locality.ts'
import { interPodAffinity, interPodAffinityScore } from './inter-pod-affinity.ts'
import { nodeAffinity, nodeAffinityScore } from './node-affinity.ts'
import { nodeName } from './node-name.ts'
import { nodePorts } from './node-ports.ts'
import { balancedAllocation, leastAllocated, nodeResourcesFit } from './node-resources-fit.ts'
import { nodeUnschedulable } from './node-unschedulable.ts'
import { podTopologySpread, podTopologySpreadScore } from './pod-topology-spread.ts'
import { taintToleration, taintTolerationScore } from './taint-toleration.ts'
import { volumeBinding } from './volume-binding.ts'

/** Upstream's default plugins, in its order: the first that refuses a node gives the reason. */
export const filterPlugins: readonly FilterPlugin[] = [
  nodeUnschedulable, nodeName, taintToleration, nodeAffinity, nodePorts, nodeResourcesFit, volumeBinding, podTopologySpread, interPodAffinity,
]

export const scorePlugins: readonly ScorePlugin[] = [
  taintTolerationScore, nodeAffinityScore, leastAllocated, podTopologySpreadScore, interPodAffinityScore, balancedAllocation, imageLocality,
]
