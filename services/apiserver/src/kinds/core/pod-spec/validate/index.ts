import { dns1123Label, duplicate, fieldForbidden, invalid, notSupported, required } from '@drydock/api'
import type { ObjectMeta, Pod, PodSpec, PodTemplateSpec } from '@drydock/api'
import { annotations, byRule, each, labels, subdomain, within, type Errors } from '../../../lib/validate.ts'
import { validateAffinity } from './affinity.ts'
import { annotationsMatchFields, podAnnotations } from './annotations.ts'
import { validateContainers, validateEphemeralContainers, validateInitContainers, type ContainerContext } from './containers.ts'
import { validateDNS, validateHostAliases, validateHostnames } from './dns.ts'
import { overhead, podResourcesCover, resourceRequirements } from './resources.ts'
import { validateGates, validateTolerations, validateTopologySpread } from './scheduling.ts'
import { hostUsers, podSecurity } from './security.ts'
import { validateOS } from './os.ts'
import { validateVolumes } from './volumes.ts'

const INT32_MAX = 2147483647

/** ValidatePodSpec of pkg/apis/core/validation; `meta` is the pod's or the template's, `claims` are volumes that a StatefulSet adds, `old` is what is updated. */
export function validatePodSpec(path: string, spec: PodSpec, meta: ObjectMeta | undefined, claims: readonly string[] = [], old?: PodSpec): Errors {
  const volumes = validateVolumes(`${path}.volumes`, spec.volumes, meta)
  for (const c of claims) if (!volumes.good.has(c)) volumes.good.set(c, { name: c, persistentVolumeClaim: { claimName: c } })
  const ctx: ContainerContext = {
    spec,
    volumes: volumes.good,
    claims: new Set((spec.resourceClaims ?? []).map((c) => c.name).filter(Boolean)),
    gracePeriod: spec.terminationGracePeriodSeconds,
  }
  return [
    ...volumes.errors,
    ...resourceClaims(`${path}.resourceClaims`, spec),
    ...validateContainers(`${path}.containers`, spec.containers, ctx),
    ...validateInitContainers(`${path}.initContainers`, spec.initContainers, ctx),
    ...validateEphemeralContainers(`${path}.ephemeralContainers`, spec.ephemeralContainers, ctx),
    ...resourceRequirements(`${path}.resources`, spec.resources, ctx.claims, { pod: true }),
    ...podResourcesCover(`${path}.resources`, spec),
    ...(spec.restartPolicy ? closed(`${path}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']) : [required(`${path}.restartPolicy`)]),
    ...validateDNS(path, spec),
    ...labels(`${path}.nodeSelector`, spec.nodeSelector),
    ...podSecurity(`${path}.securityContext`, spec, path, old),
    ...validateAffinity(`${path}.affinity`, spec.affinity),
    ...validateGates(path, spec),
    ...validateTopologySpread(`${path}.topologySpreadConstraints`, spec.topologySpreadConstraints),
    ...hostUsers(path, spec),
    ...validateOS(path, spec),
    ...simpleFields(path, spec),
    ...validateHostnames(path, spec),
    ...validateTolerations(`${path}.tolerations`, spec.tolerations),
    ...validateHostAliases(`${path}.hostAliases`, spec.hostAliases),
    ...overhead(`${path}.overhead`, spec.overhead),
  ]
}

const closed = (path: string, v: string, values: readonly string[]): Errors => (values.includes(v) ? [] : [notSupported(path, v, values)])

function simpleFields(path: string, spec: PodSpec): Errors {
  const out: Errors = []
  if (spec.serviceAccountName) out.push(...subdomain(`${path}.serviceAccountName`, spec.serviceAccountName))
  if (spec.nodeName) out.push(...subdomain(`${path}.nodeName`, spec.nodeName))
  if (spec.activeDeadlineSeconds !== undefined) out.push(...within(`${path}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, 1, INT32_MAX))
  if (spec.priorityClassName) out.push(...subdomain(`${path}.priorityClassName`, spec.priorityClassName))
  if (spec.runtimeClassName !== undefined) out.push(...subdomain(`${path}.runtimeClassName`, spec.runtimeClassName))
  if (spec.preemptionPolicy !== undefined) {
    if (spec.preemptionPolicy === '') out.push(required(`${path}.preemptionPolicy`))
    else out.push(...closed(`${path}.preemptionPolicy`, spec.preemptionPolicy, ['PreemptLowerPriority', 'Never']))
  }
  return out
}

/** Claims of devices: a name and exactly one of claim or template. */
function resourceClaims(path: string, spec: PodSpec): Errors {
  const names = new Set<string>()
  return each(spec.resourceClaims, path, (c, at) => {
    const out: Errors = []
    if (!c.name) out.push(required(`${at}.name`))
    else if (names.has(c.name)) out.push(duplicateName(`${at}.name`, c.name))
    else {
      out.push(...byRule(`${at}.name`, c.name, dns1123Label))
      names.add(c.name)
    }
    const given = [c.resourceClaimName, c.resourceClaimTemplateName].filter((x) => x !== undefined)
    const shown = { Name: c.name ?? '', ResourceClaimName: c.resourceClaimName ?? null, ResourceClaimTemplateName: c.resourceClaimTemplateName ?? null }
    if (given.length === 0) out.push(invalid(at, shown, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'))
    if (given.length === 2) out.push(invalid(at, shown, 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'))
    if (c.resourceClaimName !== undefined) out.push(...subdomain(`${at}.resourceClaimName`, c.resourceClaimName))
    if (c.resourceClaimTemplateName !== undefined) out.push(...subdomain(`${at}.resourceClaimTemplateName`, c.resourceClaimTemplateName))
    return out
  })
}
const duplicateName = duplicate

/** ValidatePodTemplateSpec. */
export function validatePodTemplate(path: string, template: PodTemplateSpec | undefined, claims: readonly string[] = [], old?: PodTemplateSpec): Errors {
  const meta = template?.metadata
  const spec = template?.spec ?? { containers: [] }
  return [
    ...labels(`${path}.labels`, meta?.labels), ...annotations(`${path}.annotations`, meta?.annotations),
    ...podAnnotations(`${path}.annotations`, meta?.annotations, spec),
    ...validatePodSpec(`${path}.spec`, spec, meta, claims, old?.spec),
    ...(spec.ephemeralContainers?.length ? [fieldForbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')] : []),
  ]
}

/** ValidatePodCreate beyond the metadata that the registry checks. */
export function validatePod(pod: Pod): Errors {
  const out = validateAnyPod(pod), spec = pod.spec!
  if (spec.ephemeralContainers?.length) out.push(fieldForbidden('spec.ephemeralContainers', 'cannot be set on create'))
  if (spec.nodeName && spec.schedulingGates?.length) out.push(fieldForbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'))
  return [...out, ...annotationsMatchFields('spec', pod.metadata, spec)]
}

/** What holds for pods at any time. */
export function validateAnyPod(pod: Pod, old?: Pod): Errors {
  const spec = pod.spec!
  const out: Errors = [...podAnnotations('metadata.annotations', pod.metadata?.annotations, spec), ...validatePodSpec('spec', spec, pod.metadata, [], old?.spec)]
  if (!spec.serviceAccountName) out.push(...tokensWithoutAccount(spec))
  for (const list of ['containers', 'initContainers', 'ephemeralContainers'] as const) out.push(...each(spec[list] as Array<{ image?: string }> | undefined, `spec.${list}`, paddedImage))
  return out
}

const paddedImage = (c: { image?: string }, at: string): Errors =>
  (c.image !== undefined && c.image.trim() !== c.image ? [invalid(`${at}.image`, c.image, 'must not have leading or trailing whitespace')] : [])

function tokensWithoutAccount(spec: PodSpec): Errors {
  return each(spec.volumes, 'spec.volumes', (v, at) => each(v.projected?.sources, `${at}.projected.sources`, (s, p) =>
    (s.serviceAccountToken ? [fieldForbidden(`${p}.serviceAccountToken`, 'must not be specified when serviceAccountName is not set')] : [])))
}

