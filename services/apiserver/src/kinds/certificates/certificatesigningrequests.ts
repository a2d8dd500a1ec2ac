import { resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind, KindContext } from '../kind.ts'
import { ageOf } from '../lib/cells.ts'
import { humanDuration } from '../lib/print.ts'
import { keep } from '../lib/strategy.ts'
import { validate, validateUpdate } from './validate.ts'

export const certificatesigningrequests: Kind = {
  resource: resources.certificatesigningrequests,
  defaults(o) {
    o.spec ??= {}
    o.status ??= {}
  },
  prepareForCreate(o, c) {
    // Who asks is who is authenticated, whatever the object says.
    o.spec = { ...o.spec, username: c.user.name, groups: [...c.user.groups] }
    delete o.spec.uid
    delete o.spec.extra
    if (c.user.uid) o.spec.uid = c.user.uid
    if (c.user.extra && Object.keys(c.user.extra).length) o.spec.extra = c.user.extra
    o.status = {}
  },
  prepareForUpdate: (o, old) => keep(o, old, 'spec', 'status'),
  validate,
  validateUpdate: (o, old) => validateUpdate(o, old, { approves: false, issues: false }),
  subresources: {
    status: { prepareForUpdate: keepConditions, validateUpdate: (o, old) => validateUpdate(o, old, { approves: false, issues: true }) },
    approval: { prepareForUpdate: keepCertificate, validateUpdate: (o, old) => validateUpdate(o, old, { approves: true, issues: false }) },
  },
  fields: (o) => ({ 'spec.signerName': o.spec?.signerName ?? '' }),
  cells: (o, c) => [o.metadata.name, ageOf(o, c), o.spec?.signerName || '<none>', o.spec?.username ?? '', duration(o), condition(o)],
  allowUnconditionalUpdate: true,
}

/** The signer writes certificates and failures; what approval said stays, wherever in the list it stands now. */
function keepConditions(o: ApiObject, old: ApiObject, c: KindContext): void {
  keep(o, old, 'spec')
  const before = conditionsOf(old), now = conditionsOf(o)
  for (const type of ['Approved', 'Denied']) {
    const was = before.filter((x) => x.type === type)
    const at = now.flatMap((x, i) => (x.type === type ? [i] : []))
    // With fewer or more of them than before nothing can be kept, and validation refuses the update.
    if (was.length === at.length) at.forEach((i, n) => { now[i] = was[n]! })
  }
  o.status = { ...o.status, ...(now.length && { conditions: stamped(now, before, c) }) }
}

/** Approval writes conditions alone. */
function keepCertificate(o: ApiObject, old: ApiObject, c: KindContext): void {
  keep(o, old, 'spec')
  const conditions = conditionsOf(o)
  o.status = { ...old.status }
  if (conditions.length) o.status.conditions = stamped(conditions, conditionsOf(old), c)
  else delete o.status.conditions
}

interface Condition { type: string, status?: string, lastUpdateTime?: string | null, lastTransitionTime?: string | null }
const conditionsOf = (o: ApiObject): Condition[] => [...o.status?.conditions ?? []]

function stamped(conditions: readonly Condition[], before: readonly Condition[], c: KindContext): Condition[] {
  const now = timestamp(c.now())
  return conditions.map((x) => ({
    ...x, lastUpdateTime: x.lastUpdateTime ?? now,
    lastTransitionTime: x.lastTransitionTime ?? before.find((b) => b.type === x.type && b.status === x.status)?.lastTransitionTime ?? now,
  }))
}

const timestamp = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')

const duration = (o: ApiObject): string => (o.spec?.expirationSeconds === undefined ? '<none>' : humanDuration(o.spec.expirationSeconds * 1000))

function condition(o: ApiObject): string {
  const types = (o.status?.conditions ?? []).map((c: { type: string }) => c.type) as string[]
  const words: string[] = []
  if (types.includes('Denied')) words.push('Denied')
  else if (types.includes('Approved')) words.push('Approved')
  else words.push('Pending')
  if (types.includes('Failed')) words.push('Failed')
  if (o.status?.certificate) words.push('Issued')
  return words.join(',')
}
