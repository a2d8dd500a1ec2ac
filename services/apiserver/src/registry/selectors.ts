/** Selectors of lists and watches, as matchers on entries. */
import { badRequest, type FieldRequirement, matchesSelector, parseFieldSelector, parseSelector, SelectorError } from '@drydock/api'
import type { Entry } from '../cache/entry.ts'
import type { Matcher } from '../cache/watch.ts'
import type { ResourceType } from './resource-type.ts'

export interface Selection {
  /** Undefined: everything matches. */
  match: Matcher | undefined
  /** The value that `metadata.name=` asks for, if it does. */
  name: string | undefined
  /** The value that `metadata.namespace=` asks for, if it does. */
  namespace: string | undefined
}

/** Throws 400 in upstream's words. */
export function select(type: ResourceType, labelSelector: string, fieldSelector: string): Selection {
  if (!labelSelector && !fieldSelector) return everything
  const labels = labelSelector ? parsed(() => parseSelector(labelSelector)) : []
  const fields = fieldSelector ? checkFields(type, parsed(() => parseFieldSelector(fieldSelector))) : []
  const exact = (field: string) => fields.find((r) => r.field === field && r.operator === '=')?.value
  const match = !labels.length && !fields.length ? undefined
    : (e: Entry) => fields.every((r) => (fieldOf(e, type, r.field) === r.value) === (r.operator === '=')) && (!labels.length || matchesSelector(labels, e.labels))
  return { match, name: exact('metadata.name'), namespace: exact('metadata.namespace') }
}
const everything: Selection = { match: undefined, name: undefined, namespace: undefined }

function parsed<T>(parse: () => T): T {
  try { return parse() } catch (e) {
    if (e instanceof SelectorError) throw badRequest(e.message)
    throw e
  }
}

// The name and the namespace need no parsed object.
function fieldOf(e: Entry, type: ResourceType, field: string): string {
  if (field === 'metadata.name') return e.name
  if (field === 'metadata.namespace') return e.namespace
  return (type.conversion ? type.selectableFields(type.conversion.fromStorage(e.object)) : e.fields)[field] ?? ''
}

function checkFields(type: ResourceType, given: readonly FieldRequirement[]): readonly FieldRequirement[] {
  if (!given.length) return given
  const known = type.selectableFields({ metadata: {} })
  for (const r of given) if (!(r.field in known)) throw badRequest(unknownField(type, r.field))
  return given
}

// Each group's conversion functions have words of their own; kinds that register none have the default's.
const ownWords = new Set(['/pods', '/nodes', '/replicationcontrollers', '/events', '/namespaces', '/secrets', '/services', 'events.k8s.io/events', 'certificates.k8s.io/certificatesigningrequests'])
function unknownField(type: ResourceType, field: string): string {
  if (type.group === 'batch' && type.resource === 'jobs') return `field label ${JSON.stringify(field)} not supported for Job`
  return ownWords.has(`${type.group}/${type.resource}`) ? `field label not supported: ${field}` : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
}
