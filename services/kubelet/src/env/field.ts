/** Values of fieldRef and resourceFieldRef (fieldpath.ExtractFieldPathAsString, resource.ExtractContainerResourceValue). Pure. */
import type { Pod, ResourceFieldSelector } from '@drydock/api'
import { milli, quantity, whole } from '../pods/quantity.ts'

/** What the node has to give, for limits that are not set: milli-CPUs, bytes. */
export interface NodeAmounts { cpu: number, memory: number, ephemeralStorage: number }

/** As downward API files show maps: sorted `key="value"` lines, quoted as Go's %q. */
const formatMap = (m: Record<string, string> | undefined) => Object.keys(m ?? {}).sort().map((k) => `${k}=${JSON.stringify(m![k])}`).join('\n')

export function fieldValue(pod: Pod, path: string, addresses: { ips: readonly string[], hostIPs: readonly string[] }): string {
  const keyed = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path)
  if (keyed) return pod.metadata?.[keyed[1] as 'labels' | 'annotations']?.[keyed[2]!] ?? ''
  switch (path) {
    case 'metadata.name': return pod.metadata?.name ?? ''
    case 'metadata.namespace': return pod.metadata?.namespace ?? ''
    case 'metadata.uid': return pod.metadata?.uid ?? ''
    case 'metadata.labels': return formatMap(pod.metadata?.labels)
    case 'metadata.annotations': return formatMap(pod.metadata?.annotations)
    case 'spec.nodeName': return pod.spec?.nodeName ?? ''
    case 'spec.serviceAccountName': return pod.spec?.serviceAccountName ?? ''
    case 'status.hostIP': return addresses.hostIPs[0] ?? ''
    case 'status.hostIPs': return addresses.hostIPs.join(',')
    case 'status.podIP': return addresses.ips[0] ?? ''
    case 'status.podIPs': return addresses.ips.join(',')
    default: throw new Error(`unsupported fieldPath: ${path}`)
  }
}

export function resourceValue(pod: Pod, ref: ResourceFieldSelector, container: string, node: NodeAmounts): string {
  const c = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find((x) => x.name === (ref.containerName || container))
  if (!c) throw new Error(`container ${ref.containerName || container} not found`)
  const [which, name] = [ref.resource.slice(0, ref.resource.indexOf('.')), ref.resource.slice(ref.resource.indexOf('.') + 1)] as ['limits' | 'requests', string]
  const divisor = quantity(ref.divisor) === 0 ? '1' : ref.divisor!
  const q = c.resources?.[which]?.[name]
  if (name === 'cpu') {
    const value = q !== undefined ? milli(q) : which === 'limits' ? node.cpu : 0
    return String(Math.ceil(value / milli(divisor)))
  }
  const fallback = which === 'requests' ? 0 : name === 'memory' ? node.memory : name === 'ephemeral-storage' ? node.ephemeralStorage : 0
  return String(Math.ceil((q !== undefined ? whole(q) : fallback) / whole(divisor)))
}
