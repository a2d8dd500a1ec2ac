/** A schema as it stands in a definition (JSONSchemaProps), decoded. */
export interface Schema {
  [field: string]: unknown
  type?: string
  format?: string
  title?: string
  description?: string
  default?: unknown
  nullable?: boolean
  /** False: given, but as no schema. */
  items?: Schema | Schema[] | false
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  required?: string[]
  enum?: unknown[]
  allOf?: Schema[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  not?: Schema
  'x-kubernetes-preserve-unknown-fields'?: boolean
  'x-kubernetes-embedded-resource'?: boolean
  'x-kubernetes-int-or-string'?: boolean
  'x-kubernetes-list-type'?: string
  'x-kubernetes-list-map-keys'?: string[]
  'x-kubernetes-map-type'?: string
  'x-kubernetes-validations'?: Rule[]
}

export interface Rule { rule?: string, message?: string, messageExpression?: string, reason?: string, fieldPath?: string, optionalOldSelf?: boolean }

/** The one schema of an array's items. */
export const itemsOf = (s: Schema): Schema | undefined => (s.items && !Array.isArray(s.items) ? s.items : undefined)
/** The schema of a map's values; true and false are none. */
export const valuesOf = (s: Schema): Schema | undefined => (typeof s.additionalProperties === 'object' ? s.additionalProperties : undefined)
export const entries = <T>(map: Record<string, T> | undefined): Array<[string, T]> => Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
