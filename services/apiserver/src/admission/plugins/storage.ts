import { parseQuantity, resources } from '@drydock/api'
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '@drydock/api'
import { refuse } from '../errors.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../types.ts'
import type { PluginParts } from '../parts.ts'
import { defaultOf } from './defaults-by-annotation.ts'

const of = (r: AdmissionRequest, resource: string): boolean => r.resource.resource === resource && !r.subresource

/** A claim that names no storage class gets the default one, if there is one. */
export function defaultStorageClass(parts: PluginParts): AdmissionPlugin {
  return {
    name: 'DefaultStorageClass',
    handles: (r) => of(r, 'persistentvolumeclaims') && r.operation === 'CREATE',
    admit(r) {
      const spec = (r.object!['spec'] ??= {}) as PersistentVolumeClaimSpec
      if (spec.storageClassName !== undefined || r.object!.metadata['annotations']?.['volume.beta.kubernetes.io/storage-class'] !== undefined) return
      const found = defaultOf(parts.reader.list(resources.storageclasses), ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'])
      if (found) spec.storageClassName = found.metadata?.name
    },
  }
}

const protections: Record<string, string> = {
  persistentvolumeclaims: 'kubernetes.io/pvc-protection', persistentvolumes: 'kubernetes.io/pv-protection', volumeattributesclasses: 'kubernetes.io/vac-protection',
}

/** Claims, volumes and attribute classes are not removed while something uses them: a finalizer from the start. */
export function storageObjectInUseProtection(): AdmissionPlugin {
  return {
    name: 'StorageObjectInUseProtection',
    handles: (r) => r.operation === 'CREATE' && !r.subresource && r.resource.resource in protections,
    admit(r) {
      const finalizer = protections[r.resource.resource]!
      const given = (r.object!.metadata['finalizers'] ?? []) as string[]
      if (!given.includes(finalizer)) r.object!.metadata['finalizers'] = [...given, finalizer]
    },
  }
}

/** A claim grows only when it is bound and its class says that it can. */
export function persistentVolumeClaimResize(parts: PluginParts): AdmissionPlugin {
  return {
    name: 'PersistentVolumeClaimResize',
    handles: (r) => of(r, 'persistentvolumeclaims') && r.operation === 'UPDATE',
    validate(r) {
      const now = r.object as unknown as PersistentVolumeClaim, old = r.oldObject as unknown as PersistentVolumeClaim
      const size = (c: PersistentVolumeClaim) => parseQuantity(c.spec?.resources?.requests?.['storage'] ?? '0')?.nanos ?? 0n
      if (size(now) <= size(old)) return
      if (old.status?.phase !== 'Bound') throw refuse(r, 'Only bound persistent volume claims can be expanded')
      const className = (c: PersistentVolumeClaim) => c.metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? c.spec?.storageClassName ?? ''
      const found = className(now) && className(now) === className(old) ? parts.reader.get(resources.storageclasses, '', className(now)) : undefined
      if (!found?.allowVolumeExpansion) throw refuse(r, 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize')
    },
  }
}
