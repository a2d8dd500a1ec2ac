import { resources } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { sliceFrozen, specFrozen, templateFrozen, validateClaim, validateClass, validateSlice, validateTemplate } from './validate.ts'
import { ageOf, nameAndAge } from '../lib/cells.ts'
import { semanticEqual } from '../lib/equal.ts'
import { bumpGeneration, keep } from '../lib/strategy.ts'

function defaultDevices(spec: ApiObject | undefined): void {
  for (const r of spec?.devices?.requests ?? []) for (const x of [r.exactly, ...(r.firstAvailable ?? [])]) if (x) defaultRequest(x)
}

function defaultRequest(r: ApiObject): void {
  if (!r.allocationMode) r.allocationMode = 'ExactCount'
  if (r.allocationMode === 'ExactCount' && !r.count) r.count = 1
  for (const t of r.tolerations ?? []) if (!t.operator) t.operator = 'Equal'
}

export const deviceclasses: Kind = {
  resource: resources.deviceclasses,
  defaults(o) { o.spec ??= {} },
  prepareForCreate(o) {
    o.metadata.generation = 1
    delete o.spec.extendedResourceName
  },
  prepareForUpdate(o, old) {
    delete o.spec.extendedResourceName
    bumpGeneration(o, old, !semanticEqual(o.spec, old.spec))
  },
  validate: (o) => validateClass(o.spec),
  validateUpdate: (o) => validateClass(o.spec),
  cells: nameAndAge,
  allowUnconditionalUpdate: true,
}

export const resourceclaims: Kind = {
  resource: resources.resourceclaims,
  defaults(o) {
    o.spec ??= {}
    o.status ??= {}
    defaultDevices(o.spec)
  },
  prepareForCreate(o) {
    o.status = {}
    dropGatedRequests(o.spec)
  },
  prepareForUpdate(o, old) {
    keep(o, old, 'status')
    dropGatedRequests(o.spec)
  },
  subresources: { status: { prepareForUpdate: (o, old) => keep(o, old, 'spec') } },
  validate: (o) => validateClaim('spec', o.spec),
  validateUpdate: (o, old) => specFrozen(o.spec, old.spec),
  cells: (o, c) => [o.metadata.name, claimState(o), ageOf(o, c)],
  allowUnconditionalUpdate: true,
}

function claimState(o: ApiObject): string {
  const words: string[] = []
  if (o.metadata.deletionTimestamp) words.push('deleted')
  if (!o.status?.allocation) words.push('pending')
  else {
    words.push('allocated')
    if (o.status.reservedFor?.length) words.push('reserved')
  }
  return words.join(',')
}

export const resourceclaimtemplates: Kind = {
  resource: resources.resourceclaimtemplates,
  defaults(o) { o.spec ??= {}; o.spec.spec ??= {}; defaultDevices(o.spec.spec) },
  prepareForCreate: (o) => dropGatedRequests(o.spec.spec),
  prepareForUpdate: (o) => dropGatedRequests(o.spec.spec),
  validate: (o) => validateTemplate(o.spec),
  validateUpdate: (o, old) => [...validateTemplate(o.spec), ...templateFrozen(o.spec, old.spec)],
  cells: nameAndAge,
  allowUnconditionalUpdate: true,
}

export const resourceslices: Kind = {
  resource: resources.resourceslices,
  defaults(o) { o.spec ??= {} },
  prepareForCreate(o) {
    o.metadata.generation = 1
    dropGatedDevices(o.spec)
  },
  // What is behind gates counts as a change before it is dropped.
  prepareForUpdate(o, old) {
    bumpGeneration(o, old, !semanticEqual(o.spec, old.spec))
    dropGatedDevices(o.spec)
  },
  warnings: (o) => driverWarnings('spec.driver', o.spec?.driver),
  fields: (o) => ({ 'spec.nodeName': o.spec?.nodeName ?? '', 'spec.driver': o.spec?.driver ?? '' }),
  validate: (o) => validateSlice(o.spec),
  validateUpdate: (o, old) => [...validateSlice(o.spec), ...sliceFrozen(o.spec, old.spec)],
  cells: (o, c) => [o.metadata.name, o.spec?.nodeName ?? '', o.spec?.driver ?? '', o.spec?.pool?.name ?? '', ageOf(o, c)],
  allowUnconditionalUpdate: true,
}

const driverWarnings = (path: string, name: string | undefined): string[] =>
  (name && name !== name.toLowerCase() ? [`${path}: driver names should be lowercase; ${JSON.stringify(name)} contains uppercase characters`] : [])

/** Fields behind gates of device allocation that are off: taints, consumable capacity, partitions, binding conditions. */
function dropGatedRequests(spec: ApiObject | undefined): void {
  for (const r of spec?.devices?.requests ?? []) {
    for (const x of [r.exactly, ...(r.firstAvailable ?? [])]) {
      if (!x) continue
      delete x.tolerations
      delete x.capacity
    }
  }
}

const gatedDevice = ['taints', 'allowMultipleAllocations', 'bindingConditions', 'bindingFailureConditions', 'bindsToNode', 'consumesCounters', 'nodeName', 'nodeSelector', 'allNodes']

function dropGatedDevices(spec: ApiObject): void {
  delete spec.sharedCounters
  delete spec.perDeviceNodeSelection
  for (const d of spec.devices ?? []) {
    for (const f of gatedDevice) delete d[f]
    for (const c of Object.values(d.capacity ?? {}) as Array<Record<string, unknown>>) delete c.requestPolicy
  }
}
