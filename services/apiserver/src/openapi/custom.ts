/** Custom kinds as OpenAPI schemas: what the definition says, and what every object and list has. */
import type { ResourceType } from '../registry/resource-type.ts'
import { type Schema, schemaName } from './schemas.ts'

const meta = (type: string): string => `io.k8s.apimachinery.pkg.apis.meta.v1.${type}`
const reference = (type: string): Schema => ({ allOf: [{ $ref: `#/components/schemas/${type}` }] })
const typeMeta: Schema = { apiVersion: { type: 'string' }, kind: { type: 'string' } }

/** Schemas by name, and what they refer to in the table. */
export function customSchemas(types: readonly ResourceType[]): { schemas: Record<string, Schema>, refers: string[] } {
  const custom = types.filter((t) => t.openapi), schemas: Record<string, Schema> = {}
  for (const t of custom) {
    const { group, version, kind } = t, own = t.openapi as Schema, list = `${kind}List`
    const name = schemaName(t), items = { type: 'array', items: reference(name) }
    schemas[name] = { ...own, properties: { ...own['properties'] as Schema, ...typeMeta, metadata: reference(meta('ObjectMeta')) }, 'x-kubernetes-group-version-kind': [{ group, version, kind }] }
    schemas[schemaName({ group, version, kind: list })] = { type: 'object', required: ['items'], properties: { ...typeMeta, items, metadata: reference(meta('ListMeta')) }, 'x-kubernetes-group-version-kind': [{ group, version, kind: list }] }
  }
  return { schemas, refers: custom.length ? [meta('ObjectMeta'), meta('ListMeta')] : [] }
}
