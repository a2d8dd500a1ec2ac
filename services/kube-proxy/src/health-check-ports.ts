/**
 * Answers load balancers on the healthCheckNodePort of Services with externalTrafficPolicy Local: 200 while this node has a
 * ready endpoint of the Service, else 503 (upstream's pkg/proxy/healthcheck).
 */
import { createServer, type Server } from 'node:http'
import type { EndpointSlice, Service } from '@drydock/api'
import type { Logger } from '@drydock/base'

export interface Check { namespace: string, name: string, port: number, localEndpoints: number }

/** Which port must answer for a Service, and what; undefined where none must. Pure. */
export function healthCheck(s: Service, slices: readonly EndpointSlice[], node: string): Check | undefined {
  const { namespace = '', name = '' } = s.metadata ?? {}
  const port = s.spec?.healthCheckNodePort ?? 0
  if (!port || s.spec?.type !== 'LoadBalancer' || s.spec.externalTrafficPolicy !== 'Local') return undefined
  const local = new Set(slices.flatMap((e) => e.endpoints ?? []).filter((e) => e.nodeName === node && (e.conditions?.ready ?? true)).map((e) => e.addresses[0]))
  return { namespace, name, port, localEndpoints: local.size }
}

export interface HealthCheckPortsOptions { log: Logger, healthy(): boolean, address?: string }

export class HealthCheckPorts {
  readonly #servers = new Map<number, { server: Server, check: Check }>()
  readonly #o: HealthCheckPortsOptions
  constructor(o: HealthCheckPortsOptions) { this.#o = o }

  update(checks: readonly Check[]): void {
    const wanted = new Map(checks.map((c) => [c.port, c]))
    for (const [port, { server }] of this.#servers) if (!wanted.has(port)) { server.close(); server.closeAllConnections(); this.#servers.delete(port) }
    for (const [port, check] of wanted) {
      const open = this.#servers.get(port)
      if (open) open.check = check
      else this.#open(port, check)
    }
  }

  close(): void { this.update([]) }

  #open(port: number, check: Check): void {
    const entry = { check, server: createServer((_, answer) => {
      const { namespace, name, localEndpoints } = entry.check
      const healthy = this.#o.healthy()
      answer.writeHead(localEndpoints > 0 && healthy ? 200 : 503, { 'content-type': 'application/json', 'x-content-type-options': 'nosniff', 'x-load-balancing-endpoint-weight': localEndpoints })
      answer.end(JSON.stringify({ service: { namespace, name }, localEndpoints, serviceProxyHealthy: healthy }))
    }) }
    entry.server.on('error', (err) => {
      this.#o.log.error({ err, port, service: `${check.namespace}/${check.name}` }, 'health check port not open')
      this.#servers.delete(port)
    })
    entry.server.listen(port, this.#o.address)
    this.#servers.set(port, entry)
  }
}
