import { fieldForbidden, fieldNotFound, invalid, notSupported, required } from '@drydock/api'
import type { Container, Volume, VolumeDevice, VolumeMount } from '@drydock/api'
import { each, type Errors } from '../../../lib/validate.ts'
import { localDescendingPath } from './paths.ts'

/** The pod's volumes by name. */
export type VolumeKinds = ReadonlyMap<string, Volume>

/** ValidateVolumeMounts. */
export function mountErrors(path: string, mounts: readonly VolumeMount[] | undefined, devices: readonly VolumeDevice[] | undefined, volumes: VolumeKinds, c: Container): Errors {
  const points = new Set<string>()
  const deviceNames = new Set(devices?.map((d) => d.name))
  const devicePaths = new Set(devices?.map((d) => d.devicePath))
  return each(mounts, path, (m, at) => {
    const out: Errors = []
    if (!m.name) out.push(required(`${at}.name`))
    if (!volumes.has(m.name)) out.push(fieldNotFound(`${at}.name`, m.name))
    if (!m.mountPath) out.push(required(`${at}.mountPath`))
    if (points.has(m.mountPath)) out.push(invalid(`${at}.mountPath`, m.mountPath, 'must be unique'))
    points.add(m.mountPath)
    if (deviceNames.has(m.name)) out.push(invalid(`${at}.name`, m.name, 'must not already exist in volumeDevices'))
    if (devicePaths.has(m.mountPath)) out.push(invalid(`${at}.mountPath`, m.mountPath, 'must not already exist as a path in volumeDevices'))
    if (m.subPath) out.push(...localDescendingPath(`${at}.subPath`, m.subPath))
    if (m.subPathExpr) {
      if (m.subPath) out.push(invalid(`${at}.subPathExpr`, m.subPathExpr, 'subPathExpr and subPath are mutually exclusive'))
      out.push(...localDescendingPath(`${at}.subPathExpr`, m.subPathExpr))
    }
    if (m.mountPropagation !== undefined) out.push(...propagation(`${path}.mountPropagation`, m.mountPropagation, c))
    if (m.recursiveReadOnly !== undefined) out.push(...recursiveReadOnly(`${path}.recursiveReadOnly`, m))
    const image = volumes.get(m.name)?.image
    if (image && m.subPathExpr) out.push(invalid(`${at}.subPathExpr`, m.subPathExpr, 'mount paths with image volumes may not use subPathExpr'))
    return out
  })
}

function propagation(path: string, value: string, c: Container): Errors {
  if (!['Bidirectional', 'HostToContainer', 'None'].includes(value)) return [notSupported(path, value, ['Bidirectional', 'HostToContainer', 'None'])]
  if (value === 'Bidirectional' && !c.securityContext?.privileged) return [fieldForbidden(path, 'Bidirectional mount propagation is available only to privileged containers')]
  return []
}

function recursiveReadOnly(path: string, m: VolumeMount): Errors {
  const value = m.recursiveReadOnly
  if (value === 'Disabled') return []
  if (value !== 'IfPossible' && value !== 'Enabled') return [notSupported(path, value, ['Disabled', 'Enabled', 'IfPossible'])]
  const out: Errors = []
  if (!m.readOnly) out.push(fieldForbidden(path, 'may only be specified when readOnly is true'))
  if (m.mountPropagation !== undefined && m.mountPropagation !== 'None') out.push(fieldForbidden(path, 'may only be specified when mountPropagation is None or not specified'))
  return out
}

/** ValidateVolumeDevices: raw block volumes. */
export function deviceErrors(path: string, devices: readonly VolumeDevice[] | undefined, mounts: readonly VolumeMount[] | undefined, volumes: VolumeKinds): Errors {
  const paths = new Set<string>()
  const names = new Set<string>()
  const mountNames = new Set(mounts?.map((m) => m.name))
  const mountPaths = new Set(mounts?.map((m) => m.mountPath))
  return each(devices, path, (d, at) => {
    const out: Errors = []
    if (!d.name) out.push(required(`${at}.name`))
    if (names.has(d.name)) out.push(invalid(`${at}.name`, d.name, 'must be unique'))
    const v = volumes.get(d.name)
    if (v && !v.persistentVolumeClaim && !v.ephemeral) out.push(invalid(`${at}.name`, d.name, 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'))
    else if (!v) out.push(fieldNotFound(`${at}.name`, d.name))
    if (!d.devicePath) out.push(required(`${at}.devicePath`))
    if (paths.has(d.devicePath)) out.push(invalid(`${at}.devicePath`, d.devicePath, 'must be unique'))
    if (d.devicePath && d.devicePath.split('/').includes('..')) out.push(invalid(`${at}.devicePath`, d.devicePath, "can not contain backsteps ('..')"))
    if (mountNames.has(d.name)) out.push(invalid(`${at}.name`, d.name, 'must not already exist in volumeMounts'))
    if (mountPaths.has(d.devicePath)) out.push(invalid(`${at}.devicePath`, d.devicePath, 'must not already exist as a path in volumeMounts'))
    if (d.devicePath) paths.add(d.devicePath)
    if (d.name) names.add(d.name)
    return out
  })
}

