import { nameIsDNSSubdomain, resources } from '@drydock/api'
import type { Pod, PodStatus } from '@drydock/api'
import type { ApiObject } from '../../admission/types.ts'
import type { Kind } from '../kind.ts'
import { podWarnings } from './pod-spec/warnings.ts'
import { semanticEqual } from '../lib/equal.ts'
import { bumpGeneration, keep, keepMeta } from '../lib/strategy.ts'
import { validatePodResize } from './pod-resize.ts'
import { validatePodStatusUpdate } from './pod-status.ts'
import { validateEphemeralUpdate, validatePodUpdate } from './pod-update.ts'
import { mergeAppArmor } from './pod-spec/app-armor.ts'
import { mergeMatchLabelKeys } from './pod-spec/match-label-keys.ts'
import { podCells, podRowConditions } from './pod-cells.ts'
import { defaultPod } from './pod-spec/defaults.ts'
import { dropDisabledPodFields, dropDisabledPodStatus } from './pod-spec/gates.ts'
import { validatePod } from './pod-spec/validate/index.ts'
import { qosClass } from './pod-spec/qos.ts'

/** Pods: pkg/registry/core/pod/strategy.go. */
export const pods: Kind = {
  resource: resources.pods,
  defaults(o) {
    o.spec ??= { containers: [] }
    dropInitContainerAnnotations(o.metadata?.annotations)
    defaultPod((o as unknown as Pod).spec!)
    if (o.status) pairAddresses(o.status as PodStatus)
  },
  prepareForCreate(o, c) {
    const pod = o as unknown as Pod
    o.metadata.generation = 1
    dropDisabledPodFields(pod.spec!)
    mergeMatchLabelKeys(pod.spec!, o.metadata.labels)
    mergeAppArmor(pod, (text) => c.warn(text))
    o.status = { phase: 'Pending', qosClass: qosClass(pod.spec!), ...(pod.spec!.schedulingGates?.length && { conditions: [gated(c.now())] }) }
  },
  prepareForUpdate(o, old) {
    keep(o, old, 'status')
    dropDisabledPodFields((o as unknown as Pod).spec!)
    bumpGeneration(o, old, !semanticEqual(o.spec, old.spec))
  },
  validate: (o) => validatePod(o as unknown as Pod),
  validateUpdate: (o, old) => validatePodUpdate(o as unknown as Pod, old as unknown as Pod),
  validateName: nameIsDNSSubdomain,
  subresources: {
    status: {
      prepareForUpdate(o, old) {
        keep(o, old, 'spec')
        keepMeta(o, old, 'generation', 'ownerReferences', 'deletionTimestamp')
        o.status ??= {}
        if (!o.status.qosClass) o.status.qosClass = old.status?.qosClass ?? qosClass((old as unknown as Pod).spec!)
        dropDisabledPodStatus(o.status)
      },
      validateUpdate: (o, old) => validatePodStatusUpdate(o as unknown as Pod, old as unknown as Pod),
    },
    ephemeralcontainers: {
      prepareForUpdate(o, old) {
        const added = o.spec?.ephemeralContainers as unknown
        onlyInSpec(o, old, added === undefined ? {} : { ephemeralContainers: added }, ['ephemeralContainers'])
      },
      validateUpdate: (o, old) => validateEphemeralUpdate(o as unknown as Pod, old as unknown as Pod),
    },
    resize: {
      prepareForUpdate(o, old) {
        onlyInSpec(o, old, resized(o, old), [])
      },
      validateUpdate: (o, old) => validatePodResize(o as unknown as Pod, old as unknown as Pod),
    },
  },
  fields(o) {
    const pod = o as unknown as Pod
    return {
      'spec.nodeName': pod.spec?.nodeName ?? '',
      'spec.restartPolicy': pod.spec?.restartPolicy ?? '',
      'spec.schedulerName': pod.spec?.schedulerName ?? '',
      'spec.serviceAccountName': pod.spec?.serviceAccountName ?? '',
      'spec.hostNetwork': String(pod.spec?.hostNetwork ?? false),
      'status.phase': pod.status?.phase ?? '',
      'status.podIP': pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP ?? '',
      'status.nominatedNodeName': pod.status?.nominatedNodeName ?? '',
    }
  },
  cells: (o, c) => podCells(o as unknown as Pod, c.now),
  rowConditions: (o) => podRowConditions(o as unknown as Pod),
  warnings: (o, old) => (old ? [] : podWarnings(o.spec, o.metadata)),
  allowUnconditionalUpdate: true,
  deletionGrace(o, requested) {
    const pod = o as unknown as Pod
    if (!pod.spec?.nodeName || ['Failed', 'Succeeded'].includes(pod.status?.phase ?? '')) return 0
    const period = requested ?? pod.spec.terminationGracePeriodSeconds ?? 30
    return period < 0 ? 1 : period
  },
}

/** Init containers of clients from before they were a field. */
function dropInitContainerAnnotations(annotations: Record<string, string> | undefined): void {
  if (annotations) for (const version of ['beta', 'alpha']) for (const what of ['init-containers', 'init-container-statuses']) delete annotations[`pod.${version}.kubernetes.io/${what}`]
}

/** podIP is the first of podIPs; where both are said, it wins. */
function pairAddresses(s: PodStatus): void {
  const first = s.podIPs?.[0]?.ip
  if (s.podIP && s.podIP !== first) s.podIPs = [{ ip: s.podIP }]
  else if (!s.podIP && first) s.podIP = first
}

const gated = (now: number) => ({ type: 'PodScheduled', status: 'False', lastTransitionTime: new Date(now).toISOString().replace(/\.\d+Z$/, 'Z'), reason: 'SchedulingGated', message: 'Scheduling is blocked due to non-empty scheduling gates' })

/** The object as stored, with the given fields of spec in place of its own. */
function onlyInSpec(o: ApiObject, old: ApiObject, fields: Record<string, unknown>, dropped: readonly string[]): void {
  const spec = { ...old.spec }
  for (const d of dropped) delete spec[d]
  const metadata: Record<string, unknown> = { ...old.metadata, resourceVersion: o.metadata.resourceVersion }
  if (metadata.resourceVersion === undefined) delete metadata.resourceVersion
  if (o.metadata.managedFields) metadata.managedFields = o.metadata.managedFields
  o.spec = { ...spec, ...fields }
  o.metadata = metadata
  keep(o, old, 'status')
  bumpGeneration(o, old, !semanticEqual(o.spec, old.spec))
}

/** Resources and resize policies as asked for; names say which container is meant. */
function resized(o: ApiObject, old: ApiObject): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const list of ['containers', 'initContainers']) {
    const asked: Array<Record<string, unknown>> = o.spec?.[list] ?? []
    const stored: Array<Record<string, unknown>> | undefined = old.spec?.[list]
    if (!stored) continue
    // Containers that come or go are for validation to refuse.
    if (asked.length !== stored.length) {
      out[list] = asked
      continue
    }
    out[list] = stored.map((c) => {
      const wish = asked.find((a) => a.name === c.name)
      if (!wish) return c
      const { resources: _r, resizePolicy: _p, ...rest } = c
      return { ...rest, ...(wish.resources !== undefined && { resources: wish.resources }), ...(wish.resizePolicy !== undefined && { resizePolicy: wish.resizePolicy }) }
    })
  }
  return out
}
