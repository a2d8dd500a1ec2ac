import { resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind, KindContext } from '../kind.ts'
import { ageOf } from '../lib/cells.ts'
import { humanDuration } from '../lib/print.ts'
import { keep } from '../lib/strategy.ts'

export const certificatesigningrequests: Kind = {
  resource: resources.certificatesigningrequests,
  defaults(o) {
    o.spec ??= {}
    o.spec.usages ??= ['digital signature', 'key encipherment']
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
  subresources: {
    status: { prepareForUpdate: keepConditions },
    approval: { prepareForUpdate: keepCertificate },
  },
  fields: (o) => ({ 'spec.signerName': o.spec?.signerName ?? '' }),
  cells: (o, c) => [o.metadata.name, ageOf(o, c), o.spec?.signerName || '<none>', o.spec?.username ?? '', duration(o), condition(o)],
  allowUnconditionalUpdate: true,
}

/** The signer writes certificates and failures; approval is another subresource's. */
function keepConditions(o: ApiObject, old: ApiObject): void {
  keep(o, old, 'spec')
  const decided = (c: { type: string }) => c.type === 'Approved' || c.type === 'Denied'
  const conditions = [...(old.status?.conditions ?? []).filter(decided), ...(o.status?.conditions ?? []).filter((c: { type: string }) => !decided(c))]
  o.status = { ...o.status, ...(conditions.length && { conditions }) }
}

function keepCertificate(o: ApiObject, old: ApiObject, c: KindContext): void {
  keep(o, old, 'spec')
  const conditions = o.status?.conditions
  o.status = { ...old.status }
  if (conditions) o.status.conditions = conditions.map((x: { lastUpdateTime?: string | null, lastTransitionTime?: string | null }) => ({ ...x, lastUpdateTime: x.lastUpdateTime ?? timestamp(c.now()), lastTransitionTime: x.lastTransitionTime ?? timestamp(c.now()) }))
  else delete o.status.conditions
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
