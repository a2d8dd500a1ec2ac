import { resources } from '@drydock/api'
import type { ClusterAuthorizer } from '../auth/authorize.ts'
import type { PluginParts } from './parts.ts'
import { certificateApproval, certificateSigning, certificateSubjectRestriction } from './plugins/certificates.ts'
import { defaultIngressClass } from './plugins/default-ingress-class.ts'
import { defaultTolerationSeconds } from './plugins/default-toleration-seconds.ts'
import type { TolerationSeconds } from './plugins/default-toleration-seconds.ts'
import { limitRanger } from './plugins/limit-ranger.ts'
import { namespaceLifecycle } from './plugins/namespace-lifecycle.ts'
import { nodeRestriction } from './plugins/node-restriction.ts'
import { podSecurity } from './plugins/pod-security/pod-security.ts'
import { podTopologyLabels } from './plugins/pod-topology-labels.ts'
import { priority } from './plugins/priority.ts'
import { resourceQuota } from './plugins/quota/resource-quota.ts'
import { rbacEscalation } from './plugins/rbac-escalation.ts'
import { runtimeClass } from './plugins/runtime-class.ts'
import { serviceAccount } from './plugins/service-account.ts'
import { defaultStorageClass, persistentVolumeClaimResize, storageObjectInUseProtection } from './plugins/storage.ts'
import { taintNodesByCondition } from './plugins/taint-nodes-by-condition.ts'
import type { AdmissionPlugin } from './types.ts'

export interface AdmissionOptions {
  /** --enable-admission-plugins: on top of the default ones. */
  enabled?: readonly string[]
  /** --disable-admission-plugins. */
  disabled?: readonly string[]
  tolerationSeconds?: TolerationSeconds
}
type Parts = PluginParts & { authorizer: ClusterAuthorizer }

/** In upstream's order (pkg/kubeapiserver/options/plugins.go), in which they run whatever order the flags name them in. All are on unless disabled. */
const ordered: ReadonlyArray<readonly [name: string, make: (p: Parts, o: AdmissionOptions) => AdmissionPlugin]> = [
  ['NamespaceLifecycle', namespaceLifecycle],
  ['LimitRanger', limitRanger],
  ['ServiceAccount', serviceAccount],
  ['NodeRestriction', nodeRestriction],
  ['TaintNodesByCondition', taintNodesByCondition],
  ['PodSecurity', podSecurity],
  ['Priority', priority],
  ['DefaultTolerationSeconds', (_, o) => defaultTolerationSeconds(o.tolerationSeconds)],
  ['DefaultStorageClass', defaultStorageClass],
  ['StorageObjectInUseProtection', storageObjectInUseProtection],
  ['PersistentVolumeClaimResize', persistentVolumeClaimResize],
  ['RuntimeClass', runtimeClass],
  ['CertificateApproval', certificateApproval],
  ['CertificateSigning', certificateSigning],
  ['CertificateSubjectRestriction', certificateSubjectRestriction],
  ['DefaultIngressClass', defaultIngressClass],
  ['PodTopologyLabels', podTopologyLabels],
  ['ResourceQuota', resourceQuota],
]

/** Upstream's plugins that this server does not have: disabling one is no mistake, enabling one is. */
const absent = ['AlwaysAdmit', 'NamespaceAutoProvision', 'NamespaceExists', 'LimitPodHardAntiAffinityTopology', 'AlwaysPullImages', 'ImagePolicyWebhook', 'PodNodeSelector', 'PodTolerationRestriction',
  'EventRateLimit', 'ExtendedResourceToleration', 'OwnerReferencesPermissionEnforcement', 'ClusterTrustBundleAttest', 'DenyServiceExternalIPs', 'MutatingAdmissionPolicy', 'MutatingAdmissionWebhook',
  'ValidatingAdmissionPolicy', 'ValidatingAdmissionWebhook', 'AlwaysDeny']

/** The admission chain. Throws on a name that no plugin has, or on one that is asked for and not there. */
export function createAdmission(parts: Parts, o: AdmissionOptions = {}): AdmissionPlugin[] {
  const names = new Set(ordered.map(([name]) => name))
  for (const [flag, list] of [['enable', o.enabled ?? []], ['disable', o.disabled ?? []]] as const) for (const name of list) {
    if (absent.includes(name) && flag === 'enable') throw new Error(`--enable-admission-plugins: plugin ${JSON.stringify(name)} is not supported`)
    if (!names.has(name) && !absent.includes(name)) throw new Error(`--${flag}-admission-plugins plugin ${JSON.stringify(name)} is unknown`)
  }
  tellOfUnsupported(parts)
  return [...ordered.filter(([name]) => !o.disabled?.includes(name)).map(([, make]) => make(parts, o)), rbacEscalation(parts)]
}

const unsupported = [resources.mutatingwebhookconfigurations, resources.validatingwebhookconfigurations, resources.validatingadmissionpolicybindings]

/** Webhooks and policies are stored and not run: whoever makes one is told so loudly, in the log, once each. */
function tellOfUnsupported(parts: Parts): void {
  for (const r of unsupported) {
    parts.changes.on<{ metadata?: { name?: string | undefined } | undefined }>(r as never, (now, old) => {
      if (now && !old) parts.log.error({ kind: r.kind, name: now.metadata?.name }, 'stored, but this apiserver does not call admission webhooks or evaluate admission policies: nothing is enforced by it')
    })
  }
}

export type { PluginParts } from './parts.ts'
export type * from './types.ts'
