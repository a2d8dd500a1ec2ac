import { resources } from '@drydock/api'
import type { PodSpec, PriorityClass } from '@drydock/api'
import { refuse } from '../errors.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../types.ts'
import type { PluginParts } from '../parts.ts'

/** Resolves a pod's priority class to its number and preemption policy; keeps one default class at most. */
export function priority(parts: PluginParts): AdmissionPlugin {
  return {
    name: 'Priority',
    handles: (r) => !r.subresource && (isPods(r) ? r.operation === 'CREATE' || r.operation === 'UPDATE' : r.resource.resource === 'priorityclasses' && r.operation !== 'CONNECT'),
    admit(r) {
      if (!isPods(r)) return keepSystemClasses(r)
      if (r.operation === 'CREATE') resolve(parts, r)
      else keep(r.object!['spec'] ?? {}, r.oldObject!['spec'] ?? {})
    },
    validate(r) {
      if (isPods(r) || r.operation === 'DELETE' || r.object?.['globalDefault'] !== true) return
      const other = defaultClass(parts)
      if (other && other.metadata?.name !== r.object.metadata['name']) throw refuse(r, `PriorityClass ${other.metadata?.name} is already marked as default. Only one default can exist`)
    },
  }
}

const isPods = (r: AdmissionRequest): boolean => r.resource.resource === 'pods' && r.resource.group === ''

/** Upstream's storage of the kind refuses this; the system's own classes are looked for here all the same. */
function keepSystemClasses(r: AdmissionRequest): void {
  if (r.operation === 'DELETE' && systemClasses.has(r.name)) throw refuse(r, 'this is a system priority class and cannot be deleted')
}
const systemClasses = new Set(['system-node-critical', 'system-cluster-critical'])

function resolve(parts: PluginParts, r: AdmissionRequest): void {
  const spec = r.object!['spec'] as PodSpec
  let found: PriorityClass | undefined
  if (spec.priorityClassName) {
    found = parts.reader.get(resources.priorityclasses, '', spec.priorityClassName)
    if (!found) throw refuse(r, `no PriorityClass with name ${spec.priorityClassName} was found`)
  } else {
    found = defaultClass(parts)
    if (found) spec.priorityClassName = found.metadata?.name
  }
  const value = found?.value ?? 0
  const policy = found ? found.preemptionPolicy : 'PreemptLowerPriority'
  const computed = (what: string, given: unknown, own: unknown) => `the ${what} (${given}) must not be provided in pod spec; priority admission controller computed ${own} from the given PriorityClass name`
  if (spec.priority !== undefined && spec.priority !== value) throw refuse(r, computed('integer value of priority', spec.priority, value))
  spec.priority = value
  if (policy === undefined) return
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) throw refuse(r, computed('string value of PreemptionPolicy', spec.preemptionPolicy, policy))
  spec.preemptionPolicy = policy
}

/** An update that leaves them out means what creation set. */
function keep(spec: PodSpec, old: PodSpec): void {
  if (spec.priority === undefined && old.priority !== undefined) spec.priority = old.priority
  if (spec.preemptionPolicy === undefined && old.preemptionPolicy !== undefined) spec.preemptionPolicy = old.preemptionPolicy
}

/** The class marked as default; the lowest if, by a race, there are several. */
function defaultClass(parts: PluginParts): PriorityClass | undefined {
  let lowest: PriorityClass | undefined
  for (const c of parts.reader.list(resources.priorityclasses)) if (c.globalDefault && (!lowest || c.value < lowest.value)) lowest = c
  return lowest
}
