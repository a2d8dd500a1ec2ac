/** What the kubelet counts, under upstream's names (pkg/kubelet/metrics). */
import type { Clock } from '@drydock/base'
import { Counter, Gauge, Histogram, type Registry } from '@drydock/service'
import type { Cri } from './cri/client.ts'
import type { PodManager } from './pods/manager.ts'

/** Upstream's names of operations where they are not the method's in lower case. */
const operations: Record<string, string> = { runPodSandbox: 'run_podsandbox', stopPodSandbox: 'stop_podsandbox', removePodSandbox: 'remove_podsandbox', podSandboxStatus: 'podsandbox_status', listPodSandbox: 'list_podsandbox', updateContainerResources: 'update_container' }
const operationOf = (method: string) => operations[method] ?? method.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)

/** The same runtime with its calls counted and timed. */
export function measured(cri: Cri, registry: Registry, clock: Clock): Cri {
  const registers = [registry], labelNames = ['operation_type']
  const total = new Counter({ name: 'kubelet_runtime_operations_total', help: 'Cumulative number of runtime operations by operation type.', labelNames, registers })
  const errors = new Counter({ name: 'kubelet_runtime_operations_errors_total', help: 'Cumulative number of runtime operation errors by operation type.', labelNames, registers })
  const duration = new Histogram({ name: 'kubelet_runtime_operations_duration_seconds', help: 'Duration in seconds of runtime operations. Broken down by operation type.', labelNames, registers, buckets: Array.from({ length: 14 }, (_, i) => Number((0.005 * 2.5 ** i).toPrecision(6))) })
  const pods = new Counter({ name: 'kubelet_started_pods_total', help: 'Cumulative number of pods started', registers }), containers = new Counter({ name: 'kubelet_started_containers_total', help: 'Cumulative number of containers started', registers })
  const timed = (name: string, call: (...a: never[]) => Promise<unknown>) => {
    const labels = { operation_type: operationOf(name) }, count = name === 'runPodSandbox' ? pods : name === 'startContainer' ? containers : undefined
    return (...a: never[]): Promise<unknown> => {
      const from = clock.monotonic()
      total.inc(labels)
      count?.inc()
      const answer = call(...a)
      answer.then(() => duration.observe(labels, (clock.monotonic() - from) / 1000), () => errors.inc(labels))
      return answer
    }
  }
  const plain = { events: cri.events.bind(cri), close: () => cri.close() }
  return { ...Object.fromEntries(Object.entries(cri).map(([name, f]) => [name, timed(name, f as never)])), ...plain } as unknown as Cri
}

export function addPodMetrics(registry: Registry, o: { pods: PodManager, nodeName: string }): void {
  const registers = [registry]
  new Gauge({ name: 'kubelet_running_pods', help: 'Number of pods that have a running pod sandbox', registers, collect() { this.set(o.pods.pods().filter((p) => o.pods.status(p.metadata!.uid!)?.conditions?.some((c) => c.type === 'PodReadyToStartContainers' && c.status === 'True')).length) } })
  new Gauge({
    name: 'kubelet_running_containers', help: 'Number of containers currently running', labelNames: ['container_state'], registers,
    collect() {
      this.reset()
      for (const p of o.pods.pods()) {
        const s = o.pods.status(p.metadata!.uid!)
        for (const c of [...(s?.initContainerStatuses ?? []), ...(s?.containerStatuses ?? []), ...(s?.ephemeralContainerStatuses ?? [])]) this.inc({ container_state: c.state?.running ? 'running' : c.state?.terminated ? 'exited' : 'created' })
      }
    },
  })
  new Gauge({ name: 'kubelet_node_name', help: "The node's name. The count is always 1.", labelNames: ['node'], registers }).set({ node: o.nodeName }, 1)
}
