/** The administrator's kubeconfig of a cluster, and its place in the user's own as a context. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { parse, stringify } from 'yaml'
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

/** The cluster's own file, <folder>/kubeconfig. */
export function writeKubeconfig(c: ClusterConfig): string {
  const file = join(layoutOf(c).folder, 'kubeconfig')
  writeFileSync(file, stringify(kubeconfig(c)), { mode: 0o600 })
  return file
}

const userFile = () => (process.env['KUBECONFIG'] ?? '').split(':')[0] || join(homedir(), '.kube', 'config')

function change(edit: (k: KubeConfig) => void): string {
  const file = userFile()
  const k = (existsSync(file) ? parse(readFileSync(file, 'utf8')) as KubeConfig | null : null) ?? { apiVersion: 'v1', kind: 'Config', clusters: [], users: [], contexts: [] }
  for (const list of ['clusters', 'users', 'contexts'] as const) k[list] ??= []
  edit(k)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(`${file}.drydock`, stringify(k), { mode: 0o600 }); renameSync(`${file}.drydock`, file)
  return file
}

const without = (k: KubeConfig, name: string) => { for (const list of ['clusters', 'users', 'contexts'] as const) k[list] = k[list].filter((x) => x.name !== name) }

/** Adds the context to the user's kubeconfig and makes it current. Answers the file. */
export function mergeKubeconfig(c: ClusterConfig): string {
  const own = kubeconfig(c), name = contextName(c.name)
  return change((k) => { without(k, name); k.clusters.push(...own.clusters); k.users.push(...own.users); k.contexts.push(...own.contexts); k['current-context'] = name })
}

export function unmergeKubeconfig(name: string): void {
  if (!existsSync(userFile())) return
  const context = contextName(name)
  change((k) => { without(k, context); if (k['current-context'] === context) delete k['current-context'] })
}
