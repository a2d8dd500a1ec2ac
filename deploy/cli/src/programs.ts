/** Where the programs are that processes run: Debian's packages, and our services as bundles (see bundle.ts). */
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import type { Programs } from './processes.ts'

/** The repository's folder: found upwards, for this runs from source and from a bundle in dist/. */
export const repository = (function up(folder: string): string { return existsSync(join(folder, 'pnpm-workspace.yaml')) || folder === '/' ? folder : up(dirname(folder)) })(import.meta.dirname)
export const dist = join(repository, 'dist')
export const compileCache = join(dist, '.compile-cache')
export const services = ['apiserver', 'scheduler', 'controller-manager', 'kubelet', 'kube-proxy', 'netd'] as const

export function find(program: string): string {
  const path = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin']
  const file = path.map((p) => join(p, program)).find((f) => existsSync(f))
  if (!file) throw new Error(`${program} is not on this machine; \`npx drydock doctor\` says how to get it`)
  return file
}

export function programs(): Programs {
  return {
    node: [process.execPath], service: (name) => join(dist, `${name}.mjs`),
    etcd: find('etcd'), nats: find('nats-server'), containerd: find('containerd'),
  }
}
export const launcherBundle = (): string => join(dist, 'launcher.mjs')
