/** /metrics/resource: CPU and memory of containers, pods and the node under upstream's names. It is what metrics-server scrapes. */
import type { Usage } from './usage.ts'

interface Line { labels?: Record<string, string>, value: number, at?: number }
const escape = (s: string) => s.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')

function metric(name: string, type: 'counter' | 'gauge', help: string, lines: readonly Line[]): string {
  if (lines.length === 0) return ''
  const of = (l: Line) => { const labels = Object.entries(l.labels ?? {}).map(([k, v]) => `${k}="${escape(v)}"`).join(','); return `${name}${labels && `{${labels}}`} ${l.value}${l.at === undefined ? '' : ` ${l.at}`}\n` }
  return `# HELP ${name} [STABLE] ${help}\n# TYPE ${name} ${type}\n${lines.map(of).join('')}`
}

/** `now` in milliseconds since the epoch. */
export function resourceMetrics(u: Usage, started: (uid: string, container: string) => number | undefined, now: number): string {
  const pods = new Map<string, { labels: Record<string, string>, cpu: number, memory: number }>()
  for (const c of u.containers) {
    const p = pods.get(c.uid) ?? { labels: { namespace: c.namespace, pod: c.pod }, cpu: 0, memory: 0 }
    p.cpu += c.cpuNanos
    p.memory += c.memoryBytes
    pods.set(c.uid, p)
  }
  const labels = (c: Usage['containers'][number]) => ({ container: c.name, namespace: c.namespace, pod: c.pod })
  return [
    metric('container_cpu_usage_seconds_total', 'counter', 'Cumulative cpu time consumed by the container in core-seconds', u.containers.map((c) => ({ labels: labels(c), value: c.cpuNanos / 1e9, at: c.at }))),
    metric('container_memory_working_set_bytes', 'gauge', 'Current working set of the container in bytes', u.containers.map((c) => ({ labels: labels(c), value: c.memoryBytes, at: c.at }))),
    metric('container_start_time_seconds', 'gauge', 'Start time of the container since unix epoch in seconds', u.containers.flatMap((c) => { const at = started(c.uid, c.name); return at === undefined ? [] : [{ labels: labels(c), value: at / 1000 }] })),
    metric('node_cpu_usage_seconds_total', 'counter', 'Cumulative cpu time consumed by the node in core-seconds', [{ value: u.node.cpuNanos / 1e9, at: now }]),
    metric('node_memory_working_set_bytes', 'gauge', 'Current working set of the node in bytes', [{ value: u.node.memoryBytes, at: now }]),
    metric('pod_cpu_usage_seconds_total', 'counter', 'Cumulative cpu time consumed by the pod in core-seconds', [...pods.values()].map((p) => ({ labels: p.labels, value: p.cpu / 1e9, at: now }))),
    metric('pod_memory_working_set_bytes', 'gauge', 'Current working set of the pod in bytes', [...pods.values()].map((p) => ({ labels: p.labels, value: p.memory, at: now }))),
    metric('resource_scrape_error', 'gauge', '1 if there was an error while getting container metrics, 0 otherwise', [{ value: 0 }]),
  ].join('')
}
