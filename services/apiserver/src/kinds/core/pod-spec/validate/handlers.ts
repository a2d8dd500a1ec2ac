import { fieldForbidden, invalid, required } from '@drydock/api'
import type { ExecAction, GRPCAction, HTTPGetAction, Lifecycle, Probe, TCPSocketAction } from '@drydock/api'
import { byRule, each, httpHeaderName, nonNegative, oneOf, port, portName, type Errors } from '../../../lib/validate.ts'

interface Handler { exec?: ExecAction | undefined, httpGet?: HTTPGetAction | undefined, tcpSocket?: TCPSocketAction | undefined, grpc?: GRPCAction | undefined, sleep?: { seconds: number } | undefined }

/** What a probe and a life cycle hook do. */
function handler(path: string, h: Handler, gracePeriod: number | undefined): Errors {
  const kinds = (['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const).filter((k) => h[k])
  const out: Errors = []
  const first = kinds[0]
  for (const k of kinds) if (k !== first) out.push(fieldForbidden(`${path}.${k}`, 'may not specify more than 1 handler type'))
  if (first === 'exec' && !h.exec!.command?.length) out.push(required(`${path}.exec.command`))
  if (first === 'httpGet') out.push(...httpGet(`${path}.httpGet`, h.httpGet!))
  if (first === 'tcpSocket') out.push(...portRef(`${path}.tcpSocket.port`, h.tcpSocket!.port))
  if (first === 'grpc') out.push(...port(`${path}.grpc.port`, h.grpc!.port))
  if (first === 'sleep') out.push(...sleep(`${path}.sleep`, h.sleep!, gracePeriod))
  if (first === undefined) out.push(required(path, 'must specify a handler type'))
  return out
}

function httpGet(path: string, g: HTTPGetAction): Errors {
  return [
    ...(g.path ? [] : [required(`${path}.path`)]),
    ...portRef(`${path}.port`, g.port),
    ...oneOf(`${path}.scheme`, g.scheme ?? '', ['HTTP', 'HTTPS']),
    ...each(g.httpHeaders, `${path}.httpHeaders`, (h, at) => byRule(at.replace(/\[\d+\]$/, ''), h.name ?? '', httpHeaderName)),
  ]
}

/** ValidatePortNumOrName. */
function portRef(path: string, p: number | string | undefined): Errors {
  return typeof p === 'string' ? byRule(path, p, portName) : port(path, p ?? 0)
}

function sleep(path: string, s: { seconds: number }, gracePeriod: number | undefined): Errors {
  const grace = gracePeriod ?? 0
  if (s.seconds < 0 || s.seconds > grace) return [invalid(path, s.seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`)]
  return []
}

/** validateProbe: numbers that may not be negative, and the handler. */
function probe(path: string, p: Probe, gracePeriod: number | undefined): Errors {
  const out = handler(path, p as Handler, gracePeriod)
  for (const f of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const) out.push(...nonNegative(`${path}.${f}`, p[f] ?? 0))
  if (p.terminationGracePeriodSeconds !== undefined && p.terminationGracePeriodSeconds <= 0) out.push(invalid(`${path}.terminationGracePeriodSeconds`, p.terminationGracePeriodSeconds, 'must be greater than 0'))
  return out
}

export interface Probes { livenessProbe?: Probe | undefined, readinessProbe?: Probe | undefined, startupProbe?: Probe | undefined, lifecycle?: Lifecycle | undefined }

export function validateProbes(path: string, c: Probes, gracePeriod: number | undefined): Errors {
  const out: Errors = []
  for (const name of ['livenessProbe', 'startupProbe'] as const) {
    const p = c[name]
    if (!p) continue
    out.push(...probe(`${path}.${name}`, p, gracePeriod))
    if (p.successThreshold !== 1) out.push(invalid(`${path}.${name}.successThreshold`, p.successThreshold, 'must be 1'))
  }
  if (c.readinessProbe) {
    out.push(...probe(`${path}.readinessProbe`, c.readinessProbe, gracePeriod))
    if (c.readinessProbe.terminationGracePeriodSeconds !== undefined) out.push(invalid(`${path}.readinessProbe.terminationGracePeriodSeconds`, c.readinessProbe.terminationGracePeriodSeconds, 'must not be set for readinessProbes'))
  }
  return out
}

export function validateLifecycle(path: string, l: Lifecycle | undefined, gracePeriod: number | undefined): Errors {
  if (!l) return []
  return [
    ...(l.postStart ? handler(`${path}.postStart`, l.postStart as Handler, gracePeriod) : []),
    ...(l.preStop ? handler(`${path}.preStop`, l.preStop as Handler, gracePeriod) : []),
  ]
}
