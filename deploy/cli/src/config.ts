/**
 * What a cluster is to be: options of `drydock up`, the file given with --config, and what a cluster was made with before,
 * in one checked value. It is kept as cluster.json in the cluster's folder.
 */
import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'

export const controlPlane = ['etcd', 'nats', 'apiserver', 'scheduler', 'controller-manager'] as const
export const perNode = ['containerd', 'kubelet', 'kube-proxy', 'netd'] as const
export const componentNames = [...controlPlane, ...perNode, 'host-proxy'] as const
export type ComponentName = (typeof componentNames)[number]

export interface ClusterConfig {
  name: string
  slot: number
  /** Indexes of the nodes; they keep theirs for life. */
  nodes: number[]
  apiservers: number
  etcd: number
  schedulers: number
  controllerManagers: number
  components: ComponentName[]
  /** process or component → flag → value: goes to the process's command line. */
  set: Record<string, Record<string, string>>
  serviceCidr: string
  clusterCidr: string
  restart: boolean
}

/** The keys of a --config file; each has a flag of the same name. */
export interface UpOptions {
  name: string
  nodes?: number
  apiservers?: number
  etcd?: number
  schedulers?: number
  controllerManagers?: number
  components?: string[]
  set?: Record<string, Record<string, string>>
  serviceCidr?: string
  clusterCidr?: string
  restart?: boolean
}

export class UsageError extends Error {}

/** `apiserver.disable-admission-plugins=ServiceAccount` → { apiserver: { 'disable-admission-plugins': 'ServiceAccount' } } */
export function parseSet(entries: readonly string[]): Record<string, Record<string, string>> {
  const out: Record<string, Record<string, string>> = {}
  for (const e of entries) {
    const m = /^([a-z0-9-]+)\.([A-Za-z0-9-]+)=(.*)$/s.exec(e)
    if (!m) throw new UsageError(`--set ${e}: expected <process>.<flag>=<value>, for example apiserver.disable-admission-plugins=ServiceAccount`)
    ;(out[m[1]!] ??= {})[m[2]!] = m[3]!
  }
  return out
}

const fileKeys = ['name', 'nodes', 'apiservers', 'etcd', 'schedulers', 'controllerManagers', 'components', 'set', 'serviceCidr', 'clusterCidr', 'restart']

export function readConfigFile(file: string): Partial<UpOptions> {
  if (!existsSync(file)) throw new UsageError(`--config ${file}: there is no such file`)
  let v: unknown
  try { v = parse(readFileSync(file, 'utf8')) } catch (e) { throw new UsageError(`--config ${file}: not YAML: ${(e as Error).message.split('\n')[0]}`) }
  if (v === null || typeof v !== 'object' || Array.isArray(v)) throw new UsageError(`--config ${file}: expected a map with keys of ${fileKeys.join(', ')}`)
  for (const k of Object.keys(v)) if (!fileKeys.includes(k)) throw new UsageError(`--config ${file}: unknown key "${k}"; known are ${fileKeys.join(', ')}`)
  const o = v as Partial<UpOptions> & { set?: Record<string, Record<string, unknown>> }
  for (const [p, flags] of Object.entries(o.set ?? {})) {
    if (flags === null || typeof flags !== 'object') throw new UsageError(`--config ${file}: set.${p}: expected a map of flags`)
    for (const [f, x] of Object.entries(flags)) flags[f] = String(x)
  }
  return o as Partial<UpOptions>
}

const count = (what: string, v: number, min: number, max: number) => {
  if (!Number.isInteger(v) || v < min || v > max) throw new UsageError(`--${what} ${v}: expected a whole number from ${min} to ${max}`)
  return v
}

/** Options over what the cluster was made with before over defaults; throws UsageError with one clear line. */
export function resolveConfig(o: UpOptions, slot: number, before?: ClusterConfig): ClusterConfig {
  const components = o.components ?? before?.components ?? [...componentNames]
  for (const c of components) if (!(componentNames as readonly string[]).includes(c)) throw new UsageError(`--components: "${c}" is none; there are ${componentNames.join(', ')}`)
  const onNodes = components.some((c) => (perNode as readonly string[]).includes(c))
  const nodes = o.nodes === undefined && before ? before.nodes : Array.from({ length: onNodes ? count('nodes', o.nodes ?? 2, 0, 100) : 0 }, (_, i) => i + 1)
  const etcd = count('etcd', o.etcd ?? before?.etcd ?? 1, 1, 5)
  if (etcd % 2 === 0) throw new UsageError(`--etcd ${etcd}: an even number of members tolerates no more failures than one less; use 1, 3 or 5`)
  if (before && o.etcd !== undefined && o.etcd !== before.etcd) throw new UsageError(`--etcd ${o.etcd}: this cluster was made with ${before.etcd}; members are not added to a cluster that exists: make another with --name, or \`drydock down\` first`)
  return {
    name: o.name, slot, nodes, etcd,
    apiservers: count('apiservers', o.apiservers ?? before?.apiservers ?? 1, 1, 5),
    schedulers: count('schedulers', o.schedulers ?? before?.schedulers ?? 1, 1, 5),
    controllerManagers: count('controller-managers', o.controllerManagers ?? before?.controllerManagers ?? 1, 1, 5),
    components: components as ComponentName[], set: { ...before?.set, ...o.set },
    serviceCidr: o.serviceCidr ?? before?.serviceCidr ?? '10.96.0.0/16', clusterCidr: o.clusterCidr ?? before?.clusterCidr ?? '10.244.0.0/16', restart: o.restart ?? before?.restart ?? true,
  }
}
