import { parseQuantity, resources } from '@drydock/api'
import type { PodSpec, RuntimeClass, Toleration } from '@drydock/api'
import { refuse } from '../errors.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../types.ts'
import type { PluginParts } from '../parts.ts'

const mismatch = 'pod rejected: Pod\'s Overhead doesn\'t match RuntimeClass\'s defined Overhead'

/** A pod gets the overhead, node selector and tolerations of its runtime class, and no overhead but that. */
export function runtimeClass(parts: PluginParts): AdmissionPlugin {
  return {
    name: 'RuntimeClass',
    handles: (r) => r.resource.resource === 'pods' && !r.resource.group && !r.subresource && r.operation === 'CREATE',
    admit(r) {
      const spec = r.object!['spec'] as PodSpec, found = classOf(parts, r, spec)
      if (!found) return
      if (found.overhead) {
        if (spec.overhead && !sameAmounts(spec.overhead, found.overhead.podFixed)) throw refuse(r, mismatch)
        spec.overhead = { ...found.overhead.podFixed }
      }
      if (found.scheduling) schedule(r, spec, found)
    },
    validate(r) {
      const spec = r.object!['spec'] as PodSpec, found = classOf(parts, r, spec)
      if (found?.overhead) {
        if (!sameAmounts(spec.overhead, found.overhead.podFixed)) throw refuse(r, mismatch)
      } else if (spec.overhead) throw refuse(r, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead')
    },
  }
}

function classOf(parts: PluginParts, r: AdmissionRequest, spec: PodSpec): RuntimeClass | undefined {
  if (spec.runtimeClassName === undefined) return undefined
  const found = parts.reader.get(resources.runtimeclasses, '', spec.runtimeClassName)
  if (!found) throw refuse(r, `pod rejected: RuntimeClass ${JSON.stringify(spec.runtimeClassName)} not found`)
  return found
}

function schedule(r: AdmissionRequest, spec: PodSpec, found: RuntimeClass): void {
  const { nodeSelector = {}, tolerations = [] } = found.scheduling!
  for (const [key, value] of Object.entries(nodeSelector)) {
    const own = spec.nodeSelector?.[key]
    if (own !== undefined && own !== value) throw refuse(r, `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`)
  }
  if (Object.keys(nodeSelector).length) spec.nodeSelector = { ...spec.nodeSelector, ...nodeSelector }
  if (tolerations.length) spec.tolerations = mergeTolerations(spec.tolerations ?? [], tolerations)
}

type Amounts = Record<string, string> | undefined
function sameAmounts(a: Amounts, b: Amounts): boolean {
  const keys = new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])
  return [...keys].every((k) => a?.[k] !== undefined && b?.[k] !== undefined && parseQuantity(a[k])?.nanos === parseQuantity(b[k])?.nanos)
}

/** Both lists without what another one of them implies. */
function mergeTolerations(first: readonly Toleration[], second: readonly Toleration[]): Toleration[] {
  const all = [...first, ...second], merged: Toleration[] = []
  all.forEach((t, i) => {
    if (merged.some((m) => implies(m, t)) || all.slice(i + 1).some((later) => !same(later, t) && implies(later, t))) return
    merged.push(t)
  })
  return merged
}

const same = (a: Toleration, b: Toleration): boolean => (['key', 'operator', 'value', 'effect', 'tolerationSeconds'] as const).every((k) => a[k] === b[k])

function implies(wide: Toleration, t: Toleration): boolean {
  if (same(wide, t)) return true
  if (wide.key && t.key !== wide.key) return false
  if (wide.effect && t.effect !== wide.effect) return false
  if (wide.effect === 'NoExecute' && wide.tolerationSeconds !== undefined && (t.tolerationSeconds === undefined || t.tolerationSeconds > wide.tolerationSeconds)) return false
  if (wide.operator === 'Exists') return true
  return (wide.operator ?? 'Equal') === 'Equal' && (t.operator ?? 'Equal') === 'Equal' && (t.value ?? '') === (wide.value ?? '')
}
