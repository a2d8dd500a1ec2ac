import type { ContainerPort, PodSpec } from '@drydock/api'

interface Placed { path: string, port: ContainerPort }

/** Ports of one container or of several that cannot both be had, or that say the same twice. */
export function portWarnings(path: string, spec: PodSpec): string[] {
  const out: string[] = []
  const seen = new Map<string, Placed[]>()
  for (const list of ['initContainers', 'containers'] as const) {
    for (const [i, c] of (spec[list] ?? []).entries()) {
      for (const [j, port] of (c.ports ?? []).entries()) {
        const here = { path: `${path}.${list}[${i}].ports[${j}]`, port }
        if (port.hostIP && !port.hostPort) out.push(`${here.path}: hostIP set without hostPort: ${printed(port)}`)
        const key = `${port.containerPort}/${port.protocol}`
        const others = seen.get(key) ?? []
        for (const o of others) {
          const clash = compare(port, o.port)
          if (clash) out.push(`${here.path}: ${clash} port definition with ${o.path}`)
        }
        seen.set(key, [...others, here])
      }
    }
  }
  return out
}

/** How much two definitions of one port get in each other's way. */
function compare(a: ContainerPort, b: ContainerPort): string | undefined {
  const [portA, portB] = [a.hostPort ?? 0, b.hostPort ?? 0]
  if ((a.hostIP ?? '') === (b.hostIP ?? '') && portA === portB) return 'duplicate'
  if (portA === 0 || portB === 0) return 'overlapping'
  if (portA === portB && Boolean(a.hostIP) !== Boolean(b.hostIP)) return 'dangerously ambiguous'
  return undefined
}

/** Go's %+v of a ContainerPort. */
const printed = (p: ContainerPort): string => `{Name:${p.name ?? ''} HostPort:${p.hostPort ?? 0} ContainerPort:${p.containerPort} Protocol:${p.protocol ?? ''} HostIP:${p.hostIP ?? ''}}`
