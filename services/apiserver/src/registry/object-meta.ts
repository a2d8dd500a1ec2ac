/** Metadata of objects as every kind has it: apimachinery/pkg/api/validation/objectmeta.go and what rest.BeforeCreate sets. */
import { type FieldError, fieldForbidden, invalid, isQualifiedName, isValidLabelValue, nameIsDNSSubdomain, nameIsPathSegment, required, tooLong } from '@drydock/api'
import type { ApiObject } from '../admission/types.ts'
import type { ResourceType } from './resource-type.ts'

const totalAnnotationBytes = 256 * 1024

/** ValidateObjectMeta of core. */
export function validateObjectMeta(type: ResourceType, o: ApiObject): FieldError[] {
  const rule = type.spec?.validateName ?? (type.group === 'rbac.authorization.k8s.io' ? nameIsPathSegment : nameIsDNSSubdomain)
  return [...validateMeta(type, o, rule), ...knownFinalizers(o.metadata['finalizers'])]
}

function validateMeta(type: ResourceType, o: ApiObject, validateName: (name: string, prefix: boolean) => string[]): FieldError[] {
  const m = o.metadata, errors: FieldError[] = []
  if (m['generateName']) for (const why of validateName(m['generateName'], true)) errors.push(invalid('metadata.generateName', m['generateName'], why))
  if (!m['name']) errors.push(required('metadata.name', 'name or generateName is required'))
  else for (const why of validateName(m['name'], false)) errors.push(invalid('metadata.name', m['name'], why))
  if (type.namespaced && !m['namespace']) errors.push(required('metadata.namespace'))
  if (!type.namespaced && m['namespace']) errors.push(fieldForbidden('metadata.namespace', 'not allowed on this type'))
  if (m['generation'] < 0) errors.push(invalid('metadata.generation', m['generation'], 'must be greater than or equal to 0'))
  errors.push(...validateLabels(m['labels']), ...validateAnnotations(m['annotations']), ...validateOwners(m['ownerReferences']), ...validateFinalizers(m['finalizers']))
  return errors
}

function validateLabels(labels: Record<string, string> | undefined): FieldError[] {
  const errors: FieldError[] = []
  for (const [k, v] of Object.entries(labels ?? {})) {
    for (const why of isQualifiedName(k)) errors.push(invalid('metadata.labels', k, why))
    for (const why of isValidLabelValue(v)) errors.push(invalid('metadata.labels', v, why))
  }
  return errors
}

export function validateAnnotations(annotations: Record<string, string> | undefined): FieldError[] {
  const errors: FieldError[] = []
  let size = 0
  for (const [k, v] of Object.entries(annotations ?? {})) {
    for (const why of isQualifiedName(k.toLowerCase())) errors.push(invalid('metadata.annotations', k, why))
    size += Buffer.byteLength(k) + Buffer.byteLength(v)
  }
  if (size > totalAnnotationBytes) errors.push(tooLong('metadata.annotations', totalAnnotationBytes))
  return errors
}

interface OwnerReference { apiVersion: string, kind: string, name: string, uid: string, controller?: boolean }

function validateOwners(owners: OwnerReference[] | undefined): FieldError[] {
  const errors: FieldError[] = []
  let controller = ''
  for (const r of owners ?? []) {
    const f = 'metadata.ownerReferences', parts = r.apiVersion.split('/')
    if (parts.length > 2) errors.push(invalid(`${f}.apiVersion`, r.apiVersion, `version must not be empty`))
    else if (!parts[parts.length - 1]) errors.push(invalid(`${f}.apiVersion`, r.apiVersion, 'version must not be empty'))
    if (!r.kind) errors.push(invalid(`${f}.kind`, r.kind, 'must not be empty'))
    if (!r.name) errors.push(invalid(`${f}.name`, r.name, 'must not be empty'))
    if (!r.uid) errors.push(invalid(`${f}.uid`, r.uid, 'must not be empty'))
    if (r.kind === 'Event' && (r.apiVersion === 'v1' || r.apiVersion === 'events.k8s.io/v1beta1')) errors.push(invalid(f, r, `${parts.length > 1 ? r.apiVersion : r.apiVersion}, Kind=Event is disallowed from being an owner`))
    if (r.controller) {
      if (controller) errors.push(invalid(f, owners, `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${r.kind}/${r.name}`))
      else controller = `${r.kind}/${r.name}`
    }
  }
  return errors
}

const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion'])

function validateFinalizers(finalizers: string[] | undefined): FieldError[] {
  const errors: FieldError[] = []
  const has = new Set(finalizers)
  for (const f of finalizers ?? []) for (const why of isQualifiedName(f)) errors.push(invalid('metadata.finalizers', f, why))
  if (has.has('orphan') && has.has('foregroundDeletion')) errors.push(invalid('metadata.finalizers', finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'))
  return errors
}

/** What the core validation adds: a name without a group must be one that Kubernetes knows. */
const knownFinalizers = (finalizers: string[] | undefined): FieldError[] => (finalizers ?? []).flatMap((f, i) =>
  (f.includes('/') || standardFinalizers.has(f) ? [] : [invalid(`metadata.finalizers[${i}]`, f, 'name is neither a standard finalizer name nor is it fully qualified')]))

// Kinds whose own update validation validates the whole new object again, metadata too.
const validatedWhole = new Set(['/configmaps', '/secrets', '/serviceaccounts', '/namespaces', '/nodes', '/pods', '/services', '/replicationcontrollers', '/persistentvolumes', '/persistentvolumeclaims', 'batch/jobs', 'apps/controllerrevisions',
  ...['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'].map((r) => `rbac.authorization.k8s.io/${r}`)])

// Whose own validation looks at the change of metadata only.
const metaOnly = new Set(['status', 'finalize', 'scale'])

/** Metadata of an update: the generic checks and the kind's own overlap, and each is told, as upstream does. */
export function validateUpdatedMeta(type: ResourceType, o: ApiObject, old: ApiObject, subresource: string): FieldError[] {
  const generic = validateMeta(type, o, nameIsPathSegment), update = validateObjectMetaUpdate(o, old)
  return [...generic, ...update, ...update, ...(!metaOnly.has(subresource) && validatedWhole.has(`${type.group}/${type.resource}`) ? validateObjectMeta(type, o) : [])]
}

/** ValidateObjectMetaUpdate: what of metadata never changes. Some of it is taken over in place where the client left it out. */
function validateObjectMetaUpdate(o: ApiObject, old: ApiObject): FieldError[] {
  const m = o.metadata, was = old.metadata, errors: FieldError[] = []
  errors.push(...validateNewFinalizers(m['finalizers'], was))
  const immutable = (field: string) => { if ((m[field] ?? '') !== (was[field] ?? '')) errors.push(invalid(`metadata.${field}`, m[field] ?? null, 'field is immutable')) }
  if ((m['generation'] ?? 0) < (was['generation'] ?? 0)) errors.push(invalid('metadata.generation', m['generation'], 'must not be decremented'))
  for (const f of ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds']) immutable(f)
  errors.push(...validateLabels(m['labels']), ...validateAnnotations(m['annotations']), ...validateOwners(m['ownerReferences']))
  return errors
}

function validateNewFinalizers(now: string[] | undefined, was: Record<string, any>): FieldError[] {
  if (!was['deletionTimestamp']) return []
  const added = (now ?? []).filter((f) => !(was['finalizers'] ?? []).includes(f))
  if (!added.length) return []
  return [fieldForbidden('metadata.finalizers', `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((f) => JSON.stringify(f)).join(', ')}}`)]
}

/** A name that only has to fit a path: the generic check after the kind's own. */
export const validatePathName = (o: ApiObject): FieldError[] => nameIsPathSegment(String(o.metadata['name'] ?? ''), false).map((why) => invalid('metadata.name', o.metadata['name'], why))

/** Owner references given twice count once, with a warning. */
export function dropDuplicateOwners(o: ApiObject, warnTo: (text: string) => void): void {
  const owners = o.metadata['ownerReferences'] as OwnerReference[] | undefined
  if (!owners || owners.length < 2) return
  const seen = new Set<string>(), kept: OwnerReference[] = []
  for (const r of owners) {
    const id = JSON.stringify(r)
    if (!seen.has(id)) kept.push(r)
    seen.add(id)
  }
  if (kept.length === owners.length) return
  o.metadata['ownerReferences'] = kept
  warnTo('.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ' + [...new Set(owners.filter((r, i) => owners.findIndex((x) => x.uid === r.uid) !== i).map((r) => r.uid))].join(', '))
}
