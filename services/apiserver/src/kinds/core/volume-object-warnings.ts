import type { ApiObject } from '../../admission/types.ts'
import { sourceWarnings } from './pod-spec/volume-warnings.ts'

const CLASS = 'volume.beta.kubernetes.io/storage-class'
const OPTIONS = 'volume.beta.kubernetes.io/mount-options'

export const classAnnotationWarnings = (o: ApiObject): string[] =>
  o.metadata.annotations?.[CLASS] === undefined ? [] : [`metadata.annotations[${CLASS}]: deprecated since v1.8; use "storageClassName" attribute instead`]

/** pkg/api/persistentvolume: warnings of a volume. */
export function volumeObjectWarnings(o: ApiObject): string[] {
  const out = classAnnotationWarnings(o)
  if (o.metadata.annotations?.[OPTIONS] !== undefined) out.push(`metadata.annotations[${OPTIONS}]: deprecated since v1.31; use "mountOptions" attribute instead`)
  if (o.spec?.persistentVolumeReclaimPolicy === 'Recycle') out.push('spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.')
  // Of Flocker and Quobyte upstream says nothing here.
  const { flocker: _f, quobyte: _q, ...sources } = o.spec ?? {}
  return [...out, ...sourceWarnings('spec', sources)]
}
