import { resources } from '@drydock/api'
import type { Node, Pod, ResourceSlice, TokenRequest } from '@drydock/api'
import { nodeOf } from '../../auth/users.ts'
import { refuse } from '../errors.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../types.ts'
import type { PluginParts } from '../parts.ts'

/** What a kubelet may change is its own: its Node, its pods' statuses, mirror pods, its lease, tokens of its pods (plugin/pkg/admission/noderestriction). */
export function nodeRestriction(parts: PluginParts): AdmissionPlugin {
  return {
    name: 'NodeRestriction',
    handles: (r) => r.operation !== 'CONNECT' && nodeOf(r.user) !== undefined,
    admit(r) {
      const node = nodeOf(r.user)!
      if (!node) throw refuse(r, `could not determine node from user ${JSON.stringify(r.user.name)}`)
      rules[r.resource.resource]?.(parts, r, node)
    },
  }
}

type Rule = (parts: PluginParts, r: AdmissionRequest, node: string) => void
const rules: Record<string, Rule> = {
  pods: (parts, r, node) => {
    if (!r.subresource) pod(parts, r, node)
    else if (r.subresource === 'status') podStatus(r, node)
    else if (r.subresource === 'eviction') eviction(parts, r, node)
    else throw refuse(r, `unexpected pod subresource ${JSON.stringify(r.subresource)}, only 'status' and 'eviction' are allowed`)
  },
  nodes,
  persistentvolumeclaims: (_, r) => {
    if (r.subresource !== 'status') throw refuse(r, 'may only update PVC status')
    if (r.operation !== 'UPDATE') throw refuse(r, `unexpected operation ${JSON.stringify(r.operation)}`)
  },
  serviceaccounts: token,
  leases: (_, r, node) => {
    if (r.namespace !== 'kube-node-lease') return
    const name = r.operation === 'CREATE' ? r.object?.metadata['name'] : r.name
    if (name !== node) throw refuse(r, r.operation === 'CREATE' ? 'can only create lease with name same as requesting node' : 'can only access node lease with the same name as the requesting node')
  },
  csinodes: (_, r, node) => {
    if (r.operation === 'CREATE' ? r.object?.metadata['name'] !== node : r.name !== node) throw refuse(r, 'can only access CSINode with the same name as the requesting node')
  },
  resourceslices: (_, r, node) => {
    const slice = (r.operation === 'DELETE' ? r.oldObject : r.object) as unknown as ResourceSlice | undefined
    if (r.operation !== 'UPDATE' && slice && slice.spec?.nodeName !== node) throw refuse(r, `can only ${r.operation === 'CREATE' ? 'create' : 'delete'} ResourceSlice with the same NodeName as the requesting node`)
  },
}

function pod(parts: PluginParts, r: AdmissionRequest, node: string): void {
  if (r.operation === 'DELETE') {
    const found = parts.reader.get(resources.pods, r.namespace, r.name)
    if (found && found.spec?.nodeName !== node) throw refuse(r, `node ${JSON.stringify(node)} can only delete pods with spec.nodeName set to itself`)
    return
  }
  if (r.operation !== 'CREATE') throw refuse(r, `unexpected operation ${JSON.stringify(r.operation)}, node ${JSON.stringify(node)} can only create and delete mirror pods`)
  createMirror(parts, r, node)
}

function createMirror(parts: PluginParts, r: AdmissionRequest, node: string): void {
  const p = r.object as unknown as Pod
  if (p.metadata?.annotations?.['kubernetes.io/config.mirror'] === undefined) throw refuse(r, `pod does not have ${JSON.stringify('kubernetes.io/config.mirror')} annotation, node ${JSON.stringify(node)} can only create mirror pods`)
  if (p.spec?.nodeName !== node) throw refuse(r, `node ${JSON.stringify(node)} can only create pods with spec.nodeName set to itself`)
  const owners = p.metadata.ownerReferences ?? []
  const [owner] = owners
  if (owners.length > 1) throw refuse(r, `node ${JSON.stringify(node)} can only create pods with a single owner reference set to itself`)
  if (!owner) throw refuse(r, `node ${JSON.stringify(node)} can only create pods with an owner reference set to itself`)
  const quoted = JSON.stringify(node)
  if (owner.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node) throw refuse(r, `node ${quoted} can only create pods with an owner reference set to itself`)
  if (owner.controller !== true) throw refuse(r, `node ${quoted} can only create pods with a controller owner reference set to itself`)
  if (owner.blockOwnerDeletion) throw refuse(r, `node ${quoted} must not set blockOwnerDeletion on an owner reference`)
  const own = parts.reader.get(resources.nodes, '', node)
  if (own && own.metadata?.uid !== owner.uid) throw refuse(r, `node ${node} UID mismatch: expected ${owner.uid} got ${own.metadata?.uid}`)
  const s = p.spec
  if (s?.serviceAccountName) throw refuse(r, `node ${quoted} can not create pods that reference a service account`)
  if (s?.resourceClaims?.length) throw refuse(r, `node ${quoted} can not create pods that reference resourceclaims`)
  const names = namesInPod(p)
  if (names.secrets.length) throw refuse(r, `node ${quoted} can not create pods that reference secrets`)
  if (names.configMaps.length) throw refuse(r, `node ${quoted} can not create pods that reference configmaps`)
  if (s?.volumes?.some((v) => v.projected?.sources?.some((x) => x.clusterTrustBundle))) throw refuse(r, `node ${quoted} can not create pods that reference clustertrustbundles`)
  if (s?.volumes?.some((v) => v.persistentVolumeClaim)) throw refuse(r, `node ${quoted} can not create pods that reference persistentvolumeclaims`)
}

function namesInPod({ spec }: Pod): { secrets: unknown[], configMaps: unknown[] } {
  const containers = [...spec?.containers ?? [], ...spec?.initContainers ?? [], ...spec?.ephemeralContainers ?? []]
  const env = containers.flatMap((c) => (c.env ?? []).map((e) => e.valueFrom)), from = containers.flatMap((c) => c.envFrom ?? [])
  const volumes = spec?.volumes ?? [], sources = volumes.flatMap((v) => v.projected?.sources ?? [])
  const some = (...refs: unknown[]) => refs.filter((x) => x)
  return {
    secrets: some(...spec?.imagePullSecrets ?? [], ...env.map((e) => e?.secretKeyRef), ...from.map((e) => e.secretRef), ...sources.map((x) => x.secret), ...volumes.flatMap((v) => [
      v.secret, v.azureFile, v.cephfs?.secretRef, v.csi?.nodePublishSecretRef, v.flexVolume?.secretRef, v.iscsi?.secretRef, v.rbd?.secretRef, v.scaleIO?.secretRef, v.storageos?.secretRef])),
    configMaps: some(...env.map((e) => e?.configMapKeyRef), ...from.map((e) => e.configMapRef), ...sources.map((x) => x.configMap), ...volumes.map((v) => v.configMap)),
  }
}

function podStatus(r: AdmissionRequest, node: string): void {
  if (r.operation !== 'UPDATE') throw refuse(r, `unexpected operation ${JSON.stringify(r.operation)}`)
  const old = r.oldObject as unknown as Pod, now = r.object as unknown as Pod
  if (old.spec?.nodeName !== node) throw refuse(r, `node ${JSON.stringify(node)} can only update pod status for pods with spec.nodeName set to itself`)
  if (JSON.stringify(sorted(now.metadata?.labels)) !== JSON.stringify(sorted(old.metadata?.labels))) throw refuse(r, `node ${JSON.stringify(node)} cannot update labels through pod status`)
  const claims = (p: Pod) => JSON.stringify((p.status?.resourceClaimStatuses ?? []).map((c) => [c.name, c.resourceClaimName]))
  if (claims(old) !== claims(now)) throw refuse(r, `node ${JSON.stringify(node)} cannot update resource claim statues`)
}

function eviction(parts: PluginParts, r: AdmissionRequest, node: string): void {
  if (r.operation !== 'CREATE') throw refuse(r, `unexpected operation ${JSON.stringify(r.operation)}`)
  const found = parts.reader.get(resources.pods, r.namespace, r.name || r.object?.metadata['name'])
  if (found && found.spec?.nodeName !== node) throw refuse(r, `node ${node} can only evict pods with spec.nodeName set to itself`)
}

function token(parts: PluginParts, r: AdmissionRequest, node: string): void {
  if (r.operation !== 'CREATE' || r.subresource !== 'token') return
  const ref = (r.object as unknown as TokenRequest).spec?.boundObjectRef
  if (!ref || ref.apiVersion !== 'v1' || ref.kind !== 'Pod' || !ref.name) throw refuse(r, 'node requested token not bound to a pod')
  if (!ref.uid) throw refuse(r, 'node requested token with a pod binding without a uid')
  const found = parts.reader.get(resources.pods, r.namespace, ref.name)
  if (found && found.metadata?.uid !== ref.uid) throw refuse(r, `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`)
  if (found && found.spec?.nodeName !== node) throw refuse(r, 'node requested token bound to a pod scheduled on a different node')
}

function nodes(_: PluginParts, r: AdmissionRequest, node: string): void {
  const name = (r.operation === 'CREATE' ? r.object?.metadata['name'] : r.name) as string
  if (name !== node) throw refuse(r, `node ${JSON.stringify(node)} is not allowed to modify node ${JSON.stringify(name)}`)
  if (r.operation === 'DELETE') return
  const now = r.object as unknown as Node
  const quoted = JSON.stringify(node)
  if (r.operation === 'CREATE') {
    if (now.spec?.configSource) throw refuse(r, `node ${quoted} is not allowed to create pods with a non-nil configSource`)
    const labels = Object.keys(now.metadata?.labels ?? {}).filter(isForbidden).sort()
    if (labels.length) throw refuse(r, `node ${quoted} is not allowed to set the following labels: ${labels.join(', ')}`)
    return
  }
  const old = r.oldObject as unknown as Node
  if (now.spec?.configSource && JSON.stringify(now.spec.configSource) !== JSON.stringify(old.spec?.configSource)) throw refuse(r, `node ${quoted} is not allowed to update configSource to a new non-nil configSource`)
  if (JSON.stringify(now.spec?.taints ?? []) !== JSON.stringify(old.spec?.taints ?? [])) throw refuse(r, `node ${quoted} is not allowed to modify taints`)
  const owners = (n: Node) => JSON.stringify(n.metadata?.ownerReferences ?? [])
  if (owners(now) !== owners(old)) throw refuse(r, `node ${quoted} is not allowed to modify ownerReferences`)
  const a = now.metadata?.labels ?? {}, b = old.metadata?.labels ?? {}
  const labels = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((k) => a[k] !== b[k] && isForbidden(k)).sort()
  if (labels.length) throw refuse(r, `is not allowed to modify labels: ${labels.join(', ')}`)
}

const kubeletLabels = new Set([
  'kubernetes.io/hostname', 'topology.kubernetes.io/zone', 'topology.kubernetes.io/region', 'failure-domain.beta.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/region',
  'node.kubernetes.io/instance-type', 'beta.kubernetes.io/instance-type', 'kubernetes.io/os', 'kubernetes.io/arch', 'beta.kubernetes.io/os', 'beta.kubernetes.io/arch',
])

/** Labels under kubernetes.io and k8s.io are not a node's to give itself, but for those that a kubelet is known to set. */
function isForbidden(label: string): boolean {
  const prefix = label.includes('/') ? label.split('/')[0]! : ''
  const under = (domain: string) => prefix === domain || prefix.endsWith(`.${domain}`)
  if (under('node-restriction.kubernetes.io')) return true
  if (!under('kubernetes.io') && !under('k8s.io')) return false
  return !kubeletLabels.has(label) && !under('kubelet.kubernetes.io') && !under('node.kubernetes.io')
}

const sorted = (o: Record<string, string> | undefined): Array<[string, string]> => Object.entries(o ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
