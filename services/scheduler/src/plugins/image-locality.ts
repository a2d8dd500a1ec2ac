import { MAX_NODE_SCORE, type ScorePlugin } from '../framework/types.ts'

const MB = 1024 * 1024
const MIN = 23 * MB
const MAX_PER_CONTAINER = 1000 * MB

/** Prefers nodes that have the pod's images, the larger the more; images that few nodes have count less. */
export const imageLocality: ScorePlugin = {
  name: 'ImageLocality',
  weight: 1,
  prepare(pod, cluster) {
    const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers]
    const wanted = containers.map((c) => normalized(c.image ?? '')).filter((i) => cluster.imageNodes.has(i))
    if (wanted.length === 0) return undefined
    const total = cluster.nodes.length
    const max = MAX_PER_CONTAINER * containers.length
    return {
      score(node) {
        let sum = 0
        for (const i of wanted) sum += Math.floor((node.images.get(i) ?? 0) * (cluster.imageNodes.get(i)! / total))
        return Math.floor((MAX_NODE_SCORE * (Math.min(max, Math.max(MIN, sum)) - MIN)) / (max - MIN))
      },
    }
  },
}

// As the kubelet reports names: with a tag.
const normalized = (image: string): string => (image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image)
