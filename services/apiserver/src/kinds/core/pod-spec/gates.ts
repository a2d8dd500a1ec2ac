import type { Container, PodSpec, PodStatus } from '@drydock/api'

/** Takes away fields behind feature gates that are off by default in v1.35 (pkg/api/pod: dropDisabledFields). */
export function dropDisabledPodFields(spec: PodSpec): void {
  delete spec.workloadRef
  for (const c of [...(spec.initContainers ?? []), ...(spec.containers ?? [])] as Container[]) {
    if (c.lifecycle?.stopSignal === undefined) continue
    delete c.lifecycle.stopSignal
    if (Object.keys(c.lifecycle).length === 0) delete c.lifecycle
  }
  for (const v of spec.volumes ?? []) {
    for (const s of v.projected?.sources ?? []) {
      delete s.clusterTrustBundle
      delete s.podCertificate
    }
  }
}

/** The same of what a kubelet reports. */
export function dropDisabledPodStatus(status: PodStatus): void {
  delete status.resources
  delete status.allocatedResources
  delete status.extendedResourceClaimStatus
  for (const c of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? []), ...(status.ephemeralContainerStatuses ?? [])]) delete c.allocatedResourcesStatus
}
