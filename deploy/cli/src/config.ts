/**
 * What a cluster is to be: options of `drydock up`, the file given with --config, and what a cluster was made with before,
 * in one checked value. It is kept as cluster.json in the cluster's folder.
 */
import { existsSync, readFileSync } from 'node:fs'

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

/** What a --config file may say besides: what `up` does once. */
export interface FileOptions extends UpOptions { sample?: boolean, kubeconfig?: boolean, wait?: number }

export class UsageError extends Error {}

/** `apiserver.disable-admission-plugins=ServiceAccount` → { apiserver: { 'disable-admission-plugins': 'ServiceAccount' } } */
export function parseSet(entries: readonly string[]): Record<string, Record<string, string>> {
  const out: Record<string, Record<string, string>> = {}
  for (const e of entries) {
    const m = /^([a-z0-9@-]+)\.([A-Za-z0-9_-]+)=(.*)$/s.exec(e)
    if (!m) throw new UsageError(`--set ${e}: expected <process>.<flag>=<value>, for example apiserver.disable-admission-plugins=ServiceAccount`)
    ;(out[m[1]!] ??= {})[m[2]!] = m[3]!
  }
  return out
}

type Kind = 'string' | 'number' | 'boolean' | 'list' | 'map'
const fileKeys: Record<keyof FileOptions, Kind> = {
  name: 'string', nodes: 'number', apiservers: 'number', etcd: 'number', schedulers: 'number', controllerManagers: 'number', components: 'list', set: 'map',
  serviceCidr: 'string', clusterCidr: 'string', restart: 'boolean', sample: 'boolean', kubeconfig: 'boolean', wait: 'number',
}
const is: Record<Kind, (v: unknown) => boolean> = {
  string: (v) => typeof v === 'string', number: (v) => typeof v === 'number', boolean: (v) => typeof v === 'boolean', list: (v) => Array.isArray(v) && v.every((x) => typeof x === 'string'),
  map: (v) => v !== null && typeof v === 'object' && !Array.isArray(v),
}

/** What the file says; its keys are the flags' names, as the flags write them or in camel case. Throws one clear line. */
export async function readConfigFile(file: string): Promise<Partial<FileOptions>> {
  if (!existsSync(file)) throw new UsageError(`--config ${file}: there is no such file`)
  const { parse } = await import('yaml')
  let v: unknown
  try { v = parse(readFileSync(file, 'utf8')) } catch (e) { throw new UsageError(`--config ${file}: not YAML: ${(e as Error).message.split('\n')[0]}`) }
  if (!is.map(v)) throw new UsageError(`--config ${file}: expected a map with keys of ${Object.keys(fileKeys).join(', ')}`)
  const out: Record<string, unknown> = {}
  for (const [given, x] of Object.entries(v as object)) {
    const key = given.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()), kind = fileKeys[key as keyof FileOptions] as Kind | undefined
    if (!kind) throw new UsageError(`--config ${file}: unknown key "${given}"${didYouMean(key, Object.keys(fileKeys))}; known are ${Object.keys(fileKeys).join(', ')}`)
    if (!is[kind](x)) throw new UsageError(`--config ${file}: ${given}: expected a ${kind}, not ${JSON.stringify(x)}`)
    out[key] = key === 'set' ? setOf(file, x as Record<string, unknown>) : x
  }
  return out
}

function setOf(file: string, set: Record<string, unknown>): Record<string, Record<string, string>> {
  return Object.fromEntries(Object.entries(set).map(([p, flags]) => {
    if (!is.map(flags)) throw new UsageError(`--config ${file}: set.${p}: expected a map of flags`)
    return [p, Object.fromEntries(Object.entries(flags as object).map(([f, x]) => [f, Array.isArray(x) ? x.join(',') : String(x)]))]
  }))
}

/** `; did you mean "x"?` where one of the known is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = known.map((k) => ({ k, d: k.startsWith(word) && word.length > 2 ? 1 : distance(word, k) })).sort((a, b) => a.d - b.d)[0]
  return near && near.d <= Math.max(2, Math.floor(word.length / 3)) ? ` (did you mean "${near.k}"?)` : ''
}

/** Letters to insert, remove or replace to make one of the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    row = next
  }
  return row[b.length]!
}

/** Flags of each process: what is said last holds, flag by flag. */
export function mergeSets(a: UpOptions['set'] = {}, b: UpOptions['set'] = {}): Record<string, Record<string, string>> {
  return Object.fromEntries([...new Set([...Object.keys(a), ...Object.keys(b)])].map((p) => [p, { ...a[p], ...b[p] }]))
}

const count = (what: string, v: number, min: number, max: number) => {
  if (!Number.isInteger(v) || v < min || v > max) throw new UsageError(`--${what} ${v}: expected a whole number from ${min} to ${max}`)
  return v
}

function cidr(what: string, v: string): string {
  const m = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(v)
  if (!m || m.slice(1, 5).some((x) => Number(x) > 255) || Number(m[5]) < 8 || Number(m[5]) > 24) throw new UsageError(`--${what} ${v}: expected an IPv4 network of 8 to 24 bits, such as 10.96.0.0/16`)
  return v
}

/** Options over what the cluster was made with before over defaults; throws UsageError with one clear line. */
export function resolveConfig(o: UpOptions, slot: number, before?: ClusterConfig): ClusterConfig {
  const components = o.components ?? before?.components ?? [...componentNames]
  for (const c of components) if (!(componentNames as readonly string[]).includes(c)) throw new UsageError(`--components: there is no "${c}"${didYouMean(c, componentNames)}; there are ${componentNames.join(', ')}`)
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
    components: components as ComponentName[], set: mergeSets(before?.set, o.set),
    serviceCidr: cidr('service-cidr', o.serviceCidr ?? before?.serviceCidr ?? '10.96.0.0/16'), clusterCidr: cidr('cluster-cidr', o.clusterCidr ?? before?.clusterCidr ?? '10.244.0.0/16'),
    restart: o.restart ?? before?.restart ?? true,
  }
}
