import { dns1123Subdomain, invalid, notSupported, required, tooLong } from '@drydock/api'
import type { PersistentVolumeSpec, Volume } from '@drydock/api'
import { label, within, type Errors } from '../../../lib/validate.ts'
import { noBacksteps, localPath } from './paths.ts'

type Sources = Pick<Volume, keyof Volume> & Omit<Partial<PersistentVolumeSpec>, keyof Volume>

const text = (path: string, v: string | undefined): Errors => (v ? [] : [required(path)])

/** Sources of storage beyond the pod: in pods and in persistent volumes. `at` is the parent of the source's field. */
export function storageSource(at: string, kind: string, v: Sources): Errors {
  const path = `${at}.${kind}`
  switch (kind) {
    case 'hostPath': return hostPath(path, v.hostPath!)
    case 'gitRepo': return gitRepo(path, v.gitRepo!)
    case 'gcePersistentDisk': return [...text(`${at}.persistentDisk.pdName`, v.gcePersistentDisk!.pdName), ...partition(`${at}.persistentDisk.partition`, v.gcePersistentDisk!.partition)]
    case 'awsElasticBlockStore': return [...text(`${path}.volumeID`, v.awsElasticBlockStore!.volumeID), ...partition(`${path}.partition`, v.awsElasticBlockStore!.partition)]
    case 'nfs': return nfs(path, v.nfs!)
    case 'iscsi': return iscsi(at, v.iscsi!, v.name)
    case 'glusterfs': return [...text(`${path}.endpoints`, v.glusterfs!.endpoints), ...text(`${path}.path`, v.glusterfs!.path)]
    case 'flocker': return flocker(path, v.flocker!)
    case 'rbd': return [...(v.rbd!.monitors?.length ? [] : [required(`${path}.monitors`)]), ...text(`${path}.image`, v.rbd!.image)]
    case 'cinder': return [...text(`${path}.volumeID`, v.cinder!.volumeID), ...(v.cinder!.secretRef && !v.cinder!.secretRef.name ? [required(`${path}.secretRef.name`)] : [])]
    case 'cephfs': return v.cephfs!.monitors?.length ? [] : [required(`${path}.monitors`)]
    case 'quobyte': return quobyte(path, v.quobyte!)
    case 'fc': return fc(path, v.fc!)
    case 'flexVolume': return flex(path, v.flexVolume!)
    case 'azureFile': return [...text(`${path}.secretName`, v.azureFile!.secretName), ...text(`${path}.shareName`, v.azureFile!.shareName)]
    case 'vsphereVolume': return text(`${path}.volumePath`, v.vsphereVolume!.volumePath)
    case 'photonPersistentDisk': return text(`${path}.pdID`, v.photonPersistentDisk!.pdID)
    case 'portworxVolume': return text(`${path}.volumeID`, v.portworxVolume!.volumeID)
    case 'azureDisk': return azureDisk(path, v.azureDisk!)
    case 'storageos': return storageos(path, v.storageos!)
    case 'scaleIO': return [...text(`${path}.gateway`, v.scaleIO!.gateway), ...text(`${path}.system`, v.scaleIO!.system), ...text(`${path}.volumeName`, v.scaleIO!.volumeName)]
    case 'csi': return csiInline(path, v.csi!)
    default: return []
  }
}

const hostPathTypes = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket']

export function hostPath(path: string, h: NonNullable<Volume['hostPath']>): Errors {
  if (!h.path) return [required(`${path}.path`)]
  return [...noBacksteps(`${path}.path`, h.path), ...(h.type !== undefined && !hostPathTypes.includes(h.type) ? [notSupported(`${path}.type`, h.type, hostPathTypes)] : [])]
}

function gitRepo(path: string, g: NonNullable<Volume['gitRepo']>): Errors {
  return [...text(`${path}.repository`, g.repository), ...localPath(`${path}.directory`, g.directory ?? '')]
}

const partition = (path: string, p: number | undefined): Errors => (p ? within(path, p, 1, 255) : [])

function nfs(path: string, n: NonNullable<Volume['nfs']>): Errors {
  return [...text(`${path}.server`, n.server), ...text(`${path}.path`, n.path), ...(n.path !== undefined && !n.path.startsWith('/') ? [invalid(`${path}.path`, n.path, 'must be an absolute path')] : [])]
}

const IQN = 'must be valid format starting with iqn, eui, or naa'
const iqnForm = /^iqn\.\d{4}-\d{2}\.([A-Za-z0-9-.]+)(:[^,;*&$|\s]+)$/
const euiForm = /^eui\.[A-Fa-f0-9]{16}$/
const naaForm = /^naa\.[A-Fa-f0-9]{32}$/
/** What is wrong with a qualified name of iSCSI, of a pod's volume or a persistent one; nothing when it is good. */
function badIQN(s: string, persistent: boolean): string | undefined {
  const form = s.startsWith('iqn') ? iqnForm : s.startsWith('eui') ? euiForm : s.startsWith('naa') ? naaForm : undefined
  if (!form && !persistent) return IQN
  return form?.test(s) ? undefined : 'must be valid format'
}

interface ISCSI { targetPortal: string, iqn: string, lun: number, initiatorName?: string | undefined, chapAuthDiscovery?: boolean | undefined, chapAuthSession?: boolean | undefined, secretRef?: { name?: string | undefined } | undefined }

export function iscsi(at: string, s: ISCSI, volumeName: string | undefined, persistent = false): Errors {
  const path = `${at}.iscsi`
  const out: Errors = [...text(`${path}.targetPortal`, s.targetPortal)]
  const wrong = s.iqn ? badIQN(s.iqn, persistent) : undefined
  if (!s.iqn) out.push(required(`${path}.iqn`))
  else if (wrong) out.push(invalid(`${path}.iqn`, s.iqn, wrong))
  out.push(...within(`${path}.lun`, s.lun ?? 0, 0, 255))
  if ((s.chapAuthDiscovery || s.chapAuthSession) && !s.secretRef) out.push(required(`${path}.secretRef`))
  if (persistent && s.secretRef && !s.secretRef.name) out.push(required(`${path}.secretRef.name`))
  if (s.initiatorName !== undefined) {
    if (volumeName !== undefined && `${volumeName}:${s.targetPortal ?? ''}`.length > 64) out.push(invalid(`${at}.name`, volumeName, 'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.'))
    const bad = badIQN(s.initiatorName, persistent)
    if (bad) out.push(invalid(`${path}.initiatorname`, s.initiatorName, bad))
  }
  return out
}

function flocker(path: string, f: NonNullable<Volume['flocker']>): Errors {
  const out: Errors = []
  if (!f.datasetName && !f.datasetUUID) out.push(required(path, 'one of datasetName and datasetUUID is required'))
  if (f.datasetName && f.datasetUUID) out.push(invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously'))
  if (f.datasetName?.includes('/')) out.push(invalid(`${path}.datasetName`, f.datasetName, "must not contain '/'"))
  return out
}

const REGISTRY = 'must be a host:port pair or multiple pairs separated by commas'
function quobyte(path: string, q: NonNullable<Volume['quobyte']>): Errors {
  const out: Errors = []
  if (!q.registry) out.push(required(`${path}.registry`, REGISTRY))
  else if (q.tenant && q.tenant.length > 64) out.push(required(`${path}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'))
  else for (const pair of q.registry.split(',')) if (!/^[^:]*:[^:]*$/.test(pair)) out.push(invalid(`${path}.registry`, q.registry, REGISTRY))
  return [...out, ...text(`${path}.volume`, q.volume)]
}

function fc(path: string, f: NonNullable<Volume['fc']>): Errors {
  const out: Errors = []
  const wwns = f.targetWWNs?.length ?? 0
  const wwids = f.wwids?.length ?? 0
  if (wwns < 1 && wwids < 1) out.push(required(`${path}.targetWWNs`, 'must specify either targetWWNs or wwids, but not both'))
  if (wwns && wwids) out.push(invalid(`${path}.targetWWNs`, f.targetWWNs, 'targetWWNs and wwids can not be specified simultaneously'))
  if (wwns && wwids === 0) {
    if (f.lun === undefined) out.push(required(`${path}.lun`, 'lun is required if targetWWNs is specified'))
    else out.push(...within(`${path}.lun`, f.lun, 0, 255))
  }
  return out
}

export function flex(path: string, f: { driver: string, options?: Record<string, string> | undefined }): Errors {
  const out = text(`${path}.driver`, f.driver)
  for (const k of Object.keys(f.options ?? {})) {
    const host = k.split('/')
    const ns = host.length > 1 ? host[0]! : ''
    if (ns.endsWith('kubernetes.io') || ns.endsWith('k8s.io')) out.push(invalid(`${path}.options[${k}]`, k, "kubernetes.io and k8s.io namespaces are reserved"))
  }
  return out
}

function azureDisk(path: string, d: NonNullable<Volume['azureDisk']>): Errors {
  const out: Errors = [...text(`${path}.diskName`, d.diskName), ...text(`${path}.diskURI`, d.diskURI)]
  const cachings = ['None', 'ReadOnly', 'ReadWrite']
  if (d.cachingMode !== undefined && !cachings.includes(d.cachingMode)) out.push(notSupported(`${path}.cachingMode`, d.cachingMode, cachings))
  const kinds = ['Dedicated', 'Managed', 'Shared']
  if (d.kind !== undefined && !kinds.includes(d.kind)) out.push(notSupported(`${path}.kind`, d.kind, kinds))
  if (d.kind === undefined) return out
  const managed = d.kind === 'Managed'
  if (managed && !d.diskURI?.startsWith('/subscriptions/')) out.push(notSupported(`${path}.diskURI`, d.diskURI ?? '', ['/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}']))
  if (!managed && !d.diskURI?.startsWith('https://')) out.push(notSupported(`${path}.diskURI`, d.diskURI ?? '', ['https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd']))
  return out
}

function storageos(path: string, s: { volumeName?: string | undefined, volumeNamespace?: string | undefined, secretRef?: { name?: string | undefined } | undefined }): Errors {
  const out: Errors = s.volumeName ? label(`${path}.volumeName`, s.volumeName) : [required(`${path}.volumeName`)]
  if (s.volumeNamespace) out.push(...label(`${path}.volumeNamespace`, s.volumeNamespace))
  if (s.secretRef && !s.secretRef.name) out.push(required(`${path}.secretRef.name`))
  return out
}

export function csiDriverName(path: string, name: string | undefined): Errors {
  if (!name) return [required(path)]
  const out: Errors = name.length > 63 ? [tooLongName(path)] : []
  return [...out, ...lowerSubdomain(path, name)]
}
const tooLongName = (path: string) => tooLong(path, 63)
const lowerSubdomain = (path: string, name: string): Errors => dns1123Subdomain(name.toLowerCase()).map((m) => invalid(path, name, m))

function csiInline(path: string, c: NonNullable<Volume['csi']>): Errors {
  const out = csiDriverName(`${path}.driver`, c.driver)
  if (c.nodePublishSecretRef) out.push(...(c.nodePublishSecretRef.name ? dns1123Subdomain(c.nodePublishSecretRef.name).map((m) => invalid(`${path}.name`, c.nodePublishSecretRef!.name, m)) : [required(`${path}.nodePublishSecretRef.name`)]))
  return out
}

