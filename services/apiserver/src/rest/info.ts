/** The plainest discovery and health paths; the discovery part replaces /api and /apis. */
import type { NonResource } from '../request.ts'
import type { Parts } from '../registry/parts.ts'
import type { ResourceType } from '../registry/resource-type.ts'

export const version = {
  major: '1', minor: '35', emulationMajor: '1', emulationMinor: '35', minCompatibilityMajor: '1', minCompatibilityMinor: '34',
  gitVersion: 'v1.35.6', gitCommit: '0000000000000000000000000000000000000000', gitTreeState: 'clean', buildDate: '2026-11-01T00:00:00Z',
  goVersion: 'go1.25.0', compiler: 'gc', platform: 'linux/amd64',
}

export const versionPath: NonResource = ({ info }) => (info.path === '/version' ? { type: 'value', code: 200, value: version } : undefined)

const healthPaths = new Set(['/healthz', '/livez', '/readyz'])

export const healthPath = (check: () => string | undefined): NonResource => ({ info }) => {
  if (!healthPaths.has(info.path)) return undefined
  const wrong = check()
  return wrong ? { type: 'text', code: 500, contentType: 'text/plain; charset=utf-8', body: wrong } : { type: 'text', code: 200, contentType: 'text/plain; charset=utf-8', body: 'ok', headers: { 'cache-control': 'no-cache, private', 'x-content-type-options': 'nosniff' } }
}

const resourcesOf = (types: readonly ResourceType[]) => types.flatMap((t) => [
  { name: t.resource, singularName: t.fact.singular, namespaced: t.namespaced, kind: t.kind, verbs: t.fact.verbs, ...(t.fact.shortNames && { shortNames: t.fact.shortNames }), ...(t.fact.categories && { categories: t.fact.categories }) },
  ...Object.entries(t.fact.subresources).map(([name, s]) => ({ name: `${t.resource}/${name}`, singularName: '', namespaced: t.namespaced, kind: s.kind.split('/').pop(), verbs: s.verbs })),
])

/** /api, /apis and the lists under them. */
export function discoveryPaths(p: Parts): NonResource {
  const groups = new Map<string, string[]>()
  for (const t of p.types.all) if (t.group) groups.set(t.group, [...new Set([...groups.get(t.group) ?? [], t.version])].sort().reverse())
  const group = (name: string, versions: readonly string[]) => {
    const all = versions.map((v) => ({ groupVersion: `${name}/${v}`, version: v }))
    return { name, versions: all, preferredVersion: all[0] }
  }
  return ({ info: { path } }) => {
    const parts = path.split('/').filter(Boolean)
    if (parts[0] === 'api' && parts.length === 1) return { type: 'value', code: 200, value: { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] } }
    if (parts[0] === 'apis' && parts.length === 1) return { type: 'value', code: 200, value: { kind: 'APIGroupList', apiVersion: 'v1', groups: [...groups].map(([n, v]) => group(n, v)) } }
    if (parts[0] === 'apis' && parts.length === 2 && groups.has(parts[1]!)) return { type: 'value', code: 200, value: { kind: 'APIGroup', apiVersion: 'v1', ...group(parts[1]!, groups.get(parts[1]!)!) } }
    const [g, v] = parts[0] === 'api' ? ['', parts[1]] : [parts[1], parts[2]]
    if ((parts[0] === 'api' ? parts.length !== 2 : parts[0] !== 'apis' || parts.length !== 3) || !p.types.hasGroupVersion(g!, v)) return undefined
    return { type: 'value', code: 200, value: { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: g ? `${g}/${v}` : v, resources: resourcesOf(p.types.all.filter((t) => t.group === g && t.version === v)) } }
  }
}
