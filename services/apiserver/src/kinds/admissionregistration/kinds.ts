import { resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { validatePolicy, validatePolicyBinding, validateWebhooks } from './validate.ts'
import { ageOf } from '../lib/cells.ts'
import { semanticEqual } from '../lib/equal.ts'
import { bumpGeneration, specAndStatus } from '../lib/strategy.ts'

function defaultWebhook(w: ApiObject): void {
  w.failurePolicy ??= 'Fail'
  w.matchPolicy ??= 'Equivalent'
  w.namespaceSelector ??= {}
  w.objectSelector ??= {}
  w.timeoutSeconds ??= 10
  if (w.clientConfig?.service) w.clientConfig.service.port ??= 443
  for (const r of w.rules ?? []) r.scope ??= '*'
}

const counted = (part: string) => ({
  prepareForCreate(o: ApiObject) { o.metadata.generation = 1 },
  prepareForUpdate(o: ApiObject, old: ApiObject) { bumpGeneration(o, old, !semanticEqual(o[part], old[part])) },
})

const webhookCells = (o: ApiObject, c: { now: number }): unknown[] => [o.metadata.name, o.webhooks?.length ?? 0, ageOf(o, c)]

export const mutatingwebhookconfigurations: Kind = {
  resource: resources.mutatingwebhookconfigurations,
  defaults(o) {
    for (const w of o.webhooks ?? []) {
      defaultWebhook(w)
      w.reinvocationPolicy ??= 'Never'
    }
  },
  ...counted('webhooks'),
  cells: webhookCells,
  validate: (o) => validateWebhooks(o.webhooks, true),
  validateUpdate: (o) => validateWebhooks(o.webhooks, true),
  allowUnconditionalUpdate: false,
}

export const validatingwebhookconfigurations: Kind = {
  resource: resources.validatingwebhookconfigurations,
  defaults(o) { for (const w of o.webhooks ?? []) defaultWebhook(w) },
  ...counted('webhooks'),
  cells: webhookCells,
  validate: (o) => validateWebhooks(o.webhooks, false),
  validateUpdate: (o) => validateWebhooks(o.webhooks, false),
  allowUnconditionalUpdate: false,
}

function defaultMatch(m: ApiObject | undefined): void {
  if (!m) return
  m.matchPolicy ??= 'Equivalent'
  m.namespaceSelector ??= {}
  m.objectSelector ??= {}
  for (const r of [...(m.resourceRules ?? []), ...(m.excludeResourceRules ?? [])]) r.scope ??= '*'
}

export const validatingadmissionpolicies: Kind = {
  resource: resources.validatingadmissionpolicies,
  defaults(o) {
    o.spec ??= {}
    o.spec.failurePolicy ??= 'Fail'
    defaultMatch(o.spec.matchConstraints)
    o.status ??= {}
  },
  ...specAndStatus(),
  cells(o, c) {
    const kind = o.spec?.paramKind
    return [o.metadata.name, o.spec?.validations?.length ?? 0, kind ? `${kind.apiVersion}/${kind.kind}` : '<unset>', ageOf(o, c)]
  },
  validate: (o) => validatePolicy(o),
  validateUpdate: (o) => validatePolicy(o),
  allowUnconditionalUpdate: false,
}

export const validatingadmissionpolicybindings: Kind = {
  resource: resources.validatingadmissionpolicybindings,
  defaults(o) {
    o.spec ??= {}
    defaultMatch(o.spec.matchResources)
  },
  ...counted('spec'),
  cells(o, c) {
    const ref = o.spec?.paramRef
    const text = !ref ? '<unset>' : ref.name ? (ref.namespace ? `${ref.namespace}/${ref.name}` : `*/${ref.name}`) : ref.selector ? goSelector(ref.selector) : '<unset>'
    return [o.metadata.name, o.spec?.policyName ?? '', text, ageOf(o, c)]
  },
  validate: (o) => validatePolicyBinding(o),
  validateUpdate: (o) => validatePolicyBinding(o),
  allowUnconditionalUpdate: false,
}

/** Go's String of a LabelSelector, which upstream's table lets through. */
function goSelector(s: { matchLabels?: Record<string, string>, matchExpressions?: Array<{ key: string, operator: string, values?: string[] }> }): string {
  const labels = Object.entries(s.matchLabels ?? {}).map(([k, v]) => `${k}: ${v},`).join('')
  const expressions = (s.matchExpressions ?? []).map((e) => `LabelSelectorRequirement{Key:${e.key},Operator:${e.operator},Values:[${(e.values ?? []).join(' ')}],},`).join('')
  return `&LabelSelector{MatchLabels:map[string]string{${labels}},MatchExpressions:[]LabelSelectorRequirement{${expressions}},}`
}
