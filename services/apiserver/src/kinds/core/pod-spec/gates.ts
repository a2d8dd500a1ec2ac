import type { Container, PodSpec } from '@drydock/api'

/** Takes away fields behind feature gates that are off by default in v1.35 (pkg/api/pod: dropDisabledFields). */
export function dropDisabledPodFields(spec: PodSpec): void {
  delete spec.workloadRef
  for (const c of [...(spec.initContainers ?? []), ...(spec.containers ?? [])] as Container[]) {
    if (!c.lifecycle) continue
    delete c.lifecycle.stopSignal
  }
  for (const v of spec.volumes ?? []) {
    for (const s of v.projected?.sources ?? []) {
      delete s.clusterTrustBundle
    }
  }
}
