import { duplicate, FieldError, fieldForbidden, invalid, nameIsDNSSubdomain } from '@drydock/api'
import type { Pod, PodStatus } from '@drydock/api'
import { byRule, each, ip, isIP, qualified, subdomain, unique, type Errors } from '../lib/validate.ts'
import { annotationChanges } from './pod-update.ts'

/** ValidatePodStatusUpdate: what a kubelet may not report. */
export function validatePodStatusUpdate(pod: Pod, old: Pod): Errors {
  const now = pod.status ?? {}, was = old.status ?? {}
  const out = [...annotationChanges(pod, old), ...conditions(now.conditions)]
  if (now.nominatedNodeName && now.nominatedNodeName !== was.nominatedNodeName) out.push(...byRule('status.nominatedNodeName', now.nominatedNodeName, (n) => nameIsDNSSubdomain(n, false)))
  if ((now.qosClass ?? '') !== (was.qosClass ?? '')) out.push(invalid('status.qosClass', now.qosClass ?? '', 'field is immutable'))
  const policy = old.spec?.restartPolicy ?? ''
  out.push(
    ...stayEnded('status.containerStatuses', now.containerStatuses, was.containerStatuses, policy, (name, code) => restartsByOwnRule(pod, name, code)),
    ...stayEnded('status.initContainerStatuses', now.initContainerStatuses, was.initContainerStatuses, policy, (name, code) => isSidecar(pod, name) || restartsByOwnRule(pod, name, code)),
    ...stayEnded('status.ephemeralContainerStatuses', now.ephemeralContainerStatuses, was.ephemeralContainerStatuses, 'Never', () => false),
    ...claims(pod), ...addresses('status.podIPs', now.podIPs), ...hostAddresses(now),
  )
  return out
}

const ownConditions = new Set(['PodScheduled', 'Ready', 'Initialized'])
const conditions = (list: PodStatus['conditions']): Errors => each(list, 'metadata.conditions', (c, at) => (ownConditions.has(c.type) ? [] : qualified(`${at}.Type`, c.type ?? '')))

interface State { name: string, state?: { terminated?: { exitCode?: number } | undefined } | undefined }

/** A container that has ended for good stays ended. */
function stayEnded(path: string, now: readonly State[] | undefined, was: readonly State[] | undefined, policy: string, restarts: (name: string, exitCode: number) => boolean): Errors {
  if (policy === 'Always') return []
  return each(was, path, (w, at) => {
    const ended = w.state?.terminated
    if (!ended || (policy === 'OnFailure' && (ended.exitCode ?? 0) !== 0) || restarts(w.name, ended.exitCode ?? 0)) return []
    return (now ?? []).filter((n) => n.name === w.name && !n.state?.terminated).map(() => fieldForbidden(`${at}.state`, 'may not be transitioned to non-terminated state'))
  })
}

const isSidecar = (pod: Pod, name: string): boolean => pod.spec?.initContainers?.some((c) => c.name === name && c.restartPolicy === 'Always') ?? false

/** Containers with a restart policy or rules of their own may run again although the pod's others do not. */
function restartsByOwnRule(pod: Pod, name: string, exitCode: number): boolean {
  const c = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find((x) => x.name === name)
  if (!c) return false
  const ruled = c.restartPolicyRules?.some((r) => r.action === 'Restart' && r.exitCodes && (r.exitCodes.operator === 'In') === (r.exitCodes.values ?? []).includes(exitCode))
  return ruled || c.restartPolicy === 'Always' || (c.restartPolicy === 'OnFailure' && exitCode !== 0)
}

function claims(pod: Pod): Errors {
  const known = new Set(pod.spec?.resourceClaims?.map((c) => c.name)), seen = new Set<string>()
  return each(pod.status?.resourceClaimStatuses, 'status.resourceClaimStatuses', (s, at) => {
    const out: Errors = known.has(s.name) ? [] : [invalid(`${at}.name`, s.name, 'must match the name of an entry in `spec.resourceClaims`')]
    if (seen.has(s.name)) out.push(duplicate(`${at}.name`, s.name))
    seen.add(s.name)
    return s.resourceClaimName === undefined ? out : [...out, ...subdomain(`${at}.name`, s.resourceClaimName)]
  })
}

type Address = { ip: string }

/** One address, or one of each family. */
function addresses(path: string, list: readonly Address[] | undefined): Errors {
  const out = each(list, path, (a, at) => ip(at, a.ip))
  if (!list || list.length < 2) return out
  const bad = list.findIndex((a) => !isIP(a.ip)), families = new Set(list.map((a) => a.ip.includes(':')))
  if (bad >= 0) out.push(new FieldError('Internal', path, null, `failed to check for dual stack with error:invalid IP: [${bad}]=${list[bad]!.ip}`))
  if (bad >= 0 || families.size < 2 || list.length > 2) out.push(invalid(path, list.map((a) => ({ IP: a.ip })), 'may specify no more than one IP for each IP family'))
  return [...out, ...unique(list, path, (a) => a.ip, (a) => ({ IP: a.ip }))]
}

function hostAddresses(status: PodStatus): Errors {
  const list = status.hostIPs
  if (!list?.length) return []
  const first = (status.hostIP ?? '') === list[0]!.ip ? [] : [invalid('status.hostIPs[0].ip', list[0]!.ip, 'must be equal to `hostIP`')]
  return [...first, ...addresses('status.hostIPs', list)]
}
