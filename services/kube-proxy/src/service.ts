/** Wires a proxy: informers → sync loop → kernel, with health, metrics and the load balancers' health check ports. */
import { type EndpointSlice, type Node, resources, type Service } from '@drydock/api'
import { type Clock, type Exec, exec, runGroup } from '@drydock/base'
import type { InformerFactory } from '@drydock/client'
import { Counter, Gauge, Histogram, type Running, type ServiceContext } from '@drydock/service'
import type { Config } from '../config.ts'
import { Conntrack } from './conntrack.ts'
import { HealthCheckPorts } from './health-check-ports.ts'
import { allowLoopbackRouting } from './loopback-routing.ts'
import { Applier } from './nft/applier.ts'
import { serviceOfSlice } from './plan/service-ports.ts'
import { createSync, loopbackProgram, NodeProgram, type Program, type View } from './proxier.ts'
import { SyncLoop } from './sync-loop.ts'

export interface ProxyParts { informers: InformerFactory, clock: Clock, exec?: Exec }

export function createProxy(c: ServiceContext<Config>, parts: ProxyParts): Running & Required<Pick<Running, 'run'>> {
  const { flags, log } = c
  const run: Exec = parts.exec ?? exec
  const services = parts.informers.informer(resources.services)
  const slices = parts.informers.informer(resources.endpointslices, { indexers: { service: (s) => [serviceOfSlice(s)] } })
  const nodes = parts.informers.informer(resources.nodes, flags.nodeportLoopback ? {} : { fieldSelector: `metadata.name=${flags.hostnameOverride}` })
  const view: View = {
    service: (key) => services.store.get(key), services: () => services.store.list(), nodes: () => nodes.store.list(), slices: (service) => slices.store.byIndex('service', service),
  }
  const node = flags.nodeportLoopback ? undefined : new NodeProgram({ name: flags.hostnameOverride, clusterCIDR: flags.clusterCidr, masqueradeAll: flags.masqueradeAll, nodePortAddresses: flags.nodeportAddresses }, view)
  const program: Program = node ?? loopbackProgram(view)
  const metrics = proxyMetrics(c)

  const sync = createSync({
    program, log, applier: new Applier({ table: flags.nftTable, exec: run }), conntrack: new Conntrack({ exec: run, log }),
    onApplied(a) { if (a.full) metrics.full.inc(); metrics.commands.inc(a.commands) },
  })
  const ports = new HealthCheckPorts({ log, healthy: () => loop.failure === undefined })
  const loop = new SyncLoop({
    clock: parts.clock, log, minSyncPeriodMs: flags.minSyncPeriod, fullSyncPeriodMs: flags.syncPeriod,
    async sync(signal) {
      const end = metrics.duration.startTimer()
      // The interface may come (back) after us.
      if (flags.nodeportLoopback) allowLoopbackRouting(flags.nodesInterface)
      await sync(signal)
      if (node) ports.update(node.checks)
      end()
      metrics.last.set(parts.clock.now() / 1000)
    },
  })
  const changed = (key?: string) => { program.changed(key); loop.changed() }
  const service = (s: Service) => changed(`${s.metadata?.namespace}/${s.metadata?.name}`)
  services.on({ add: service, update: service, delete: service })
  const slice = (s: EndpointSlice) => changed(serviceOfSlice(s))
  slices.on({ add: slice, update: (s, old) => { if (serviceOfSlice(s) !== serviceOfSlice(old)) slice(old); slice(s) }, delete: slice })
  nodes.on({ add: () => changed(), update: (n, old) => { if (!sameNode(n, old)) changed() }, delete: () => changed() })
  c.health.add('sync', () => {
    if (loop.failure !== undefined) throw new Error(String(loop.failure))
    if (loop.lastSyncMs === undefined) throw new Error('rules not programmed yet')
  }, { readyOnly: true })

  return {
    run: (signal) => runGroup(signal, [
      (s) => parts.informers.run(s),
      // Rules from before a restart stay until the whole state is known: an empty view must never empty them.
      async (s) => { await parts.informers.synced(s); await loop.run(s) },
    ]),
    async stop() { ports.close() },
  }
}

/** Nodes report every few seconds; only these parts matter here. */
const sameNode = (a: Node, b: Node): boolean => {
  const view = (n: Node): string => JSON.stringify([n.status?.addresses, n.metadata?.labels, n.status?.conditions?.find((c) => c.type === 'Ready')?.status])
  return view(a) === view(b)
}

function proxyMetrics(c: ServiceContext<Config>) {
  const registers = [c.metrics]
  return {
    duration: new Histogram({ name: 'kubeproxy_sync_proxy_rules_duration_seconds', help: 'SyncProxyRules latency in seconds', buckets: [0.001, 0.005, 0.02, 0.05, 0.1, 0.5, 1, 5, 15], registers }),
    last: new Gauge({ name: 'kubeproxy_sync_proxy_rules_last_timestamp_seconds', help: 'The last time proxy rules were successfully synced', registers }),
    full: new Counter({ name: 'kubeproxy_sync_full_proxy_rules_total', help: 'Times that the whole table was replaced', registers }),
    commands: new Counter({ name: 'kubeproxy_sync_proxy_rules_nftables_commands_total', help: 'Commands sent to nft', registers }),
  }
}
