import { expect, test } from 'vitest'
import { resourceMetrics } from './resource.ts'

test('containers, their pods and the node, each with its time', () => {
  const c = (name: string, cpuNanos: number) => ({ pod: 'p', namespace: 'n', uid: 'u', name, cpuNanos, nanoCores: undefined, memoryBytes: 1024, at: 5_000 })
  const text = resourceMetrics({ containers: [c('a', 1.5e9), c('b', 5e8)], node: { cpuNanos: 9e9, memoryBytes: 4096, availableBytes: 1, usedBytes: 2 } }, (_uid, name) => (name === 'a' ? 3_000 : undefined), 6_000)
  expect(text.split('\n').filter((l) => !l.startsWith('#'))).toEqual([
    'container_cpu_usage_seconds_total{container="a",namespace="n",pod="p"} 1.5 5000', 'container_cpu_usage_seconds_total{container="b",namespace="n",pod="p"} 0.5 5000',
    'container_memory_working_set_bytes{container="a",namespace="n",pod="p"} 1024 5000', 'container_memory_working_set_bytes{container="b",namespace="n",pod="p"} 1024 5000',
    'container_start_time_seconds{container="a",namespace="n",pod="p"} 3',
    'node_cpu_usage_seconds_total 9 6000', 'node_memory_working_set_bytes 4096 6000',
    'pod_cpu_usage_seconds_total{namespace="n",pod="p"} 2 6000', 'pod_memory_working_set_bytes{namespace="n",pod="p"} 2048 6000', 'resource_scrape_error 0', '',
  ])
  expect(text).toContain('# HELP node_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the node in core-seconds\n# TYPE node_cpu_usage_seconds_total counter\n')
})
