/** Manifests of deploy/addons, applied at every start: what our own components need of the API beyond upstream's bootstrap. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Api } from './api.ts'
import { repository } from './programs.ts'

interface Manifest { apiVersion: string, kind: string, metadata: { name: string, namespace?: string } }

/** Path of an object, from a plural that follows the rule; addons use no kind that does not. */
const pathOf = (o: Manifest) => `${o.apiVersion === 'v1' ? '/api/v1' : `/apis/${o.apiVersion}`}${o.metadata.namespace ? `/namespaces/${o.metadata.namespace}` : ''}/${o.kind.toLowerCase()}s/${o.metadata.name}`

export async function applyAddons(api: Api): Promise<void> {
  const folder = join(repository, 'deploy/addons'), files = readdirSync(folder).filter((x) => x.endsWith('.yaml')).sort()
  if (!files.length) return
  const { parseAllDocuments } = await import('yaml')
  for (const f of files) {
    for (const d of parseAllDocuments(readFileSync(join(folder, f), 'utf8'))) { const o = d.toJS() as Manifest | null; if (o) await api.apply(pathOf(o), o) }
  }
}
