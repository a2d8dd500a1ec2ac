import { resources } from '@drydock/api'
import type { PersistentVolume, Pod, VolumeAttachment } from '@drydock/api'
import type { Changes } from '../../admission/types.ts'

/** What a node may reach because one of its pods uses it. */
export type Vertex = 'pod' | 'secret' | 'configmap' | 'serviceaccount' | 'pvc' | 'pv' | 'resourceclaim' | 'volumeattachment'

/**
 * Which node uses what, kept by the watch cache's changes (plugin/pkg/auth/authorizer/node/graph.go): a bound pod links its
 * node to itself, its account, secrets, config maps, claims; a claim's volume links on to the volume and its secrets; an
 * attachment links its node to itself.
 */
export interface NodeGraph { reaches(node: string, vertex: Vertex, namespace: string, name: string): boolean }

const keyOf = (vertex: Vertex, namespace: string, name: string): string => `${vertex}:${namespace}/${name}`

/** How many links lead from a thing to each node. */
class Links {
  readonly #nodes = new Map<string, Map<string, number>>()

  add(key: string, to: string, by: 1 | -1): void {
    const counts = this.#nodes.get(key) ?? new Map<string, number>()
    const n = (counts.get(to) ?? 0) + by
    if (n > 0) counts.set(to, n)
    else counts.delete(to)
    if (counts.size) this.#nodes.set(key, counts)
    else this.#nodes.delete(key)
  }

  has(key: string, to: string): boolean { return this.#nodes.get(key)?.has(to) ?? false }
  of(key: string): Iterable<string> { return this.#nodes.get(key)?.keys() ?? [] }
}

export function createNodeGraph(changes: Changes): NodeGraph {
  const toNode = new Links()
  /** From a volume to its claim, from a secret to the volumes that name it. */
  const onward = new Links()
  const link = (pod: Pod, by: 1 | -1) => {
    const node = pod.spec?.nodeName
    if (node) for (const key of podKeys(pod)) toNode.add(key, node, by)
  }
  const linkVolume = (pv: PersistentVolume, by: 1 | -1) => {
    const claim = pv.spec?.claimRef
    if (!claim?.name) return
    const volume = keyOf('pv', '', pv.metadata?.name ?? '')
    onward.add(volume, keyOf('pvc', claim.namespace ?? '', claim.name), by)
    for (const s of volumeSecrets(pv)) onward.add(keyOf('secret', s.namespace, s.name), volume, by)
  }
  const linkAttachment = (va: VolumeAttachment, by: 1 | -1) => toNode.add(keyOf('volumeattachment', '', va.metadata?.name ?? ''), va.spec.nodeName, by)

  const keep = <T>(on: (o: T, by: 1 | -1) => void) => (now: T | undefined, old: T | undefined) => { if (old) on(old, -1); if (now) on(now, 1) }
  changes.on(resources.pods, keepPods(link))
  changes.on(resources.persistentvolumes, keep(linkVolume))
  changes.on(resources.volumeattachments, keep(linkAttachment))

  function reachesKey(node: string, key: string, depth: number): boolean {
    if (toNode.has(key, node)) return true
    if (depth === 0) return false
    for (const next of onward.of(key)) if (reachesKey(node, next, depth - 1)) return true
    return false
  }
  // The longest way is secret → volume → claim → node.
  return { reaches: (node, vertex, namespace, name) => reachesKey(node, keyOf(vertex, namespace, name), 2) }
}

/** Statuses change often and link nothing: only what may alter a link is looked at. */
function keepPods(link: (p: Pod, by: 1 | -1) => void) {
  return (now: Pod | undefined, old: Pod | undefined): void => {
    if (now && old && now.spec?.nodeName === old.spec?.nodeName && now.metadata?.uid === old.metadata?.uid
      && now.spec?.ephemeralContainers?.length === old.spec?.ephemeralContainers?.length
      && (now.status?.resourceClaimStatuses?.length ?? 0) === (old.status?.resourceClaimStatuses?.length ?? 0)) return
    if (old) link(old, -1)
    if (now) link(now, 1)
  }
}

function podKeys(pod: Pod): Set<string> {
  const namespace = pod.metadata?.namespace ?? '', name = pod.metadata?.name ?? '', spec = pod.spec!
  const keys = new Set([keyOf('pod', namespace, name)])
  const add = (vertex: Vertex, n: string | undefined) => { if (n) keys.add(keyOf(vertex, namespace, n)) }
  // A mirror pod is the node's own making: what it names gives its node no rights.
  if (pod.metadata?.annotations?.['kubernetes.io/config.mirror'] !== undefined) return keys
  add('serviceaccount', spec.serviceAccountName)
  for (const s of spec.imagePullSecrets ?? []) add('secret', s.name)
  for (const c of [...spec.containers, ...spec.initContainers ?? [], ...spec.ephemeralContainers ?? []]) {
    for (const e of c.env ?? []) { add('secret', e.valueFrom?.secretKeyRef?.name); add('configmap', e.valueFrom?.configMapKeyRef?.name) }
    for (const e of c.envFrom ?? []) { add('secret', e.secretRef?.name); add('configmap', e.configMapRef?.name) }
  }
  for (const v of spec.volumes ?? []) {
    add('secret', v.secret?.secretName); add('configmap', v.configMap?.name); add('pvc', v.persistentVolumeClaim?.claimName)
    if (v.ephemeral) add('pvc', `${name}-${v.name}`)
    for (const s of v.projected?.sources ?? []) { add('secret', s.secret?.name); add('configmap', s.configMap?.name) }
    for (const ref of [v.csi?.nodePublishSecretRef, v.cephfs?.secretRef, v.flexVolume?.secretRef, v.iscsi?.secretRef, v.rbd?.secretRef, v.scaleIO?.secretRef, v.storageos?.secretRef]) add('secret', ref?.name)
    add('secret', v.azureFile?.secretName)
  }
  for (const c of spec.resourceClaims ?? []) add('resourceclaim', c.resourceClaimName)
  for (const c of pod.status?.resourceClaimStatuses ?? []) add('resourceclaim', c.resourceClaimName)
  return keys
}

function volumeSecrets(pv: PersistentVolume): Array<{ namespace: string, name: string }> {
  const s = pv.spec!, home = s.claimRef?.namespace ?? ''
  const refs = [s.csi?.nodePublishSecretRef, s.csi?.nodeStageSecretRef, s.csi?.nodeExpandSecretRef, s.cephfs?.secretRef, s.flexVolume?.secretRef, s.iscsi?.secretRef, s.rbd?.secretRef, s.scaleIO?.secretRef, s.storageos?.secretRef,
    s.azureFile && { name: s.azureFile.secretName, namespace: s.azureFile.secretNamespace }]
  return refs.flatMap((r) => (r?.name ? [{ name: r.name, namespace: r.namespace || home }] : []))
}
