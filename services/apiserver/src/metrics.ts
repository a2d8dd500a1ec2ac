/** Metrics of requests, objects and encodings, under upstream's names where upstream has them. Counted cheaply, summed when asked. */
import { Counter, Gauge, type Registry } from '@drydock/service'
import { encodings } from './cache/encodings.ts'
import type { WatchCache } from './cache/watch-cache.ts'
import type { ApiRequest, Reply } from './request.ts'

/** Told of every request that the chain answered. */
export interface RequestObserver {
  /** Watches and connections count as long-running, not as in flight. */
  readonly inFlight: number
  begin(): void
  end(request: ApiRequest, reply: Reply, seconds: number): void
}

/** Upstream's buckets (apiserver/pkg/endpoints/metrics), thinned. */
const buckets = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 5, 10, 30, 60]
const labelNames = ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'code'] as const

export function createRequestObserver(registry: Registry): RequestObserver {
  const registers = [registry]
  // By joined labels: prom-client hashes objects of labels at every call, which would cost as much as a read.
  const counts = new Map<string, number>()
  let inFlight = 0
  new Counter({ name: 'apiserver_request_total', help: 'Counter of apiserver requests broken out for each verb, group, version, resource, scope and HTTP response code.', labelNames: [...labelNames], registers,
    collect() {
      this.reset()
      for (const [key, n] of counts) this.inc(Object.fromEntries(key.split('|').map((v, i) => [labelNames[i]!, v])), n)
    } })
  const durations = durationsByVerb(registry)
  new Gauge({ name: 'apiserver_current_inflight_requests', help: 'Requests in the chain right now.', registers, collect() { this.set(inFlight) } })

  return {
    get inFlight() { return inFlight },
    begin() { inFlight++ },
    end({ info }, reply, seconds) {
      inFlight--
      const verb = info.isResource ? verbNames[info.verb] ?? info.verb.toUpperCase() : info.verb.toUpperCase()
      const key = info.isResource
        ? `${verb}|${info.group}|${info.version}|${info.resource}|${info.subresource}|${scopeOf(info)}|${codeOf(reply)}`
        : `${verb}||||||${codeOf(reply)}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
      durations.observe(verb, seconds)
    },
  }
}

interface Durations { /** How many fell into each bucket, the last without bound. */ counts: number[], sum: number }

/** A histogram that is told something at the cost of an array write, for the same reason. */
function durationsByVerb(registry: Registry): { observe(verb: string, seconds: number): void } {
  const verbs = new Map<string, Durations>(), metricName = 'apiserver_request_duration_seconds'
  const values = () => [...verbs].flatMap(([verb, d]) => {
    let count = 0
    const upTo = d.counts.map((n, i) => ({ metricName: `${metricName}_bucket`, labels: { verb, le: buckets[i] ?? '+Inf' }, value: count += n }))
    return [...upTo, { metricName: `${metricName}_sum`, labels: { verb }, value: d.sum }, { metricName: `${metricName}_count`, labels: { verb }, value: count }]
  })
  const metric = { name: metricName, help: 'Response latency distribution in seconds for each verb.', type: 'histogram', get: async () => ({ ...metric, values: values() }) }
  registry.registerMetric(metric as unknown as Gauge)
  return {
    observe(verb, seconds) {
      let d = verbs.get(verb)
      if (!d) verbs.set(verb, d = { counts: [...buckets.map(() => 0), 0], sum: 0 })
      let i = 0
      while (i < buckets.length && seconds > buckets[i]!) i++
      d.counts[i]!++
      d.sum += seconds
    },
  }
}

const verbNames: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT', patch: 'PATCH', delete: 'DELETE', deletecollection: 'DELETECOLLECTION', get: 'GET', list: 'LIST', watch: 'WATCH' }
const scopeOf = (i: ApiRequest['info']): string => (i.name ? 'resource' : i.namespace ? 'namespace' : 'cluster')

export function codeOf(reply: Reply): number {
  if (reply.type === 'error') return reply.error.code
  return 'code' in reply ? reply.code : reply.type === 'connect' ? 101 : 200
}

export function addCacheMetrics(registry: Registry, cache: WatchCache): void {
  const registers = [registry]
  new Gauge({ name: 'apiserver_storage_objects', help: 'Number of stored objects, by kind.', labelNames: ['resource'], registers,
    collect() { for (const r of cache.resources()) this.set({ resource: r.type.group ? `${r.type.resource}.${r.type.group}` : r.type.resource }, r.size) } })
  new Gauge({ name: 'drydock_watch_cache_revision', help: 'Revision of the store that the watch cache has reached.', registers, collect() { this.set(cache.revision) } })
  new Counter({ name: 'drydock_encodings_total', help: 'JSON encodings made: of an object by a write, of an event for its watchers.', labelNames: ['of'], registers,
    collect() { this.reset(); this.inc({ of: 'object' }, encodings.objects); this.inc({ of: 'event' }, encodings.events) } })
}
