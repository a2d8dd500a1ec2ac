import { keyOf, resources } from '@drydock/api'
import type { Container, PodSpec, ServiceAccount, Volume } from '@drydock/api'
import { nameSuffix } from '@drydock/base'
import { refuse } from '../errors.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../types.ts'
import type { PluginParts } from '../parts.ts'

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount'
const volumePrefix = 'kube-api-access-'
/** A new namespace's default account takes the controller a moment: it is waited for at most so long. */
const defaultWaitMs = 1000, otherWaitMs = 150

/** A pod runs as an account that exists, with its token mounted and its image pull secrets, unless one of them says not to. */
export function serviceAccount(parts: PluginParts): AdmissionPlugin {
  const find = accountFinder(parts)
  return {
    name: 'ServiceAccount',
    handles: (r) => r.resource.resource === 'pods' && !r.resource.group && !r.subresource && r.operation === 'CREATE',
    async admit(r) {
      const spec = r.object!['spec'] as PodSpec
      if (isMirror(r)) return
      const name = spec.serviceAccountName || 'default'
      spec.serviceAccountName = spec.serviceAccount = name
      const account = await find(r, name)
      if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(parts, spec)
      if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length) spec.imagePullSecrets = account.imagePullSecrets.map((s) => ({ ...s }))
    },
    async validate(r) {
      const spec = r.object!['spec'] as PodSpec
      if (isMirror(r)) return checkMirror(r, spec)
      if (!spec.serviceAccountName) throw refuse(r, `no service account specified for pod ${r.namespace}/${r.object!.metadata['name'] ?? ''}`)
      const account = await find(r, spec.serviceAccountName)
      if (account.metadata?.annotations?.['kubernetes.io/enforce-mountable-secrets'] === 'true') checkMountable(r, spec, account)
    },
  }
}

const isMirror = (r: AdmissionRequest): boolean => r.object!.metadata['annotations']?.['kubernetes.io/config.mirror'] !== undefined

/** Looks an account up; one that is not there yet is waited for, and had as soon as the cache has it. */
function accountFinder(parts: PluginParts): (r: AdmissionRequest, name: string) => Promise<ServiceAccount> {
  const waiting = new Map<string, Set<() => void>>()
  parts.changes.on(resources.serviceaccounts, (now) => { if (now) for (const wake of waiting.get(keyOf(now)) ?? []) wake() })

  function arrival(key: string, maxMs: number, signal: AbortSignal): Promise<void> {
    const all = waiting.get(key) ?? new Set()
    waiting.set(key, all)
    const stop = new AbortController()
    const wake = () => stop.abort()
    all.add(wake)
    return parts.clock.sleep(maxMs, AbortSignal.any([signal, stop.signal])).catch(() => {}).finally(() => {
      all.delete(wake)
      if (!all.size) waiting.delete(key)
    })
  }

  return async (r, name) => {
    const look = () => parts.reader.get(resources.serviceaccounts, r.namespace, name)
    let found = look()
    if (!found) {
      await arrival(`${r.namespace}/${name}`, name === 'default' ? defaultWaitMs : otherWaitMs, r.signal)
      r.signal.throwIfAborted()
      found = look()
    }
    if (!found) throw refuse(r, `error looking up service account ${r.namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`)
    return found
  }
}

function mountToken(parts: PluginParts, spec: PodSpec): void {
  const present = spec.volumes?.find((v) => v.name.startsWith(volumePrefix))
  const name = present?.name ?? volumePrefix + nameSuffix(parts.random)
  let needed = false
  const mount = (c: Container) => {
    if (c.volumeMounts?.some((m) => m.mountPath === mountPath)) return
    c.volumeMounts = [...c.volumeMounts ?? [], { name, readOnly: true, mountPath }]
    needed = true
  }
  spec.initContainers?.forEach(mount)
  spec.containers.forEach(mount)
  if (needed && !present) spec.volumes = [...spec.volumes ?? [], tokenVolume(name)]
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      defaultMode: 420,
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
      ],
    },
  }
}

/** A mirror pod is a node's own: it may use nothing that the API guards. */
function checkMirror(r: AdmissionRequest, spec: PodSpec): void {
  if (spec.serviceAccountName) throw refuse(r, 'a mirror pod may not reference service accounts')
  if (secretsOf(spec).length) throw refuse(r, 'a mirror pod may not reference secrets')
  if (spec.volumes?.some((v) => v.projected?.sources?.some((s) => s.serviceAccountToken))) throw refuse(r, 'a mirror pod may not use ServiceAccountToken volume projections')
}

const secretsOf = (spec: PodSpec): string[] => [
  ...(spec.volumes ?? []).flatMap((v) => [v.secret?.secretName, ...(v.projected?.sources ?? []).map((s) => s.secret?.name)]),
  ...[...spec.initContainers ?? [], ...spec.containers].flatMap((c) => [...(c.env ?? []).map((e) => e.valueFrom?.secretKeyRef?.name), ...(c.envFrom ?? []).map((e) => e.secretRef?.name)]),
  ...(spec.imagePullSecrets ?? []).map((s) => s.name),
].filter((n): n is string => !!n)

/** serviceaccount.kubernetes.io/enforce-mountable-secrets: only secrets that the account lists. */
function checkMountable(r: AdmissionRequest, spec: PodSpec, account: ServiceAccount): void {
  const allowed = new Set(account.secrets?.map((s) => s.name))
  const pulls = new Set(account.imagePullSecrets?.map((s) => s.name))
  const name = account.metadata?.name
  for (const v of spec.volumes ?? []) {
    if (v.secret && !allowed.has(v.secret.secretName)) throw refuse(r, `volume with secret.secretName=${JSON.stringify(v.secret.secretName)} is not allowed because service account ${name} does not reference that secret`)
  }
  for (const c of [...spec.initContainers ?? [], ...spec.containers]) for (const e of c.env ?? []) {
    const secret = e.valueFrom?.secretKeyRef?.name
    if (secret !== undefined && !allowed.has(secret)) throw refuse(r, `container ${c.name} with envVar ${e.name} referencing secret.secretName=${JSON.stringify(secret)} is not allowed because service account ${name} does not reference that secret`)
  }
  spec.imagePullSecrets?.forEach((s, i) => {
    if (!pulls.has(s.name)) throw refuse(r, `imagePullSecrets[${i}].name=${JSON.stringify(s.name)} is not allowed because service account ${name} does not reference that imagePullSecret`)
  })
}
