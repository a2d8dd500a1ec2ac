/**
 * prom-client's metric classes without its index file: that one loads default metrics, push gateway and cluster support,
 * 20 ms and 8 MiB that no component needs at start.
 */
import RegistryClass from 'prom-client/lib/registry.js'
import CounterClass from 'prom-client/lib/counter.js'
import GaugeClass from 'prom-client/lib/gauge.js'
import HistogramClass from 'prom-client/lib/histogram.js'
import type * as prom from 'prom-client'
import { readFileSync } from 'node:fs'

// The files under lib/ have no types of their own; they are the classes that the index exports.
export const Registry = RegistryClass as unknown as typeof prom.Registry
export type Registry = prom.Registry
export const Counter = CounterClass as unknown as typeof prom.Counter
export type Counter<T extends string = string> = prom.Counter<T>
export const Gauge = GaugeClass as unknown as typeof prom.Gauge
export type Gauge<T extends string = string> = prom.Gauge<T>
export const Histogram = HistogramClass as unknown as typeof prom.Histogram
export type Histogram<T extends string = string> = prom.Histogram<T>

/** What Go's process collector says: CPU, memory, start time, open files. Read when asked, at no cost otherwise. */
export function addProcessMetrics(registry: Registry, startTimeMs: number): void {
  const registers = [registry]
  const cpu = new Counter({ name: 'process_cpu_seconds_total', help: 'Total user and system CPU time spent in seconds.', registers,
    collect() { const u = process.cpuUsage(); this.reset(); this.inc((u.user + u.system) / 1e6) } })
  const memory = new Gauge({ name: 'process_resident_memory_bytes', help: 'Resident memory size in bytes.', registers, collect() { this.set(process.memoryUsage.rss()) } })
  const heap = new Gauge({ name: 'nodejs_heap_size_used_bytes', help: 'V8 heap in use.', registers, collect() { this.set(process.memoryUsage().heapUsed) } })
  const files = new Gauge({ name: 'process_max_fds', help: 'Maximum number of open file descriptors.', registers, collect() { this.set(maxOpenFiles()) } })
  const start = new Gauge({ name: 'process_start_time_seconds', help: 'Start time of the process since unix epoch in seconds.', registers })
  start.set(startTimeMs / 1000)
  void [cpu, memory, heap, files]
}

/** What feeds a component's informers: where the bus is away, each has a watch of its own. */
export function addInformerMetrics(registry: Registry, informers: { feeds(): { bus: number, direct: number } }): void {
  const gauge = new Gauge({ name: 'drydock_informers', help: 'Informers by what feeds them: the bus, or a direct watch.', labelNames: ['feed'], registers: [registry],
    collect() { for (const [feed, n] of Object.entries(informers.feeds())) this.set({ feed }, n) } })
  void gauge
}

function maxOpenFiles(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? 0)
  } catch { return 0 }
}
