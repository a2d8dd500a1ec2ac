/**
 * An object as Go's encoder would write it: fields in the order of their declaration. Only error messages show it. Containers
 * in `sorted` have been through a map, whose keys Go sorts.
 */
import { isObject } from '../json.ts'
import { rawType, type StructSchema, type TypeSchema } from '../schema.ts'

export function goMarshal(schema: StructSchema, value: unknown, sorted: ReadonlySet<object>): string {
  return JSON.stringify(inOrder({ kind: 'struct', go: '', struct: schema }, value, sorted))
}

// Fields that came later than those beside which Go declares them: each stands behind the one named.
const behind: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ConfigMap: { immutable: 'metadata' }, Secret: { immutable: 'metadata', stringData: 'data' },
  Container: { envFrom: 'ports', resizePolicy: 'resources', restartPolicy: 'resizePolicy', restartPolicyRules: 'restartPolicy', volumeDevices: 'volumeMounts', startupProbe: 'readinessProbe', terminationMessagePolicy: 'terminationMessagePath' },
  CronJobSpec: { timeZone: 'schedule' }, DeploymentStatus: { readyReplicas: 'updatedReplicas', terminatingReplicas: 'unavailableReplicas' },
  JobSpec: { podFailurePolicy: 'activeDeadlineSeconds', successPolicy: 'podFailurePolicy', backoffLimit: 'successPolicy', backoffLimitPerIndex: 'backoffLimit', maxFailedIndexes: 'backoffLimitPerIndex' },
  NodeSpec: { podCIDRs: 'podCIDR', externalID: 'configSource' }, PersistentVolumeClaimSpec: { selector: 'accessModes' },
  PodSecurityContext: { windowsOptions: 'seLinuxOptions', runAsGroup: 'runAsUser', supplementalGroupsPolicy: 'supplementalGroups' },
  PodSpec: { initContainers: 'volumes', ephemeralContainers: 'containers', automountServiceAccountToken: 'serviceAccount', shareProcessNamespace: 'hostIPC', hostUsers: 'os' },
  ReplicaSetSpec: { minReadySeconds: 'replicas' }, ReplicationControllerSpec: { minReadySeconds: 'replicas' },
  SecurityContext: { windowsOptions: 'seLinuxOptions', runAsGroup: 'runAsUser' }, ServicePort: { appProtocol: 'protocol' },
  ServiceSpec: { clusterIPs: 'clusterIP', ipFamilies: 'sessionAffinityConfig', ipFamilyPolicy: 'ipFamilies' }, VolumeMount: { recursiveReadOnly: 'readOnly' },
}

/** Where Go declares a field: protobuf numbers mostly follow that order, those of an inlined struct within its own number. */
function declared(s: StructSchema): Map<string, number> {
  const at = new Map(s.fields.map((f) => [f.name, f.proto]))
  for (const [field, before] of Object.entries(behind[s.short] ?? {})) at.set(field, (at.get(before) ?? 0) + 0.1)
  for (const e of s.embedded) for (const [name, f] of Object.entries(rawType(e.message)?.fields ?? {})) if (s.byName.has(name)) at.set(name, e.number + (f.proto ?? 0) / 1000)
  return at
}

function inOrder(t: TypeSchema | undefined, v: unknown, sorted: ReadonlySet<object>): unknown {
  if (Array.isArray(v)) return v.map((x) => inOrder(t?.kind === 'list' ? t.elem : undefined, x, sorted))
  if (!isObject(v)) return v
  const keys = Object.keys(v)
  if (sorted.has(v) || t?.kind === 'map') keys.sort()
  else if (t?.kind === 'struct') {
    const at = declared(t.struct)
    keys.sort((a, b) => (at.get(a) ?? 1e6) - (at.get(b) ?? 1e6))
  }
  return Object.fromEntries(keys.map((k) => [k, inOrder(t?.kind === 'struct' ? t.struct.byName.get(k)?.type : t?.kind === 'map' ? t.elem : undefined, v[k], sorted)]))
}
