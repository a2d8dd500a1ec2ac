import { MAX_NODE_SCORE, rejection, type FilterPlugin, type Rejection, type ScorePlugin } from '../framework/types.ts'
import type { NodeInfo } from '../snapshot/node-info.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'

const name = 'NodeResourcesFit'

// Every answer that this plugin can give, made once: by the set of resources that lack.
const answers = new Map<string, Rejection>()
function insufficient(reasons: string[], resolvable: boolean): Rejection {
  const key = `${resolvable} ${reasons.join()}`
  let r = answers.get(key)
  if (!r) {
    if (answers.size > 1000) answers.clear()
    answers.set(key, (r = rejection(name, resolvable, ...reasons)))
  }
  return r
}

/** What the pod requests must be free. A node that is too small even when empty is beyond preemption's help. */
export const nodeResourcesFit: FilterPlugin = {
  name,
  requeueOn: [
    { on: 'AssignedPodDelete', worth: frees },
    { on: 'AssignedPodUpdate', worth: (_pod, e) => !e.pod || !e.old || e.pod.cpu < e.old.cpu || e.pod.memory < e.old.memory },
    { on: 'NodeAdd', worth: (pod, e) => !e.node || big(pod, e.node) },
    { on: 'NodeAllocatable', worth: (pod, e) => !e.node || big(pod, e.node) },
    { on: 'PodUpdate' },
  ],
  prepare(pod) {
    return {
      filter(node) {
        if (fits(pod, node)) return undefined
        return explain(pod, node)
      },
    }
  },
}

function fits(pod: PodInfo, node: NodeInfo): boolean {
  if (node.freePods < 1) return false
  if (pod.cpu > node.freeCpu && pod.cpu > 0) return false
  if (pod.memory > node.freeMemory && pod.memory > 0) return false
  if (pod.ephemeral > node.freeEphemeral && pod.ephemeral > 0) return false
  if (pod.scalars) for (const [r, n] of pod.scalars) if (n > (node.allocatableScalars.get(r) ?? 0) - (node.requestedScalars.get(r) ?? 0)) return false
  return true
}

function explain(pod: PodInfo, node: NodeInfo): Rejection {
  const reasons: string[] = []
  let resolvable = true
  const check = (resource: string, want: number, allocatable: number, requested: number) => {
    if (want <= 0 || want <= allocatable - requested) return
    reasons.push(`Insufficient ${resource}`)
    if (want > allocatable) resolvable = false
  }
  if (node.freePods < 1) {
    reasons.push('Too many pods')
    if (node.allocatablePods === 0) resolvable = false
  }
  check('cpu', pod.cpu, node.allocatableCpu, node.requestedCpu)
  check('memory', pod.memory, node.allocatableMemory, node.requestedMemory)
  check('ephemeral-storage', pod.ephemeral, node.allocatableEphemeral, node.requestedEphemeral)
  for (const [r, n] of pod.scalars ?? []) check(r, n, node.allocatableScalars.get(r) ?? 0, node.requestedScalars.get(r) ?? 0)
  return insufficient(reasons, resolvable)
}

const big = (pod: PodInfo, node: NodeInfo): boolean => pod.cpu <= node.allocatableCpu && pod.memory <= node.allocatableMemory && pod.ephemeral <= node.allocatableEphemeral
function frees(pod: PodInfo, e: { pod?: PodInfo }): boolean {
  const gone = e.pod
  if (!gone) return true
  // Its going also frees a place, which matters where the node was full by number.
  return pod.cpu + pod.memory + pod.ephemeral === 0 || gone.cpu > 0 || gone.memory > 0 || gone.ephemeral > 0 || !!gone.scalars || gone.bestEffort
}

const share = (allocatable: number, requested: number): number => (allocatable === 0 || requested > allocatable ? 0 : Math.floor(((allocatable - requested) * MAX_NODE_SCORE) / allocatable))

/** LeastAllocated: the more of cpu and memory stays free, the better. */
export const leastAllocated: ScorePlugin = {
  name,
  weight: 1,
  prepare: (pod) => ({
    score(node) {
      const cpu = share(node.allocatableCpu, node.nonZeroCpu + pod.nonZeroCpu)
      const memory = share(node.allocatableMemory, node.nonZeroMemory + pod.nonZeroMemory)
      const parts = (node.allocatableCpu > 0 ? 1 : 0) + (node.allocatableMemory > 0 ? 1 : 0)
      return parts === 0 ? 0 : Math.floor((cpu + memory) / parts)
    },
  }),
}

/** The nearer the shares of cpu and of memory in use are to each other, the better. Best-effort pods change neither. */
export const balancedAllocation: ScorePlugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  prepare(pod) {
    if (pod.bestEffort) return undefined
    return {
      score(node) {
        if (node.allocatableCpu === 0 || node.allocatableMemory === 0) return MAX_NODE_SCORE
        const cpu = Math.min(1, (node.requestedCpu + pod.cpu) / node.allocatableCpu)
        const memory = Math.min(1, (node.requestedMemory + pod.memory) / node.allocatableMemory)
        return Math.floor((1 - Math.abs(cpu - memory) / 2) * MAX_NODE_SCORE)
      },
    }
  },
}
