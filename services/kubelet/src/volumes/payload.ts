/** Files of configMap, secret, downwardAPI and projected volumes from the objects they come from. Pure. */
import type { ConfigMap, DownwardAPIVolumeFile, KeyToPath, Pod, Secret } from '@drydock/api'
import { fieldValue, resourceValue, type NodeAmounts } from '../env/field.ts'

export interface File { data: Buffer, mode: number, /** Owner, where the file must be its alone. */ uid?: number, gid?: number }
export type Payload = Map<string, File>

/** A volume that cannot be set up yet; `message` is what follows `MountVolume.SetUp failed for volume "v" : `. */
export class MountError extends Error { override name = 'MountError' }

const keysOf = (c: ConfigMap | Secret): Map<string, Buffer> => {
  const out = new Map<string, Buffer>()
  for (const [k, v] of Object.entries(c.data ?? {})) out.set(k, c.kind === 'Secret' || (c as Secret).type !== undefined ? Buffer.from(v, 'base64') : Buffer.from(v))
  for (const [k, v] of Object.entries((c as ConfigMap).binaryData ?? {})) out.set(k, Buffer.from(v, 'base64'))
  return out
}
export const configMapData = (c: ConfigMap | undefined): Map<string, Buffer> => (c ? keysOf({ ...c, kind: 'ConfigMap' }) : new Map())
export const secretData = (s: Secret | undefined): Map<string, Buffer> => (s ? keysOf({ ...s, kind: 'Secret' }) : new Map())

/** All keys, or those that `items` names at the paths it gives. */
export function keyFiles(what: 'configmap' | 'secret', data: Map<string, Buffer>, items: readonly KeyToPath[] | undefined, defaultMode: number, optional: boolean): Payload {
  const out: Payload = new Map()
  if (!items?.length) {
    for (const [k, v] of data) out.set(k, { data: v, mode: defaultMode })
    return out
  }
  for (const i of items) {
    const v = data.get(i.key)
    if (v) out.set(i.path, { data: v, mode: i.mode ?? defaultMode })
    else if (!optional) throw new MountError(what === 'configmap' ? `configmap references non-existent config key: ${i.key}` : `references non-existent secret key: ${i.key}`)
  }
  return out
}

export function downwardFiles(pod: Pod, items: readonly DownwardAPIVolumeFile[] | undefined, defaultMode: number, node: NodeAmounts): Payload {
  const out: Payload = new Map()
  for (const i of items ?? []) {
    let text = ''
    if (i.fieldRef) text = fieldValue(pod, i.fieldRef.fieldPath, { ips: (pod.status?.podIPs ?? []).map((x) => x.ip), hostIPs: (pod.status?.hostIPs ?? []).map((x) => x.ip) })
    else if (i.resourceFieldRef) text = resourceValue(pod, i.resourceFieldRef, i.resourceFieldRef.containerName ?? '', node)
    out.set(i.path, { data: Buffer.from(text), mode: i.mode ?? defaultMode })
  }
  return out
}
