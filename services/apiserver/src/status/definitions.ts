/** Whether a definition's names are free, and then: that it is established (upstream's naming and establishing controllers). */
import { resources, semanticEqual } from '@drydock/api'
import type { CustomResourceDefinition } from '@drydock/api'
import type { StatusDeps, StatusKeeper } from './index.ts'
import { withCondition, type Condition } from './conditions.ts'

interface Names { plural?: string | undefined, singular?: string | undefined, kind?: string | undefined, listKind?: string | undefined, shortNames?: string[] | undefined, categories?: string[] | undefined }
type Status = NonNullable<CustomResourceDefinition['status']>

/** The status that a definition should have beside the others of its group. */
export function definitionStatus(o: CustomResourceDefinition, others: readonly CustomResourceDefinition[], now: number): Status {
  const asked: Names = o.spec?.names ?? {}
  const names: Names = { ...o.status?.acceptedNames }
  const taken = others.filter((x) => x.spec?.group === o.spec?.group && x.metadata?.name !== o.metadata?.name).map((x): Names => x.status?.acceptedNames ?? {})
  const resourceNames = new Set(taken.flatMap((n) => [n.plural, n.singular, ...(n.shortNames ?? [])]))
  const kindNames = new Set(taken.flatMap((n) => [n.kind, n.listKind]))
  let conflict: { reason: string, message: string } | undefined
  const clash = (reason: string, message: string) => { conflict = { reason, message } }
  const one = (field: 'plural' | 'singular' | 'kind' | 'listKind', used: ReadonlySet<string | undefined>, reason: string) => {
    const wanted = asked[field]
    if (wanted !== names[field] && used.has(wanted)) clash(reason, `${JSON.stringify(wanted)} is already in use`)
    else names[field] = wanted
  }
  one('plural', resourceNames, 'PluralConflict')
  one('singular', resourceNames, 'SingularConflict')
  const short = (asked.shortNames ?? []).filter((s) => !names.shortNames?.includes(s) && resourceNames.has(s))
  if (short.length) clash('ShortNamesConflict', short.length === 1 ? `${JSON.stringify(short[0])} is already in use` : `[${short.map((s) => `${JSON.stringify(s)} is already in use`).join(', ')}]`)
  else names.shortNames = asked.shortNames
  one('kind', kindNames, 'KindConflict')
  one('listKind', kindNames, 'ListKindConflict')
  names.categories = asked.categories
  const before = (o.status?.conditions ?? []) as Condition[]
  const accepted: Condition = conflict ? { type: 'NamesAccepted', status: 'False', ...conflict } : { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }
  let conditions = withCondition(before, accepted, now)
  // Once established, always established.
  if (!before.some((c) => c.type === 'Established' && c.status === 'True')) {
    const established: Condition = conflict
      ? { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' }
      : { type: 'Established', status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' }
    conditions = withCondition(conditions, established, now)
  }
  return { ...o.status, acceptedNames: Object.fromEntries(Object.entries(names).filter(([, v]) => v !== undefined)), conditions } as Status
}

export function definitions({ reader, writer, changes, clock }: StatusDeps): StatusKeeper {
  const all = () => reader.list(resources.customresourcedefinitions)
  return {
    start: (add) => changes.on(resources.customresourcedefinitions, (now, old) => {
      if (now) add(now.metadata!.name!)
      // Names that have become free may be waited for.
      if (!now || !semanticEqual(now.status?.acceptedNames, old?.status?.acceptedNames)) for (const o of all()) if (o.spec?.group === (now ?? old)?.spec?.group) add(o.metadata!.name!)
    }),
    async reconcile(name, signal) {
      const o = reader.get(resources.customresourcedefinitions, '', name)
      // Names that were accepted are not looked at again.
      if (!o || o.metadata?.deletionTimestamp || semanticEqual(o.spec?.names, o.status?.acceptedNames) || semanticEqual(definitionStatus(o, all(), clock.now()), o.status)) return
      await writer.updateStatus(resources.customresourcedefinitions, '', name, (d) => ({ ...d, status: definitionStatus(d, all(), clock.now()) }), { manager: 'kube-apiserver', signal })
    },
  }
}
