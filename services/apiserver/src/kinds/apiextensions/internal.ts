/** A definition in upstream's inner form: what is the same for all versions stands once, above them. */
import { semanticEqual } from '../lib/equal.ts'
import { goColumn, goSchema, goSubresources } from './schema/shown.ts'
import type { Schema } from './schema/types.ts'

export interface Version {
  name?: string
  served?: boolean
  storage?: boolean
  deprecated?: boolean
  deprecationWarning?: string | undefined
  schema?: Schema | undefined
  subresources?: Record<string, any> | undefined
  additionalPrinterColumns?: Array<Record<string, any>> | undefined
  selectableFields?: Array<{ jsonPath?: string }> | undefined
}

export interface Definition extends Pick<Version, (typeof shared)[number]> { versions: Version[] }

const shared = ['schema', 'subresources', 'additionalPrinterColumns', 'selectableFields'] as const

export function internal(spec: Record<string, any>): Definition {
  const versions = ((spec['versions'] ?? []) as Array<Record<string, any>>).map((v): Version => ({ ...v, schema: v['schema']?.openAPIV3Schema }))
  const out: Definition = { versions }
  for (const f of shared) {
    if (!versions.length || !versions.every((v) => semanticEqual(v[f], versions[0]![f]))) continue
    out[f] = versions[0]![f] as never
    for (const v of versions) delete v[f]
  }
  return out
}

/** Versions as Go prints its inner form. */
export const shownVersions = (d: Definition): unknown => d.versions.map((v) => ({
  Name: v.name ?? '', Served: v.served ?? false, Storage: v.storage ?? false, Deprecated: v.deprecated ?? false, DeprecationWarning: v.deprecationWarning ?? null,
  Schema: v.schema ? { OpenAPIV3Schema: goSchema(v.schema) } : null, Subresources: v.subresources ? goSubresources(v.subresources) : null,
  AdditionalPrinterColumns: v.additionalPrinterColumns?.map(goColumn) ?? null, SelectableFields: v.selectableFields?.map((f) => ({ JSONPath: f.jsonPath ?? '' })) ?? null,
}))
