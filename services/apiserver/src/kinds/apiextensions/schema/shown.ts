/** Schemas as Go's encoder writes the inner type: its names, its order, and every field that nobody set. */
import { entries, type Rule, type Schema } from './types.ts'

type Plain = Record<string, any>
type Field = readonly [name: string, json: string, zero: unknown, shown?: (v: any) => unknown]

const one = (v: Schema | undefined): unknown => (v ? goSchema(v) : null)
const list = (v: Schema[]): unknown => v.map(goSchema)
const map = (v: Record<string, Schema>): unknown => Object.fromEntries(entries(v).map(([k, s]) => [k, goSchema(s)]))
const orBool = (v: Schema | boolean): unknown => (typeof v === 'boolean' ? { Allows: v, Schema: null } : { Allows: true, Schema: goSchema(v) })

const fields: readonly Field[] = [
  ['ID', 'id', ''], ['Schema', '$schema', ''], ['Ref', '$ref', null], ['Description', 'description', ''], ['Type', 'type', ''], ['Nullable', 'nullable', false], ['Format', 'format', ''],
  ['Title', 'title', ''], ['Default', 'default', null], ['Maximum', 'maximum', null], ['ExclusiveMaximum', 'exclusiveMaximum', false], ['Minimum', 'minimum', null],
  ['ExclusiveMinimum', 'exclusiveMinimum', false], ['MaxLength', 'maxLength', null], ['MinLength', 'minLength', null], ['Pattern', 'pattern', ''], ['MaxItems', 'maxItems', null],
  ['MinItems', 'minItems', null], ['UniqueItems', 'uniqueItems', false], ['MultipleOf', 'multipleOf', null], ['Enum', 'enum', null], ['MaxProperties', 'maxProperties', null],
  ['MinProperties', 'minProperties', null], ['Required', 'required', null], ['Items', 'items', null, goItems], ['AllOf', 'allOf', null, list], ['OneOf', 'oneOf', null, list], ['AnyOf', 'anyOf', null, list],
  ['Not', 'not', null, one], ['Properties', 'properties', null, map], ['AdditionalProperties', 'additionalProperties', null, orBool], ['PatternProperties', 'patternProperties', null, map],
  ['Dependencies', 'dependencies', null], ['AdditionalItems', 'additionalItems', null, orBool], ['Definitions', 'definitions', null, map],
  ['ExternalDocs', 'externalDocs', null, (v: Plain) => ({ Description: v['description'] ?? '', URL: v['url'] ?? '' })], ['Example', 'example', null],
  ['XPreserveUnknownFields', 'x-kubernetes-preserve-unknown-fields', null], ['XEmbeddedResource', 'x-kubernetes-embedded-resource', false], ['XIntOrString', 'x-kubernetes-int-or-string', false],
  ['XListMapKeys', 'x-kubernetes-list-map-keys', null], ['XListType', 'x-kubernetes-list-type', null], ['XMapType', 'x-kubernetes-map-type', null],
  ['XValidations', 'x-kubernetes-validations', null, (v: Rule[]) => v.map(goRule)],
]

const go = (o: Plain, list: readonly Field[]): Plain => Object.fromEntries(list.map(([name, json, zero, shown]) => [name, o[json] === undefined || o[json] === null ? zero : shown ? shown(o[json]) : o[json]]))

export const goSchema = (s: Schema): unknown => go(s, fields)

/** What is neither a schema nor a list of them leaves nothing behind. */
export function goItems(v: Schema['items']): unknown {
  return { Schema: v && typeof v === 'object' && !Array.isArray(v) ? goSchema(v) : null, JSONSchemas: Array.isArray(v) ? v.map(goSchema) : null }
}

export const goRule = (r: Rule): unknown => go(r, [['Rule', 'rule', ''], ['Message', 'message', ''], ['MessageExpression', 'messageExpression', ''], ['Reason', 'reason', null], ['FieldPath', 'fieldPath', ''], ['OptionalOldSelf', 'optionalOldSelf', null]])
export const goColumn = (c: Plain): unknown => go(c, [['Name', 'name', ''], ['Type', 'type', ''], ['Format', 'format', ''], ['Description', 'description', ''], ['Priority', 'priority', 0], ['JSONPath', 'jsonPath', '']])
const goScale = (s: Plain): unknown => go(s, [['SpecReplicasPath', 'specReplicasPath', ''], ['StatusReplicasPath', 'statusReplicasPath', ''], ['LabelSelectorPath', 'labelSelectorPath', null]])
export const goSubresources = (s: Plain): unknown => go(s, [['Status', 'status', null], ['Scale', 'scale', null, goScale]])
