/** Options of requests, from the query (and for deletions the body), checked as upstream's validation of them does. */
import type { FieldError} from '@drydock/api';
import { badRequest, fieldForbidden, invalid, invalidStatus, notSupported, required, tooLong } from '@drydock/api'

export interface WriteOptions { dryRun: boolean, fieldManager: string, fieldValidation: 'Ignore' | 'Warn' | 'Strict', force: boolean | undefined }

const meta = (kind: string) => ({ group: 'meta.k8s.io', kind })

/** CreateOptions, UpdateOptions, PatchOptions. */
export function writeOptions(query: URLSearchParams, kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions', apply = false): WriteOptions {
  if (query.size === 0 && !apply) return plainWrite
  const errors: FieldError[] = []
  const force = query.get('force')
  const dryRun = query.getAll('dryRun')
  if (kind === 'PatchOptions') {
    if (apply && !query.get('fieldManager')) errors.push(required('fieldManager', 'is required for apply patch'))
    if (!apply && force !== null) errors.push(fieldForbidden('force', 'may not be specified for non-apply patch'))
  }
  errors.push(...validateManager(query.get('fieldManager') ?? ''), ...validateDryRun(dryRun))
  const validation = query.get('fieldValidation') ?? ''
  if (!['', 'Ignore', 'Warn', 'Strict'].includes(validation)) errors.push(notSupported('fieldValidation', validation, ['', 'Ignore', 'Strict', 'Warn']))
  if (errors.length) throw invalidStatus(meta(kind), '', errors)
  return { dryRun: dryRun.length > 0, fieldManager: query.get('fieldManager') ?? '', fieldValidation: (validation || 'Warn') as WriteOptions['fieldValidation'], force: force === null ? undefined : boolOf(force) }
}
const plainWrite: WriteOptions = { dryRun: false, fieldManager: '', fieldValidation: 'Warn', force: undefined }

function validateManager(manager: string): FieldError[] {
  if (Buffer.byteLength(manager) > 128) return [tooLong('fieldManager', 128)]
  let at = 0
  for (const ch of manager) {
    if (!isPrintable(ch)) return [invalid('fieldManager', manager, `invalid character U+${ch.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')} (at position ${at})`)]
    at += Buffer.byteLength(ch)
  }
  return []
}
const isPrintable = (ch: string): boolean => ch === ' ' || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(ch)

export function validateDryRun(values: readonly string[]): FieldError[] {
  return values.some((v) => v !== 'All') ? [notSupported('dryRun', values, ['All'])] : []
}

export interface DeleteOptions {
  dryRun: boolean
  gracePeriodSeconds: number | undefined
  propagationPolicy: 'Orphan' | 'Background' | 'Foreground' | undefined
  orphanDependents: boolean | undefined
  preconditions: { uid?: string | undefined, resourceVersion?: string | undefined } | undefined
}

export function checkDeleteOptions(o: Record<string, unknown>): DeleteOptions {
  const errors: FieldError[] = []
  const policy = o['propagationPolicy'] as string | undefined
  const dryRun = (o['dryRun'] ?? []) as string[]
  const orphan = o['orphanDependents'] as boolean | undefined
  if (policy !== undefined && orphan !== undefined) errors.push(invalid('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set'))
  if (policy !== undefined && !['Foreground', 'Background', 'Orphan'].includes(policy)) errors.push(notSupported('propagationPolicy', policy, ['Foreground', 'Background', 'Orphan', 'nil']))
  errors.push(...validateDryRun(dryRun))
  if (errors.length) throw invalidStatus(meta('DeleteOptions'), '', errors)
  return {
    dryRun: dryRun.length > 0, gracePeriodSeconds: o['gracePeriodSeconds'] as number | undefined,
    propagationPolicy: policy as DeleteOptions['propagationPolicy'], orphanDependents: orphan,
    preconditions: o['preconditions'] as DeleteOptions['preconditions'],
  }
}

export interface ListOptions {
  labelSelector: string
  fieldSelector: string
  resourceVersion: string
  resourceVersionMatch: string
  limit: number
  continueToken: string
  timeoutSeconds: number | undefined
  watch: boolean
  allowWatchBookmarks: boolean
  sendInitialEvents: boolean | undefined
}

const listKeys = ['labelSelector', 'fieldSelector', 'resourceVersion', 'resourceVersionMatch', 'continue'] as const

/** metav1.ListOptions from a query; a value that is no number or bool is a plain 400. */
export function listOptions(query: URLSearchParams): ListOptions {
  const text = (k: (typeof listKeys)[number]) => query.get(k) ?? ''
  const send = query.get('sendInitialEvents')
  return {
    labelSelector: text('labelSelector'), fieldSelector: text('fieldSelector'), resourceVersion: text('resourceVersion'),
    resourceVersionMatch: text('resourceVersionMatch'), continueToken: text('continue'),
    limit: integer(query.get('limit')) ?? 0, timeoutSeconds: integer(query.get('timeoutSeconds')),
    watch: boolOf(query.get('watch')), allowWatchBookmarks: boolOf(query.get('allowWatchBookmarks')),
    sendInitialEvents: send === null ? undefined : boolOf(send),
  }
}

const boolOf = (v: string | null): boolean => v !== null && v.toLowerCase() !== 'false' && v !== '0'

// strconv.ParseInt(s, 10, 64).
function integer(v: string | null): number | undefined {
  if (v === null) return undefined
  if (!/^[+-]?\d+$/.test(v)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(v)}: invalid syntax`)
  const n = BigInt(v)
  if (n > 9223372036854775807n || n < -9223372036854775808n) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(v)}: value out of range`)
  return Number(n)
}

/** apimachinery's ValidateListOptions. */
export function validateListOptions(o: ListOptions): FieldError[] {
  const errors: FieldError[] = []
  const match = o.resourceVersionMatch
  if (o.watch) return validateWatchOptions(o)
  if (match !== '') {
    if (o.resourceVersion === '') errors.push(fieldForbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided'))
    if (o.continueToken !== '') errors.push(fieldForbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'))
    if (match !== 'Exact' && match !== 'NotOlderThan') errors.push(notSupported('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']))
    if (match === 'Exact' && o.resourceVersion === '0') errors.push(fieldForbidden('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'))
  }
  if (o.sendInitialEvents !== undefined) errors.push(fieldForbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'))
  return errors
}

// ValidateListOptions with isWatchListFeatureEnabled, for a watch.
function validateWatchOptions(o: ListOptions): FieldError[] {
  const errors: FieldError[] = [], match = o.resourceVersionMatch, send = o.sendInitialEvents !== undefined
  if (send && match !== 'NotOlderThan') errors.push(fieldForbidden('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'))
  if (match !== '') {
    if (!send) errors.push(fieldForbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'))
    if (match !== 'NotOlderThan') errors.push(notSupported('resourceVersionMatch', match, ['NotOlderThan']))
  }
  if (o.continueToken !== '') errors.push(fieldForbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'))
  return errors
}
