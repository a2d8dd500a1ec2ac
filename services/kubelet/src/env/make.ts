/** A container's environment (makeEnvironmentVariables). Reads ConfigMaps and Secrets through `Objects`; else pure. */
import type { EnvVar, Pod, Service } from '@drydock/api'
import type { Objects } from '../volumes/objects.ts'
import type { AnyContainer } from '../runtime/types.ts'
import { configMapData, secretData } from '../volumes/payload.ts'
import { expand } from './expand.ts'
import { fieldValue, resourceValue, type NodeAmounts } from './field.ts'
import { serviceEnv, servicesFor } from './services.ts'

export interface EnvInput {
  pod: Pod
  container: AnyContainer
  objects: Objects
  services: readonly Service[]
  ips: readonly string[]
  hostIPs: readonly string[]
  node: NodeAmounts
}

/** Any printable ASCII but `=`. */
const validName = /^[ -<>-~]+$/

/** Throws with upstream's words when a source is missing and not optional. */
export async function makeEnv(i: EnvInput): Promise<Map<string, string>> {
  const ns = i.pod.metadata?.namespace ?? '', env = new Map<string, string>()
  const services = serviceEnv(servicesFor(i.services, ns, i.pod.spec?.enableServiceLinks ?? true))
  for (const from of i.container.envFrom ?? []) {
    const ref = from.configMapRef ?? from.secretRef
    if (!ref) continue
    const data = from.configMapRef ? configMapData(await i.objects.configMap(ns, ref.name ?? '', ref.optional ?? false)) : secretData(await i.objects.secret(ns, ref.name ?? '', ref.optional ?? false))
    for (const [k, v] of data) if (validName.test((from.prefix ?? '') + k)) env.set((from.prefix ?? '') + k, v.toString())
  }
  for (const e of i.container.env ?? []) {
    const value = e.valueFrom ? await sourced(e, i, ns) : expand(e.value ?? '', (n) => env.get(n) ?? services[n])
    if (value !== undefined) { env.delete(e.name); env.set(e.name, value) }
  }
  for (const [k, v] of Object.entries(services)) if (!env.has(k)) env.set(k, v)
  return env
}

async function sourced(e: EnvVar, i: EnvInput, ns: string): Promise<string | undefined> {
  const from = e.valueFrom!
  if (from.fieldRef) return fieldValue(i.pod, from.fieldRef.fieldPath, i)
  if (from.resourceFieldRef) return resourceValue(i.pod, from.resourceFieldRef, i.container.name, i.node)
  const ref = from.configMapKeyRef ?? from.secretKeyRef
  if (!ref) return undefined
  const optional = ref.optional ?? false
  const data = from.configMapKeyRef ? configMapData(await i.objects.configMap(ns, ref.name ?? '', optional)) : secretData(await i.objects.secret(ns, ref.name ?? '', optional))
  const value = data.get(ref.key)?.toString()
  if (value === undefined && !optional) throw new Error(`couldn't find key ${ref.key} in ${from.configMapKeyRef ? 'ConfigMap' : 'Secret'} ${ns}/${ref.name}`)
  return value
}
