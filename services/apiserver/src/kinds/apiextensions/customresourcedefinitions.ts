import { resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { formatWarnings } from './schema/formats.ts'
import { validateDefinition } from './validate.ts'
import { semanticEqual } from '../lib/equal.ts'
import { bumpGeneration, keep } from '../lib/strategy.ts'

interface Version { name: string, storage?: boolean }

export const customresourcedefinitions: Kind = {
  resource: resources.customresourcedefinitions,
  defaults(o) {
    const spec = (o.spec ??= {})
    const names = (spec.names ??= {})
    if (!names.singular && names.kind) names.singular = String(names.kind).toLowerCase()
    if (!names.listKind && names.kind) names.listKind = `${names.kind}List`
    spec.conversion ??= { strategy: 'None' }
    const service = spec.conversion.webhook?.clientConfig?.service
    if (service) service.port ??= 443
    o.status ??= {}
  },
  prepareForCreate(o) {
    o.metadata.generation = 1
    o.status = { storedVersions: storageVersions(o), conditions: null, acceptedNames: { kind: '', plural: '' } }
  },
  prepareForUpdate(o, old) {
    keep(o, old, 'status')
    const stored: string[] = o.status?.storedVersions ?? []
    const missing = storageVersions(o).filter((v) => !stored.includes(v))
    if (missing.length) o.status = { ...o.status, storedVersions: [...stored, ...missing] }
    bumpGeneration(o, old, !semanticEqual(o.spec, old.spec))
  },
  subresources: { status: { prepareForUpdate(o, old) { keep(o, old, 'spec') } } },
  warnings: (o) => formatWarnings(o.spec),
  validate: validateDefinition,
  validateUpdate: validateDefinition,
  allowUnconditionalUpdate: false,
}

/** Objects of the kind have been, or will be, stored in this version. */
const storageVersions = (o: ApiObject): string[] => ((o.spec?.versions ?? []) as Version[]).filter((v) => v.storage).slice(0, 1).map((v) => v.name)
