import { clusterrolebindings, rolebindings } from './rbac/bindings.ts'
import { clusterroles, roles } from './rbac/roles.ts'
import { configmaps } from './core/configmaps.ts'
import { controllerrevisions } from './apps/controllerrevisions.ts'
import { cronjobs } from './batch/cronjobs.ts'
import { daemonsets } from './apps/daemonsets.ts'
import { deployments } from './apps/deployments.ts'
import { endpoints } from './core/endpoints.ts'
import { endpointslices } from './discovery/endpointslices.ts'
import { events } from './core/events.ts'
import { jobs } from './batch/jobs.ts'
import { leases } from './coordination/leases.ts'
import { namespaces } from './core/namespaces.ts'
import { nodes } from './core/nodes.ts'
import { pods } from './core/pods.ts'
import { podtemplates } from './core/podtemplates.ts'
import { replicasets } from './apps/replicasets.ts'
import { replicationcontrollers } from './core/replicationcontrollers.ts'
import { secrets } from './core/secrets.ts'
import { serviceaccounts } from './core/serviceaccounts.ts'
import { services } from './core/service/service.ts'
import { statefulsets } from './apps/statefulsets.ts'
import { persistentvolumeclaims } from './core/persistentvolumeclaims.ts'
import { persistentvolumes } from './core/persistentvolumes.ts'
import { limitranges } from './core/limitranges.ts'
import { resourcequotas } from './core/resourcequotas.ts'
import { storageclasses } from './storage/storageclasses.ts'
import { csidrivers, csinodes, csistoragecapacities, volumeattachments, volumeattributesclasses } from './storage/csi.ts'
import { priorityclasses } from './scheduling/priorityclasses.ts'
import { poddisruptionbudgets } from './policy/poddisruptionbudgets.ts'
import { runtimeclasses } from './node/runtimeclasses.ts'
import { ingresses } from './networking/ingresses.ts'
import { ingressclasses, ipaddresses, networkpolicies, servicecidrs } from './networking/others.ts'
import { certificatesigningrequests } from './certificates/certificatesigningrequests.ts'
import { flowschemas, prioritylevelconfigurations } from './flowcontrol/kinds.ts'
import { mutatingwebhookconfigurations, validatingadmissionpolicies, validatingadmissionpolicybindings, validatingwebhookconfigurations } from './admissionregistration/kinds.ts'
import { deviceclasses, resourceclaims, resourceclaimtemplates, resourceslices } from './resource/kinds.ts'
import { apiservices } from './apiregistration/apiservices.ts'
import { eventsEvents } from './events/events.ts'
import { horizontalpodautoscalers } from './autoscaling/horizontalpodautoscalers.ts'
import { customresourcedefinitions } from './apiextensions/customresourcedefinitions.ts'
import type { Kind } from './kind.ts'

export type { Kind, KindContext } from './kind.ts'

const all: readonly Kind[] = [
  clusterrolebindings, clusterroles, configmaps, controllerrevisions, cronjobs, daemonsets, deployments, endpoints, endpointslices, events, jobs, leases, namespaces, nodes,
  pods, podtemplates, replicasets, replicationcontrollers, rolebindings, roles, secrets, serviceaccounts, services, statefulsets,
  persistentvolumeclaims, persistentvolumes, limitranges, resourcequotas, storageclasses, csidrivers, csinodes, csistoragecapacities,
  volumeattachments, volumeattributesclasses, priorityclasses, poddisruptionbudgets, runtimeclasses, ingresses, ingressclasses, ipaddresses,
  networkpolicies, servicecidrs, certificatesigningrequests, flowschemas, prioritylevelconfigurations, mutatingwebhookconfigurations,
  validatingadmissionpolicies, validatingadmissionpolicybindings, validatingwebhookconfigurations, deviceclasses, resourceclaims,
  resourceclaimtemplates, resourceslices, apiservices, customresourcedefinitions, eventsEvents, horizontalpodautoscalers,
]

/** Every kind with something of its own, by `group/resource` (`/pods`, `apps/deployments`). Others live by the tables alone. */
export const kinds: ReadonlyMap<string, Kind> = new Map(all.map((k) => [`${k.resource.group}/${k.resource.resource}`, k]))
