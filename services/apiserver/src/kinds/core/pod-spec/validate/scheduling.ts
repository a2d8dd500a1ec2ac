import { duplicate, fieldForbidden, invalid, isValidLabelValue, notSupported, required } from '@drydock/api'
import type { LabelSelector, PodSpec, Toleration, TopologySpreadConstraint } from '@drydock/api'
import { each, labelKey, labelSelector, qualified, type Errors } from '../../../lib/validate.ts'

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

/** ValidateTolerations. */
export function validateTolerations(path: string, list: readonly Toleration[] | undefined): Errors {
  return each(list, path, (t, at) => {
    const out: Errors = []
    if (t.key) out.push(...labelKey(`${at}.key`, t.key))
    if (!t.key && t.operator !== 'Exists') out.push(invalid(`${at}.operator`, t.operator ?? '', 'operator must be Exists when `key` is empty, which means "match all values and all keys"'))
    if (t.tolerationSeconds !== undefined && t.effect !== 'NoExecute') out.push(invalid(`${at}.effect`, t.effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"))
    switch (t.operator || 'Equal') {
      case 'Equal':
        if (isValidLabelValue(t.value ?? '').length) out.push(invalid(`${at}.operator`, t.value ?? '', isValidLabelValue(t.value ?? '').join(';')))
        break
      case 'Exists':
        if (t.value) out.push(invalid(`${at}.operator`, t, 'value must be empty when `operator` is \'Exists\''))
        break
      default: out.push(notSupported(`${at}.operator`, t.operator, ['Equal', 'Exists']))
    }
    if (t.effect) out.push(...taintEffect(`${at}.effect`, t.effect, false))
    return out
  })
}

export function taintEffect(path: string, effect: string | undefined, needed: boolean): Errors {
  if (!effect) return needed ? [required(path)] : []
  return effects.includes(effect) ? [] : [notSupported(path, effect, effects)]
}

/** validateTopologySpreadConstraints. */
export function validateTopologySpread(path: string, list: readonly TopologySpreadConstraint[] | undefined): Errors {
  return each(list, path, (c, at, i) => {
    const out: Errors = []
    if ((c.maxSkew ?? 0) <= 0) out.push(invalid(`${at}.maxSkew`, c.maxSkew ?? 0, 'must be greater than zero'))
    if (!c.topologyKey) out.push(required(`${at}.topologyKey`, 'can not be empty'))
    if (!['DoNotSchedule', 'ScheduleAnyway'].includes(c.whenUnsatisfiable)) out.push(notSupported(`${at}.whenUnsatisfiable`, c.whenUnsatisfiable ?? '', ['DoNotSchedule', 'ScheduleAnyway']))
    const pair = pairOf(c)
    for (const later of list!.slice(i + 1)) if (pairOf(later) === pair) out.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, pair))
    if (c.minDomains !== undefined) {
      if (c.minDomains <= 0) out.push(invalid(`${at}.minDomains`, c.minDomains, 'must be greater than zero'))
      if (c.whenUnsatisfiable !== 'DoNotSchedule') out.push(invalid(`${at}.minDomains`, c.minDomains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${c.whenUnsatisfiable}`))
    }
    for (const f of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
      const v = c[f]
      if (v !== undefined && !['Honor', 'Ignore'].includes(v)) out.push(notSupported(`${at}.${f}`, v, ['Honor', 'Ignore']))
    }
    out.push(...labelKeys(`${at}.matchLabelKeys`, c.matchLabelKeys, c.labelSelector), ...keysInSelector(`${at}.matchLabelKeys`, c.matchLabelKeys, c.labelSelector))
    return [...out, ...labelSelector(`${at}.labelSelector`, c.labelSelector)]
  })
}

const pairOf = (c: TopologySpreadConstraint): string => `{${c.topologyKey ?? ''}, ${c.whenUnsatisfiable ?? ''}}`

interface Keyed { matchLabelKeys?: string[] | undefined, mismatchLabelKeys?: string[] | undefined, labelSelector?: LabelSelector | undefined }

/** matchLabelKeys and mismatchLabelKeys of a pod affinity term. */
export function matchLabelKeys(path: string, t: Keyed): Errors {
  const out: Errors = [
    ...labelKeys(`${path}.matchLabelKeys`, t.matchLabelKeys, t.labelSelector), ...labelKeys(`${path}.mismatchLabelKeys`, t.mismatchLabelKeys, t.labelSelector),
    ...keysInSelector(path, t.matchLabelKeys, t.labelSelector),
  ]
  for (const [i, k] of (t.matchLabelKeys ?? []).entries()) if (t.mismatchLabelKeys?.includes(k)) out.push(invalid(`${path}.matchLabelKeys[${i}]`, k, 'exists in both matchLabelKeys and mismatchLabelKeys'))
  return out
}

function labelKeys(path: string, keys: readonly string[] | undefined, selector: LabelSelector | undefined): Errors {
  if (!keys?.length) return []
  return selector ? each(keys, path, (k, at) => labelKey(at, k)) : [fieldForbidden(path, 'must not be specified when labelSelector is not set')]
}

/** A pod's own value has been merged into the selector at its creation: a key that stands there before is given twice. */
function keysInSelector(path: string, keys: readonly string[] | undefined, selector: LabelSelector | undefined): Errors {
  const last = new Map((keys ?? []).map((k, i) => [k, i]))
  const seen = new Set(Object.keys(selector?.matchLabels ?? {}))
  const out: Errors = []
  for (const { key } of selector?.matchExpressions ?? []) {
    if (last.has(key) && seen.has(key)) out.push(invalid(`${path}[${last.get(key)}]`, key, 'exists in both matchLabelKeys and labelSelector'))
    seen.add(key)
  }
  return out
}

/** Readiness gates, scheduling gates and resource claims: lists of names. */
export function validateGates(path: string, spec: PodSpec): Errors {
  const seen = new Set<string>()
  return [
    ...each(spec.readinessGates, `${path}.readinessGates`, (g, at) => qualified(`${at}.conditionType`, g.conditionType ?? '')),
    ...each(spec.schedulingGates, `${path}.schedulingGates`, (g, at) => {
      const out = qualified(at, g.name ?? '')
      if (seen.has(g.name)) out.push(duplicate(at, g.name))
      seen.add(g.name)
      return out
    }),
  ]
}

