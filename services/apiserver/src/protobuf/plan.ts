/**
 * How a type of the table looks on the protobuf wire: which field number holds what. Messages that JSON inlines (Probe's
 * handler, a volume's source) are fields of their own here, holding fields of the same JSON object.
 */
import { rawType, resolveProtoName, structNamed, type StructSchema, type TypeSchema } from '@drydock/api/schema'

export type PlanField =
  | { kind: 'value', name: string, number: number, type: TypeSchema, protoType: string }
  /** A message that holds fields of the object itself. */
  | { kind: 'embedded', number: number, plan: Plan }

export interface Plan { readonly fields: readonly PlanField[], readonly byNumber: ReadonlyMap<number, PlanField> }

const plans = new Map<string, Plan>()

export function planOf(struct: StructSchema): Plan {
  let p = plans.get(struct.name)
  if (!p) {
    p = compile(struct.name, struct)
    plans.set(struct.name, p)
  }
  return p
}

/** The plan of `message`, its JSON fields taken from `outer`, which inlines it. */
function compile(message: string, outer: StructSchema): Plan {
  const raw = rawType(message)!
  const fields: PlanField[] = []
  for (const [name, f] of Object.entries(raw.fields ?? {})) {
    const json = outer.byName.get(name)
    if (f.proto && json) fields.push({ kind: 'value', name, number: f.proto, type: json.type, protoType: f.protoType ?? '' })
  }
  for (const [name, e] of Object.entries(raw.protoOnly ?? {})) {
    const json = outer.byName.get(kebab(name))
    if (json) fields.push({ kind: 'value', name: kebab(name), number: e.number, type: json.type, protoType: e.type })
    else {
      const inner = resolveProtoName(e.type, message)
      if (rawType(inner)?.fields) fields.push({ kind: 'embedded', number: e.number, plan: compile(inner, outer) })
    }
  }
  fields.sort((a, b) => a.number - b.number)
  return { fields, byNumber: new Map(fields.map((f) => [f.number, f])) }
}

/** xKubernetesListType → x-kubernetes-list-type. */
const kebab = (name: string): string => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)

export const schemaProps = (): StructSchema => structNamed('io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps')!
