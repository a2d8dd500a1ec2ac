import { fieldForbidden as forbid, invalid, isValidLabelValue, nameIsDNSSubdomain, required } from '@drydock/api'
import type { Affinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodAffinityTerm } from '@drydock/api'
import { byRule, each, label, labelKey, labelSelector, type Errors } from '../../../lib/validate.ts'
import { matchLabelKeys } from './scheduling.ts'

const WEIGHT = 'must be in the range 1-100'
const weight = (path: string, w: number): Errors => (w < 1 || w > 100 ? [invalid(path, w, WEIGHT)] : [])

export function validateAffinity(path: string, a: Affinity | undefined): Errors {
  if (!a) return []
  const out: Errors = []
  const node = a.nodeAffinity
  if (node?.requiredDuringSchedulingIgnoredDuringExecution) out.push(...validateNodeSelector(`${path}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution`, node.requiredDuringSchedulingIgnoredDuringExecution))
  out.push(...each(node?.preferredDuringSchedulingIgnoredDuringExecution, `${path}.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution`, (t, at) => [
    ...weight(`${at}.weight`, t.weight), ...nodeSelectorTerm(`${at}.preference`, t.preference),
  ]))
  for (const side of ['podAffinity', 'podAntiAffinity'] as const) {
    out.push(...each(a[side]?.requiredDuringSchedulingIgnoredDuringExecution, `${path}.${side}.requiredDuringSchedulingIgnoredDuringExecution`, (t, at) => podTerm(at, t)))
    out.push(...each(a[side]?.preferredDuringSchedulingIgnoredDuringExecution, `${path}.${side}.preferredDuringSchedulingIgnoredDuringExecution`, (t, at) => [
      ...weight(`${at}.weight`, t.weight), ...podTerm(`${at}.podAffinityTerm`, t.podAffinityTerm ?? { topologyKey: '' }),
    ]))
  }
  return out
}

export function validateNodeSelector(path: string, s: NodeSelector): Errors {
  if (!s.nodeSelectorTerms?.length) return [required(`${path}.nodeSelectorTerms`, 'must have at least one node selector term')]
  return each(s.nodeSelectorTerms, `${path}.nodeSelectorTerms`, (t, at) => nodeSelectorTerm(at, t, true))
}

/** Values of required terms are checked as label values; of preferred ones they are not. */
function nodeSelectorTerm(path: string, t: NodeSelectorTerm | undefined, values = false): Errors {
  return [
    ...each(t?.matchExpressions, `${path}.matchExpressions`, (e, at) => nodeRequirement(at, e, values)),
    ...each(t?.matchFields, `${path}.matchFields`, fieldRequirement),
  ]
}

function nodeRequirement(path: string, e: NodeSelectorRequirement, values: boolean, at = path): Errors {
  const out: Errors = []
  switch (e.operator) {
    case 'In': case 'NotIn':
      if (!e.values?.length) out.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
      break
    case 'Exists': case 'DoesNotExist':
      if (e.values?.length) out.push(forbid(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
      break
    case 'Gt': case 'Lt':
      if (e.values?.length !== 1) out.push(required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"))
      break
    default: out.push(invalid(`${at}.operator`, e.operator ?? '', 'not a valid selector operator'))
  }
  out.push(...labelKey(`${at}.key`, e.key ?? ''))
  if (values) out.push(...each(e.values, `${at}.values`, (v, p) => byRule(p, v, isValidLabelValue)))
  return out
}

function fieldRequirement(e: NodeSelectorRequirement, path: string): Errors {
  const out: Errors = []
  if (e.operator === 'In' || e.operator === 'NotIn') {
    if (e.values?.length !== 1) out.push(required(`${path}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"))
  } else out.push(invalid(`${path}.operator`, e.operator ?? '', 'not a valid selector operator'))
  if (e.key === 'metadata.name') out.push(...each(e.values, `${path}.values`, (v, at) => byRule(at, v, (s) => nameIsDNSSubdomain(s, false))))
  else out.push(invalid(`${path}.key`, e.key ?? '', 'not a valid field selector key'))
  return out
}

function podTerm(path: string, t: PodAffinityTerm): Errors {
  return [
    ...labelSelector(`${path}.labelSelector`, t.labelSelector),
    ...labelSelector(`${path}.namespaceSelector`, t.namespaceSelector),
    ...each(t.namespaces, `${path}.namespace`, (n, at) => label(at.replace(/\[\d+\]$/, ''), n)),
    ...matchLabelKeys(path, t),
    ...(t.topologyKey ? [] : [required(`${path}.topologyKey`, 'can not be empty')]),
    ...labelKey(`${path}.topologyKey`, t.topologyKey ?? ''),
  ]
}
