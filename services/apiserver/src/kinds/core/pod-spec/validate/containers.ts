import { duplicate, fieldForbidden, fieldNotFound, invalid, notSupported, required } from '@drydock/api'
import type { Container, ContainerPort, EphemeralContainer, PodSpec, VolumeDevice, VolumeMount } from '@drydock/api'
import { byRule, each, label, oneOf, port, portName, type Errors } from '../../../lib/validate.ts'
import { validateEnv, validateEnvFrom } from './env.ts'
import { validateLifecycle, validateProbes } from './handlers.ts'
import { deviceErrors, mountErrors, type VolumeKinds } from './mounts.ts'
import { resourceRequirements } from './resources.ts'
import { containerSecurity } from './security.ts'

export interface ContainerContext {
  spec: PodSpec
  volumes: VolumeKinds
  claims: ReadonlySet<string>
  gracePeriod: number | undefined
}

/** What every container must be, of whichever list. */
function common(path: string, c: Container, ctx: ContainerContext): Errors {
  const env = { volumes: new Set(ctx.volumes.keys()) }
  return [
    ...(c.name ? label(`${path}.name`, c.name) : [required(`${path}.name`)]),
    ...oneOf(`${path}.terminationMessagePolicy`, c.terminationMessagePolicy ?? '', ['File', 'FallbackToLogsOnError']),
    ...validatePorts(`${path}.ports`, c.ports),
    ...validateEnv(`${path}.env`, c.env, env),
    ...validateEnvFrom(`${path}.envFrom`, c.envFrom),
    ...mountErrors(`${path}.volumeMounts`, c.volumeMounts as VolumeMount[] | undefined, c.volumeDevices, ctx.volumes, c),
    ...deviceErrors(`${path}.volumeDevices`, c.volumeDevices as VolumeDevice[] | undefined, c.volumeMounts, ctx.volumes),
    ...pullPolicy(`${path}.imagePullPolicy`, c.imagePullPolicy),
    ...resourceRequirements(`${path}.resources`, c.resources, ctx.claims),
    ...resizePolicy(`${path}.resizePolicy`, c, ctx),
    ...containerSecurity(`${path}.securityContext`, c.securityContext, ctx.spec),
  ]
}

const pullPolicies = ['Always', 'IfNotPresent', 'Never']
export const pullPolicy = (path: string, p: string | undefined): Errors => (p ? oneOf(path, p, pullPolicies) : [required(path)])

/** The main containers of a pod. */
export function validateContainers(path: string, list: readonly Container[] | undefined, ctx: ContainerContext): Errors {
  if (!list?.length) return [required(path)]
  const names = new Set<string>()
  const out = each(list, path, (c, at) => {
    const errs = common(at, c, ctx)
    if (names.has(c.name)) errs.push(duplicate(`${at}.name`, c.name))
    else names.add(c.name)
    if (!c.image) errs.push(required(`${at}.image`))
    errs.push(...validateLifecycle(`${at}.lifecycle`, c.lifecycle, ctx.gracePeriod), ...validateProbes(at, c, ctx.gracePeriod), ...restartPolicy(at, c, false))
    return errs
  })
  return [...out, ...hostPortConflicts(path, list)]
}

/** Init containers: those that restart always are sidecars and may be probed; the others run to their end. */
export function validateInitContainers(path: string, list: readonly Container[] | undefined, ctx: ContainerContext): Errors {
  const names = new Set(ctx.spec.containers?.map((c) => c.name))
  return each(list, path, (c, at) => {
    const sidecar = c.restartPolicy === 'Always'
    const errs = common(at, c, ctx)
    errs.push(...restartPolicy(at, c, true))
    if (c.name && names.has(c.name)) errs.push(duplicate(`${at}.name`, c.name))
    else if (c.name) names.add(c.name)
    if (!c.image) errs.push(required(`${at}.image`))
    errs.push(...hostPortConflicts(`${at}`, [c], true))
    if (sidecar) errs.push(...validateLifecycle(`${at}.lifecycle`, c.lifecycle, ctx.gracePeriod), ...validateProbes(at, c, ctx.gracePeriod))
    else {
      for (const f of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) if (c[f]) errs.push(fieldForbidden(`${at}.${f}`, 'may not be set for init containers without restartPolicy=Always'))
    }
    return errs
  })
}

const ephemeralAllowed = new Set(['name', 'image', 'command', 'args', 'workingDir', 'env', 'envFrom', 'volumeMounts', 'volumeDevices', 'terminationMessagePath', 'terminationMessagePolicy', 'imagePullPolicy', 'securityContext', 'stdin', 'stdinOnce', 'tty', 'targetContainerName', 'resources'])

export function validateEphemeralContainers(path: string, list: readonly EphemeralContainer[] | undefined, ctx: ContainerContext): Errors {
  const all = [...(ctx.spec.containers ?? []), ...(ctx.spec.initContainers ?? [])].map((c) => c.name)
  const names = new Set(all)
  return each(list, path, (c, at) => {
    const errs = common(at, c as Container, ctx)
    if (names.has(c.name)) errs.push(duplicate(`${at}.name`, c.name))
    names.add(c.name)
    if (!c.image) errs.push(required(`${at}.image`))
    if (c.targetContainerName && !all.includes(c.targetContainerName)) errs.push(targetMissing(`${at}.targetContainerName`, c.targetContainerName))
    for (const f of Object.keys(c)) if (!ephemeralAllowed.has(f)) errs.push(fieldForbidden(`${at}.${f}`, 'cannot be set for an Ephemeral Container'))
    if (Object.keys(c.resources ?? {}).length) errs.push(fieldForbidden(`${at}.resources`, 'cannot be set for an Ephemeral Container'))
    for (const [i, m] of (c.volumeMounts ?? []).entries()) {
      if (m.subPath) errs.push(fieldForbidden(`${at}.volumeMounts[${i}].subPath`, 'cannot be set for an Ephemeral Container'))
      if (m.subPathExpr) errs.push(fieldForbidden(`${at}.volumeMounts[${i}].subPathExpr`, 'cannot be set for an Ephemeral Container'))
    }
    return errs
  })
}

const targetMissing = fieldNotFound

function validatePorts(path: string, ports: readonly ContainerPort[] | undefined): Errors {
  const names = new Set<string>()
  return each(ports, path, (p, at) => {
    const out: Errors = []
    if (p.name) {
      const bad = byRule(`${at}.name`, p.name, portName)
      if (bad.length) out.push(...bad)
      else if (names.has(p.name)) out.push(duplicate(`${at}.name`, p.name))
      else names.add(p.name)
    }
    if (!p.containerPort) out.push(required(`${at}.containerPort`))
    else out.push(...port(`${at}.containerPort`, p.containerPort))
    if (p.hostPort) out.push(...port(`${at}.hostPort`, p.hostPort))
    if (!p.protocol) out.push(required(`${at}.protocol`))
    else out.push(...oneOf(`${at}.protocol`, p.protocol, ['SCTP', 'TCP', 'UDP']))
    return out
  })
}

/** checkHostPortConflicts. */
function hostPortConflicts(path: string, list: readonly Container[], single = false): Errors {
  const seen = new Set<string>()
  const out: Errors = []
  for (const [i, c] of list.entries()) {
    for (const [j, p] of (c.ports ?? []).entries()) {
      if (!p.hostPort) continue
      const key = `${p.protocol}/${p.hostIP ?? ''}/${p.hostPort}`
      if (seen.has(key)) out.push(duplicate(single ? `${path}.ports[${j}].hostPort` : `${path}[${i}].ports[${j}].hostPort`, key))
      seen.add(key)
    }
  }
  return out
}

function resizePolicy(path: string, c: Container, ctx: ContainerContext): Errors {
  const seen = new Set<string>()
  // The errors name the list: upstream leaves the index out.
  return each(c.resizePolicy, path, (p, _at, i) => {
    const at = path
    const out: Errors = []
    if (seen.has(p.resourceName)) out.push(duplicate(`${path}[${i}]`, p.resourceName))
    seen.add(p.resourceName)
    if (!p.resourceName) out.push(required(at))
    else if (!['cpu', 'memory'].includes(p.resourceName)) out.push(notSupported(at, p.resourceName, ['cpu', 'memory']))
    if (!p.restartPolicy) out.push(required(at))
    else if (!['NotRequired', 'RestartContainer'].includes(p.restartPolicy)) out.push(notSupported(at, p.restartPolicy, ['NotRequired', 'RestartContainer']))
    if (ctx.spec.restartPolicy === 'Never' && p.restartPolicy && p.restartPolicy !== 'NotRequired') out.push(invalid(at, p.restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'"))
    return out
  })
}

/** Restart policies and rules of single containers. */
function restartPolicy(path: string, c: Container, _init: boolean): Errors {
  const out: Errors = []
  const policy = c.restartPolicy
  if (policy !== undefined && !['Always', 'OnFailure', 'Never'].includes(policy)) out.push(notSupported(`${path}.restartPolicy`, policy, ['Always', 'Never', 'OnFailure']))
  const rules = c.restartPolicyRules
  if (rules?.length) {
    if (policy === undefined) out.push(required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used'))
    if (rules.length > 20) out.push(invalid(`${path}.restartPolicyRules`, rules.length, 'may not have more than 20 rules'))
  }
  out.push(...each(rules, `${path}.restartPolicyRules`, (r, at) => {
    const errs = oneOf(`${at}.action`, r.action ?? '', ['Restart'])
    if (!r.exitCodes) return [...errs, required(`${at}.exitCodes`, 'must be specified')]
    return [...errs, ...oneOf(`${at}.exitCodes.operator`, r.exitCodes.operator ?? '', ['In', 'NotIn'])]
  }))
  return out
}
