/** Environment variables of services (kubelet/envvars.FromServices): `NAME_SERVICE_HOST` and Docker's link variables. Pure. */
import type { Service } from '@drydock/api'

const envName = (s: string) => s.replaceAll('-', '_').toUpperCase()

export function serviceEnv(services: readonly Service[]): Record<string, string> {
  const out: Record<string, string> = {}
  for (const s of services) {
    const ip = s.spec?.clusterIP, ports = s.spec?.ports ?? []
    if (!ip || ip === 'None' || ports.length === 0) continue
    const name = envName(s.metadata!.name!), host = ip.includes(':') ? `[${ip}]` : ip
    out[`${name}_SERVICE_HOST`] = ip
    out[`${name}_SERVICE_PORT`] = String(ports[0]!.port)
    for (const p of ports) if (p.name) out[`${name}_SERVICE_PORT_${envName(p.name)}`] = String(p.port)
    for (const [i, p] of ports.entries()) {
      const protocol = (p.protocol ?? 'TCP').toLowerCase(), prefix = `${name}_PORT_${p.port}_${protocol.toUpperCase()}`, url = `${protocol}://${host}:${p.port}`
      if (i === 0) out[`${name}_PORT`] = url
      Object.assign(out, { [prefix]: url, [`${prefix}_PROTO`]: protocol, [`${prefix}_PORT`]: String(p.port), [`${prefix}_ADDR`]: ip })
    }
  }
  return out
}

/** Services whose variables a pod gets: those of its namespace (unless it declines) and `kubernetes`. Those of its own win. */
export function servicesFor(all: readonly Service[], namespace: string, links: boolean): Service[] {
  const chosen = new Map<string, Service>()
  for (const s of all) {
    const ns = s.metadata?.namespace, name = s.metadata?.name ?? ''
    if (ns === 'default' && name === 'kubernetes') { if (!chosen.has(name)) chosen.set(name, s) }
    else if (links && ns === namespace) chosen.set(name, s)
  }
  return [...chosen.values()]
}
