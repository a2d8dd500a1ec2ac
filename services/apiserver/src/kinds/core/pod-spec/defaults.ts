import type { Container, ContainerPort, Lifecycle, PodSpec, PodTemplateSpec, Probe, ResourceRequirements } from '@drydock/api'
import { formatQuantity } from '@drydock/api'
import { setDefault, setDefaultText } from '../../lib/strategy.ts'
import { aggregate } from './aggregate.ts'
import { defaultVolume } from './volume-defaults.ts'

/** Defaults of pod specs and templates (pkg/apis/core/v1/defaults.go), in place. */
export function defaultPodSpec(spec: PodSpec): void {
  setDefaultText(spec, 'dnsPolicy', 'ClusterFirst')
  setDefaultText(spec, 'restartPolicy', 'Always')
  setDefault(spec, 'securityContext', {})
  setDefault(spec, 'terminationGracePeriodSeconds', 30)
  setDefaultText(spec, 'schedulerName', 'default-scheduler')
  defaultServiceAccount(spec)
  for (const c of spec.initContainers ?? []) defaultContainer(c)
  for (const c of spec.containers ?? []) defaultContainer(c)
  for (const c of spec.ephemeralContainers ?? []) defaultContainer(c as Container)
  for (const v of spec.volumes ?? []) defaultVolume(v)
}

export function defaultPodTemplate(template: PodTemplateSpec | undefined): void {
  if (template?.spec) defaultPodSpec(template.spec)
}

/** SetDefaults_Pod: what is defaulted in pods alone, not in templates of them. */
export function defaultPod(spec: PodSpec): void {
  defaultPodSpec(spec)
  setDefault(spec, 'enableServiceLinks', true)
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) spec.terminationGracePeriodSeconds = 1
  for (const c of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) if (c.resources) defaultRequests(c.resources)
  if (spec.resources) defaultPodResources(spec, spec.resources)
  if (spec.hostNetwork) defaultHostPorts(spec)
}

const isHugePage = (name: string): boolean => name.startsWith('hugepages-')
const isPodLevel = (name: string): boolean => name === 'cpu' || name === 'memory' || isHugePage(name)

/**
 * Requests of the whole pod: what its containers request together where they request anything; else, and for huge pages
 * always, the pod's limit. Limits of huge pages are those of the containers together.
 */
function defaultPodResources(spec: PodSpec, r: ResourceRequirements): void {
  if (![...Object.keys(r.limits ?? {}), ...Object.keys(r.requests ?? {})].some(isPodLevel)) return
  const put = (list: 'requests' | 'limits', name: string, q: string) => { if (r[list]?.[name] === undefined) (r[list] ??= {})[name] = q }
  for (const [name, sum] of Object.entries(aggregate(spec, 'limits'))) if (isHugePage(name) && r.requests?.[name] === undefined) put('limits', name, formatQuantity(sum))
  for (const [name, sum] of Object.entries(aggregate(spec, 'requests'))) if (isPodLevel(name) && !isHugePage(name)) put('requests', name, formatQuantity(sum))
  for (const [name, limit] of Object.entries(r.limits ?? {})) if (isPodLevel(name)) put('requests', name, limit)
}

/** serviceAccount is the old name of serviceAccountName; both are written, the new one wins. */
function defaultServiceAccount(spec: PodSpec): void {
  const name = spec.serviceAccountName || spec.serviceAccount
  if (!name) return
  spec.serviceAccountName = name
  spec.serviceAccount = name
}

/** On the host's network a container's port is the host's port. */
function defaultHostPorts(spec: PodSpec): void {
  for (const c of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) for (const p of c.ports ?? []) if (!p.hostPort) p.hostPort = p.containerPort
}

export function defaultContainer(c: Container): void {
  setDefault(c, 'resources', {})
  setDefaultText(c, 'imagePullPolicy', pullPolicyFor(c.image ?? ''))
  setDefaultText(c, 'terminationMessagePath', '/dev/termination-log')
  setDefaultText(c, 'terminationMessagePolicy', 'File')
  for (const p of c.ports ?? []) setDefaultText(p as ContainerPort, 'protocol', 'TCP')
  for (const e of c.env ?? []) {
    if (e.valueFrom?.fieldRef) setDefaultText(e.valueFrom.fieldRef, 'apiVersion', 'v1')
    if (e.valueFrom?.resourceFieldRef) setDefault(e.valueFrom.resourceFieldRef, 'divisor', '0')
    if (e.valueFrom?.fileKeyRef) setDefault(e.valueFrom.fileKeyRef, 'optional', false)
  }
  for (const p of [c.livenessProbe, c.readinessProbe, c.startupProbe]) if (p) defaultProbe(p)
  if (c.lifecycle) defaultLifecycle(c.lifecycle)
}

/** A limit without a request of its own is the request as well. */
function defaultRequests(r: ResourceRequirements): void {
  if (!r.limits) return
  const requests = r.requests ??= {}
  for (const [name, limit] of Object.entries(r.limits)) requests[name] ??= limit
}

function defaultProbe(p: Probe): void {
  if (!p.timeoutSeconds) p.timeoutSeconds = 1
  if (!p.periodSeconds) p.periodSeconds = 10
  if (!p.successThreshold) p.successThreshold = 1
  if (!p.failureThreshold) p.failureThreshold = 3
  if (p.httpGet) defaultHttpGet(p.httpGet)
  if (p.grpc) setDefault(p.grpc, 'service', '')
}

function defaultLifecycle(l: Lifecycle): void {
  for (const h of [l.postStart, l.preStop]) if (h?.httpGet) defaultHttpGet(h.httpGet)
}

function defaultHttpGet(g: { path?: string | undefined, scheme?: string | undefined }): void {
  setDefaultText(g, 'path', '/')
  setDefaultText(g, 'scheme', 'HTTP')
}

/** Always for the tag latest, which may move; IfNotPresent for any other tag or a digest. */
export function pullPolicyFor(image: string): 'Always' | 'IfNotPresent' {
  if (image === '' || image.includes('@')) return 'IfNotPresent'
  const tag = /:([\w][\w.-]{0,127})$/.exec(image)?.[1]
  // What is no name of an image has no tag, so none that is latest.
  if (/[A-Z\s]|:$/.test(image.slice(image.indexOf('/') + 1, tag === undefined ? undefined : -tag.length - 1))) return 'IfNotPresent'
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent'
}
