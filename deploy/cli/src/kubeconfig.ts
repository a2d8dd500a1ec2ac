/** The administrator's kubeconfig of a cluster, and its place in the user's own as a context. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { layoutOf } from './cluster.ts'
import type { ClusterConfig } from './config.ts'

interface Named { name: string }
interface KubeConfig { apiVersion: 'v1', kind: 'Config', clusters: Named[], users: Named[], contexts: Named[], 'current-context'?: string, [k: string]: unknown }

export const contextName = (name: string): string => (name === 'drydock' ? 'drydock' : `drydock-${name}`)

export function kubeconfig(c: ClusterConfig): KubeConfig {
  const l = layoutOf(c), name = contextName(c.name), data = (f: string) => readFileSync(join(l.folder, 'pki', f)).toString('base64')
  return {
    apiVersion: 'v1', kind: 'Config', 'current-context': name,
    clusters: [{ name, cluster: { server: `https://127.0.0.1:${l.port.apiserver(0)}`, 'certificate-authority-data': data('ca.crt') } } as Named],
    users: [{ name, user: { 'client-certificate-data': data('admin.crt'), 'client-key-data': data('admin.key') } } as Named],
    contexts: [{ name, context: { cluster: name, user: name } } as Named],
  }
}

/** As YAML. By hand: a library for all of YAML is not loaded for a dozen lines that never need a quote. */
export function kubeconfigText(c: ClusterConfig): string {
  const k = kubeconfig(c), lines = (o: object) => Object.entries(o).map(([key, v]) => `    ${key}: ${String(v)}`).join('\n')
  const list = (what: 'clusters' | 'users' | 'contexts') => k[what].map(({ name, ...rest }) => `${what}:\n- name: ${name}\n${Object.entries(rest).map(([key, v]) => `  ${key}:\n${lines(v as object)}`).join('\n')}`).join('\n')
  return `apiVersion: ${k.apiVersion}\nkind: ${k.kind}\ncurrent-context: ${k['current-context']!}\n${list('clusters')}\n${list('users')}\n${list('contexts')}\n`
}

/** The cluster's own file, <folder>/kubeconfig. */
export function writeKubeconfig(c: ClusterConfig): string {
  const file = join(layoutOf(c).folder, 'kubeconfig')
  writeFileSync(`${file}.new`, kubeconfigText(c), { mode: 0o600 }); renameSync(`${file}.new`, file)
  return file
}

const userFile = () => (process.env['KUBECONFIG'] ?? '').split(':')[0] || join(homedir(), '.kube', 'config')

async function change(edit: (k: KubeConfig) => void): Promise<string> {
  const file = userFile(), { parse, stringify } = await import('yaml')
  const read = (): KubeConfig | null => { try { return parse(readFileSync(file, 'utf8')) as KubeConfig | null } catch (e) { throw new Error(`${file} cannot be read as YAML and stays as it is: mend it, or set KUBECONFIG to another file (${(e as Error).message.split('\n')[0]})`) } }
  const k = (existsSync(file) ? read() : null) ?? { apiVersion: 'v1', kind: 'Config', clusters: [], users: [], contexts: [] }
  for (const list of ['clusters', 'users', 'contexts'] as const) k[list] ??= []
  edit(k)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(`${file}.drydock`, stringify(k), { mode: 0o600 }); renameSync(`${file}.drydock`, file)
  return file
}

const without = (k: KubeConfig, name: string) => { for (const list of ['clusters', 'users', 'contexts'] as const) k[list] = k[list].filter((x) => x.name !== name) }

/** Adds the context to the user's kubeconfig and makes it current. Answers the file. */
export function mergeKubeconfig(c: ClusterConfig): Promise<string> {
  const own = kubeconfig(c), name = contextName(c.name)
  return change((k) => { without(k, name); k.clusters.push(...own.clusters); k.users.push(...own.users); k.contexts.push(...own.contexts); k['current-context'] = name })
}

export async function unmergeKubeconfig(name: string): Promise<void> {
  const context = contextName(name)
  // Most clusters were never in there, and nobody's file is written for nothing.
  if (!existsSync(userFile()) || !readFileSync(userFile(), 'utf8').includes(context)) return
  await change((k) => { without(k, context); if (k['current-context'] === context) delete k['current-context'] })
}
