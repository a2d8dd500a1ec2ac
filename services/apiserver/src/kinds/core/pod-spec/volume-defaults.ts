import type { DownwardAPIVolumeFile, PersistentVolumeClaimSpec, ProjectedVolumeSource, Volume } from '@drydock/api'
import { setDefault, setDefaultText } from '../../lib/strategy.ts'
import { pullPolicyFor } from './defaults.ts'

const FILE_MODE = 0o644

/** Everything of a volume beside its name names its source: absent, it is an emptyDir. */
export function defaultVolume(v: Volume): void {
  if (Object.keys(v).every((k) => k === 'name')) v.emptyDir = {}
  if (v.secret) setDefault(v.secret, 'defaultMode', FILE_MODE)
  if (v.configMap) setDefault(v.configMap, 'defaultMode', FILE_MODE)
  if (v.downwardAPI) {
    setDefault(v.downwardAPI, 'defaultMode', FILE_MODE)
    defaultDownwardItems(v.downwardAPI.items)
  }
  if (v.projected) defaultProjected(v.projected)
  if (v.hostPath) setDefault(v.hostPath, 'type', '')
  if (v.image && !v.image.pullPolicy) v.image.pullPolicy = pullPolicyFor(v.image.reference ?? '')
  if (v.ephemeral?.volumeClaimTemplate) defaultClaimSpec(v.ephemeral.volumeClaimTemplate.spec)
  defaultStorage(v)
}

/** Sources that persistent volumes have as well. */
export function defaultStorage(v: Pick<Volume, 'iscsi' | 'rbd' | 'azureDisk' | 'scaleIO'>): void {
  if (v.iscsi) setDefaultText(v.iscsi, 'iscsiInterface', 'default')
  if (v.rbd) {
    setDefaultText(v.rbd, 'pool', 'rbd')
    setDefaultText(v.rbd, 'user', 'admin')
    setDefaultText(v.rbd, 'keyring', '/etc/ceph/keyring')
  }
  if (v.azureDisk) {
    setDefault(v.azureDisk, 'cachingMode', 'ReadWrite')
    setDefault(v.azureDisk, 'kind', 'Shared')
    setDefault(v.azureDisk, 'fsType', 'ext4')
    setDefault(v.azureDisk, 'readOnly', false)
  }
  if (v.scaleIO) {
    setDefaultText(v.scaleIO, 'storageMode', 'ThinProvisioned')
    setDefaultText(v.scaleIO, 'fsType', 'xfs')
  }
}

function defaultProjected(p: ProjectedVolumeSource): void {
  setDefault(p, 'defaultMode', FILE_MODE)
  for (const s of p.sources ?? []) {
    if (s.serviceAccountToken) setDefault(s.serviceAccountToken, 'expirationSeconds', 3600)
    if (s.podCertificate) setDefault(s.podCertificate, 'maxExpirationSeconds', 86400)
    defaultDownwardItems(s.downwardAPI?.items)
  }
}

function defaultDownwardItems(items: DownwardAPIVolumeFile[] | undefined): void {
  for (const i of items ?? []) {
    if (i.fieldRef) setDefaultText(i.fieldRef, 'apiVersion', 'v1')
    if (i.resourceFieldRef) setDefault(i.resourceFieldRef, 'divisor', '0')
  }
}

export function defaultClaimSpec(spec: PersistentVolumeClaimSpec | undefined): void {
  if (spec) setDefault(spec, 'volumeMode', 'Filesystem')
}
