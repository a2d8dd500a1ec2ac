/** Names of a pod towards the runtime: host name, labels, log files, and the hash that tells one container spec from another. Pure. */
import { createHash } from 'node:crypto'
import type { Container, Pod } from '@drydock/api'
import { labels, type AnyContainer } from './types.ts'

export const podLogDir = (base: string, pod: { namespace: string, name: string, uid: string }): string => `${base}/${pod.namespace}_${pod.name}_${pod.uid}`
export const containerLogPath = (container: string, restartCount: number): string => `${container}/${restartCount}.log`
export const formatPod = (pod: Pod): string => `${pod.metadata?.name}_${pod.metadata?.namespace}(${pod.metadata?.uid})`

/** Of what cannot change without another container: name and image (resources are resized in place), as upstream since 1.31. */
export const containerHash = (c: AnyContainer): string => createHash('sha256').update(JSON.stringify([c.name, c.image ?? ''])).digest('hex').slice(0, 8)

export interface HostNames { hostname: string, domain: string }
/** GeneratePodHostNameAndDomain; throws where setHostnameAsFQDN asks for more than the kernel holds. */
export function hostNames(pod: Pod, clusterDomain: string): HostNames {
  const spec = pod.spec!, m = pod.metadata!
  if (spec.hostnameOverride) return { hostname: spec.hostnameOverride, domain: '' }
  let hostname = (spec.hostname || m.name!)
  if (hostname.length > 63) hostname = hostname.slice(0, 63).replace(/[-.]+$/, '')
  const domain = spec.subdomain ? `${spec.subdomain}.${m.namespace}.svc.${clusterDomain}` : ''
  return { hostname, domain }
}
export function kernelHostname(pod: Pod, names: HostNames): string {
  if (!pod.spec?.setHostnameAsFQDN || !names.domain) return names.hostname
  const fqdn = `${names.hostname}.${names.domain}`
  if (fqdn.length > 64) throw new Error(`failed to construct FQDN from pod hostname and cluster domain, FQDN ${fqdn} is too long (64 characters is the max, ${fqdn.length} characters requested)`)
  return fqdn
}

export const podLabels = (pod: Pod): Record<string, string> => ({
  ...pod.metadata?.labels, [labels.podName]: pod.metadata!.name!, [labels.podNamespace]: pod.metadata!.namespace!, [labels.podUID]: pod.metadata!.uid!,
})
export const containerLabels = (pod: Pod, c: AnyContainer): Record<string, string> => ({
  [labels.podName]: pod.metadata!.name!, [labels.podNamespace]: pod.metadata!.namespace!, [labels.podUID]: pod.metadata!.uid!, [labels.containerName]: c.name,
})

/** Resources that the node has agreed to, put into the spec that the kubelet acts on. */
export const withResources = (c: Container, resources: Container['resources']): Container => (resources ? { ...c, resources } : c)
