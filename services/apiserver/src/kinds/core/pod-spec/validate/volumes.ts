import { duplicate, fieldForbidden, invalid, nameIsDNSSubdomain, notSupported, mustParseQuantity, required } from '@drydock/api'
import type { KeyToPath, ObjectMeta, ProjectedVolumeSource, DownwardAPIVolumeFile, Volume } from '@drydock/api'
import { each, label, type Errors } from '../../../lib/validate.ts'
import { validateClaimTemplate } from './claim-template.ts'
import { objectFieldSelector, resourceFieldSelector } from './env.ts'
import { localPath } from './paths.ts'
import { storageSource } from './volume-sources.ts'

/** ValidateVolumes: each with a name of its own and exactly one source. Containers may use those that are good. */
export function validateVolumes(path: string, list: readonly Volume[] | undefined, meta: ObjectMeta | undefined): { errors: Errors, good: Map<string, Volume> } {
  const good = new Map<string, Volume>()
  const errors = each(list, path, (v, at) => {
    const out = source(at, v, meta)
    if (!v.name) out.push(required(`${at}.name`))
    else out.push(...label(`${at}.name`, v.name))
    if (good.has(v.name)) out.push(duplicate(`${at}.name`, v.name))
    if (!out.length) good.set(v.name, v)
    return out
  })
  return { errors, good }
}

const MODE = 'must be a number between 0 and 0777 (octal), both inclusive'
const mode = (path: string, m: number | undefined): Errors => (m !== undefined && (m < 0 || m > 0o777) ? [invalid(path, m, MODE)] : [])

const order = [
  'emptyDir', 'hostPath', 'gitRepo', 'gcePersistentDisk', 'awsElasticBlockStore', 'secret', 'nfs', 'iscsi', 'glusterfs', 'flocker', 'persistentVolumeClaim', 'rbd', 'cinder', 'cephfs',
  'quobyte', 'downwardAPI', 'fc', 'flexVolume', 'configMap', 'azureFile', 'vsphereVolume', 'photonPersistentDisk', 'portworxVolume', 'azureDisk', 'storageos', 'projected', 'scaleIO',
  'csi', 'ephemeral', 'image',
] as const

function source(at: string, v: Volume, meta: ObjectMeta | undefined): Errors {
  const given = order.filter((k) => v[k])
  const first = given[0]
  if (first === undefined) return [required(at, 'must specify a volume type')]
  const out: Errors = one(at, first, v, meta)
  for (const k of given.slice(1)) out.push(fieldForbidden(`${at}.${k === 'storageos' ? 'storageos' : k}`, 'may not specify more than 1 volume type'))
  return out
}

function one(at: string, kind: (typeof order)[number], v: Volume, meta: ObjectMeta | undefined): Errors {
  const path = `${at}.${kind}`
  switch (kind) {
    case 'emptyDir': return v.emptyDir!.sizeLimit !== undefined && mustParseQuantity(v.emptyDir!.sizeLimit).nanos < 0n ? [fieldForbidden(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')] : []
    case 'secret': return v.secret!.secretName
      ? [...mode(`${path}.defaultMode`, v.secret!.defaultMode), ...items(`${path}.items`, v.secret!.items)]
      : [required(`${path}.secretName`), ...mode(`${path}.defaultMode`, v.secret!.defaultMode), ...items(`${path}.items`, v.secret!.items)]
    case 'configMap': return [...(v.configMap!.name ? [] : [required(`${path}.name`)]), ...mode(`${path}.defaultMode`, v.configMap!.defaultMode), ...items(`${path}.items`, v.configMap!.items)]
    case 'persistentVolumeClaim': return v.persistentVolumeClaim!.claimName ? [] : [required(`${path}.claimName`)]
    case 'downwardAPI': return [...mode(`${path}.defaultMode`, v.downwardAPI!.defaultMode), ...each(v.downwardAPI!.items, path, (f) => downwardFile(path, f))]
    case 'projected': return projected(path, v.projected!)
    case 'ephemeral': return ephemeral(at, v, meta)
    case 'image': return [
      ...(v.image!.reference ? [] : [required(`${path}.reference`)]),
      ...(v.image!.pullPolicy && !['Always', 'IfNotPresent', 'Never'].includes(v.image!.pullPolicy) ? [notSupported(`${path}.pullPolicy`, v.image!.pullPolicy, ['Always', 'IfNotPresent', 'Never'])] : []),
    ]
    default: return storageSource(at, kind, v)
  }
}

export function items(path: string, list: readonly KeyToPath[] | undefined): Errors {
  return each(list, path, (i, at) => [
    ...(i.key ? [] : [required(`${at}.key`)]),
    ...(i.path ? localPath(`${at}.path`, i.path) : [required(`${at}.path`)]),
    ...mode(`${at}.mode`, i.mode),
  ])
}

const downwardFields = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid']

function downwardFile(path: string, f: DownwardAPIVolumeFile): Errors {
  const out: Errors = f.path ? [] : [required(`${path}.path`)]
  out.push(...localPath(`${path}.path`, f.path ?? ''))
  if (f.fieldRef) {
    out.push(...objectFieldSelector(`${path}.fieldRef`, f.fieldRef, downwardFields, true))
    if (f.resourceFieldRef) out.push(invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'))
  } else if (f.resourceFieldRef) out.push(...resourceFieldSelector(`${path}.resourceFieldRef`, f.resourceFieldRef, true))
  else out.push(required(path, 'one of fieldRef and resourceFieldRef is required'))
  return [...out, ...mode(`${path}.mode`, f.mode)]
}

/** Sources put into one directory: each path once. */
function projected(path: string, p: ProjectedVolumeSource): Errors {
  const all = new Set<string>()
  const out: Errors = mode(`${path}.defaultMode`, p.defaultMode)
  const claim = (file: string, badValue: unknown): void => {
    if (!file) return
    if (all.has(file)) out.push(invalid(path, badValue, 'conflicting duplicate paths'))
    else all.add(file)
  }
  const sources = each(p.sources, `${path}.sources`, (s, at) => {
    const errs: Errors = []
    const kinds = (['secret', 'configMap', 'downwardAPI', 'serviceAccountToken', 'clusterTrustBundle', 'podCertificate'] as const).filter((k) => s[k])
    for (const k of kinds.slice(1)) errs.push(fieldForbidden(`${at}.${k}`, 'may not specify more than 1 volume type per source'))
    if (s.secret) {
      if (!s.secret.name) errs.push(required(`${at}.secret.name`))
      errs.push(...items(`${at}.secret.items`, s.secret.items))
      for (const i of s.secret.items ?? []) claim(i.path, s.secret.name)
    }
    if (s.configMap) {
      if (!s.configMap.name) errs.push(required(`${at}.configMap.name`))
      errs.push(...items(`${at}.configMap.items`, s.configMap.items))
      for (const i of s.configMap.items ?? []) claim(i.path, s.configMap.name)
    }
    if (s.downwardAPI) {
      for (const f of s.downwardAPI.items ?? []) {
        errs.push(...downwardFile(`${at}.downwardAPI`, f))
        claim(f.path, f.path)
      }
    }
    if (s.serviceAccountToken) {
      const t = s.serviceAccountToken
      const seconds = t.expirationSeconds ?? 3600
      if (seconds < 600) errs.push(invalid(`${at}.serviceAccountToken.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes'))
      if (seconds > 2 ** 32) errs.push(invalid(`${at}.serviceAccountToken.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds'))
      if (!t.path) errs.push(required(`${path}.path`))
      else errs.push(...localPath(`${path}.path`, t.path))
    }
    return errs
  })
  return [...out, ...sources]
}

function ephemeral(at: string, v: Volume, meta: ObjectMeta | undefined): Errors {
  const path = `${at}.ephemeral`
  const template = v.ephemeral!.volumeClaimTemplate
  const out: Errors = template ? validateClaimTemplate(`${path}.volumeClaimTemplate`, template) : [required(`${path}.volumeClaimTemplate`)]
  // The claim is named after pod and volume: the two together must be a name. Templates have no name yet.
  if (meta?.name && v.name) {
    const claim = `${meta.name}-${v.name}`
    for (const m of nameIsDNSSubdomain(claim, false)) out.push(invalid(`${at}.name`, v.name, `PVC name ${JSON.stringify(claim)}: ${m}`))
  }
  return out
}

