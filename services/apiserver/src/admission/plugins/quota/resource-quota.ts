import { addQuantities, formatQuantity, isStatus, resources } from '@drydock/api'
import type { ParsedQuantity, ResourceQuota } from '@drydock/api'
import { refuse } from '../../errors.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../../types.ts'
import type { PluginParts } from '../../parts.ts'
import { parseAmounts } from '../amounts.ts'
import type { ExactAmounts } from '../amounts.ts'
import { evaluatorFor } from './evaluators.ts'
import type { Evaluator } from './evaluators.ts'
import { scopesOf } from './scopes.ts'

/**
 * Refuses what would exceed a quota of the namespace, and charges what does not: usage rises in the quota's status, guarded
 * by its version, before the object is stored, so that no two requests share the last place. What was charged and then not
 * stored, or is deleted, the quota controller gives back.
 */
export function resourceQuota(parts: PluginParts): AdmissionPlugin {
  return {
    name: 'ResourceQuota',
    handles: (r) => r.namespace !== '' && (r.operation === 'CREATE' || r.operation === 'UPDATE') && (r.subresource === '' || r.subresource === 'resize'),
    validate(r) {
      const quotas = parts.reader.list(resources.resourcequotas, r.namespace)
      return quotas.length ? keepWithin(parts, quotas, r) : undefined
    },
  }
}

async function keepWithin(parts: PluginParts, quotas: readonly ResourceQuota[], r: AdmissionRequest): Promise<void> {
  const evaluator = evaluatorFor(r)
  if (!evaluator.handles(r)) return
  const concerned = quotas.filter((q) => concerns(q, evaluator, r))
  if (!concerned.length) return
  const delta = deltaOf(evaluator, r)
  if (!delta.size) return
  // All are looked at before any is charged.
  for (const q of concerned) charged(q, delta, r)
  if (!r.dryRun) for (const q of concerned) await charge(parts, q.metadata?.name ?? '', delta, r)
}

/** Whether a quota counts this object; throws where it does and cannot. */
function concerns(q: ResourceQuota, evaluator: Evaluator, r: AdmissionRequest): boolean {
  const names = evaluator.matching(Object.keys(q.status?.hard ?? {}))
  if (!names.length || !scopesOf(q).every((s) => evaluator.inScope(s, r.object!))) return false
  const missing = evaluator.constraint(names, r.object!)
  if (missing) throw refuse(r, `failed quota: ${q.metadata?.name}: ${missing}`)
  if (names.some((n) => q.status?.used?.[n] === undefined)) throw refuse(r, `status unknown for quota: ${q.metadata?.name}, resources: ${[...names].sort().join(',')}`)
  return true
}

/** What the write adds to the namespace's usage; nothing that stays as it is. */
function deltaOf(evaluator: Evaluator, r: AdmissionRequest): ExactAmounts {
  const delta = evaluator.usage(r.object!)
  const negative = [...delta].filter(([, v]) => v.nanos < 0n).map(([k]) => k)
  if (negative.length) throw refuse(r, `quota usage is negative for resource(s): ${negative.sort().join(',')}`)
  if (r.operation === 'UPDATE' && r.oldObject) {
    for (const [k, v] of evaluator.usage(r.oldObject)) delta.set(k, { nanos: (delta.get(k)?.nanos ?? 0n) - v.nanos, format: delta.get(k)?.format ?? v.format })
  }
  for (const [k, v] of delta) if (v.nanos === 0n) delta.delete(k)
  return delta
}

/** The quota's usage with the delta; throws if that is too much. */
function charged(q: ResourceQuota, delta: ExactAmounts, r: AdmissionRequest): Record<string, string> {
  const hard = parseAmounts(q.status?.hard), used = parseAmounts(q.status?.used)
  const requested = [...delta].filter(([k]) => hard.has(k))
  const next = new Map(requested.map(([k, v]): [string, ParsedQuantity] => { const old = used.get(k); return [k, old ? addQuantities(old, v) : v] }))
  const over = [...next].filter(([k, v]) => v.nanos > hard.get(k)!.nanos).map(([k]) => k)
  if (over.length) {
    const print = (amounts: ReadonlyMap<string, ParsedQuantity>) => [...over].sort().map((k) => `${k}=${formatQuantity(amounts.get(k) ?? { nanos: 0n, format: 'DecimalSI' })}`).join(',')
    throw refuse(r, `exceeded quota: ${q.metadata?.name}, requested: ${print(delta)}, used: ${print(used)}, limited: ${print(hard)}`)
  }
  return { ...q.status?.used, ...Object.fromEntries([...next].map(([k, v]) => [k, formatQuantity(v)])) }
}

async function charge(parts: PluginParts, name: string, delta: ExactAmounts, r: AdmissionRequest): Promise<void> {
  try {
    await parts.writer.update(resources.resourcequotas, r.namespace, name, (q) => {
      const used = charged(q, delta, r)
      return JSON.stringify(used) === JSON.stringify(q.status?.used) ? undefined : { ...q, status: { ...q.status, used } }
    }, { signal: r.signal })
  } catch (e) {
    if (!isStatus(e, 'NotFound')) throw e
  }
}
