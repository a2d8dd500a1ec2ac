import { FieldError, fieldForbidden, invalid, isValidLabelValue } from '@drydock/api'
import type { Namespace, Node, Taint } from '@drydock/api'
import { semanticEqual } from '../../lib/equal.ts'
import { each, isCIDR, isIPv4, cidr, qualified, unique, type Errors } from '../../lib/validate.ts'
import { taintEffect } from '../pod-spec/validate/scheduling.ts'
import { resourceQuantity } from '../pod-spec/validate/resources.ts'

const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion'])

/** `indexed`: the finalize subresource says which one is wrong. */
export function finalizerNames(list: readonly string[] | undefined, indexed = false): Errors {
  return (list ?? []).flatMap((f, i) => {
    const at = indexed ? `spec.finalizers[${i}]` : 'spec.finalizers'
    const out = qualified(at, f)
    if (!f.includes('/') && !standardFinalizers.has(f)) out.push(invalid(at, f, 'name is neither a standard finalizer name nor is it fully qualified'))
    return out
  })
}

/** Terminating and being deleted go together. */
export function namespaceStatus(n: Namespace): Errors {
  const phase = n.status?.phase
  if (!n.metadata?.deletionTimestamp) return phase === 'Active' ? [] : [invalid('status.Phase', phase ?? '', "may only be 'Active' if `deletionTimestamp` is empty")]
  return phase === 'Terminating' ? [] : [invalid('status.Phase', phase ?? '', "may only be 'Terminating' if `deletionTimestamp` is not empty")]
}

export function validateNode(n: Node): Errors {
  const spec = n.spec ?? {}
  const out: Errors = [...taints('metadata.taints', spec.taints), ...amounts(n)]
  const cidrs = spec.podCIDRs ?? []
  out.push(...each(cidrs, 'spec.podCIDRs', (c, at) => cidr(at, c)))
  if (cidrs.length > 1) {
    const bad = cidrs.findIndex((c) => !isCIDR(c))
    if (bad >= 0) out.push(new FieldError('Internal', 'spec.podCIDRs', null, `invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[${bad}]: <nil> (invalid CIDR address: ${cidrs[bad]})`))
    const families = new Set(cidrs.map((c) => isIPv4(c.split('/')[0]!)))
    if (bad >= 0 || cidrs.length > 2 || families.size < 2) out.push(invalid('spec.podCIDRs', cidrs, 'may specify no more than one CIDR for each IP family'))
  }
  return out
}

const amounts = (n: Node): Errors => (['capacity', 'allocatable'] as const).flatMap((part) => Object.entries(n.status?.[part] ?? {}).flatMap(([k, q]) => resourceQuantity(k, `status.${part}.${k}`, q)))

function taints(path: string, list: readonly Taint[] | undefined): Errors {
  const seen = new Set<string>()
  return each(list, path, (t, at) => {
    const out = qualified(`${at}.key`, t.key ?? '')
    const wrong = isValidLabelValue(t.value ?? '')
    if (wrong.length) out.push(invalid(`${at}.value`, t.value, wrong.join(';')))
    out.push(...taintEffect(`${at}.effect`, t.effect, true))
    const key = `${t.key}:${t.effect}`
    if (seen.has(key)) out.push(new FieldError('Duplicate', at, { Key: t.key, Value: t.value ?? '', Effect: t.effect, TimeAdded: t.timeAdded ?? null }, 'taints must be unique by key and effect pair'))
    seen.add(key)
    return out
  })
}

/** ValidateNodeUpdate, of spec and status: some fields are set once. What a new node is checked for is checked once more. */
export function nodeChange(now: Node, was: Node): Errors {
  const out = [...amounts(now), ...unique(now.status?.addresses, 'status.addresses', (a) => `${a.type} ${a.address}`, (a) => ({ Type: a.type, Address: a.address })), ...taints('metadata.taints', now.spec?.taints)]
  const before = was.spec ?? {}
  const after = now.spec ?? {}
  if (before.podCIDRs?.length && !semanticEqual(before.podCIDRs, after.podCIDRs)) out.push(fieldForbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'))
  if (before.providerID && before.providerID !== after.providerID) out.push(fieldForbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'))
  if ((before.externalID ?? '') !== (after.externalID ?? '')) out.push(fieldForbidden('spec.externalID', 'may not be updated'))
  return out
}

