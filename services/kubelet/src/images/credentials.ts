/** Registry credentials from imagePullSecrets (credentialprovider). Pure. */
import type { Secret } from '@drydock/api'
import * as cri from '@drydock/proto/cri'
import type { Reference } from './reference.ts'

interface DockerEntry { username?: string, password?: string, auth?: string }

/** Those whose registry and path prefix match, longest first. */
export function credentialsFor(ref: Reference, secrets: readonly Secret[]): cri.AuthConfig[] {
  const found: { key: string, auth: cri.AuthConfig }[] = []
  for (const s of secrets) {
    const raw = s.data?.['.dockerconfigjson'] ?? s.data?.['.dockercfg']
    if (!raw) continue
    let entries: Record<string, DockerEntry>
    try {
      const parsed = JSON.parse(Buffer.from(raw, 'base64').toString()) as { auths?: Record<string, DockerEntry> }
      entries = s.data?.['.dockerconfigjson'] ? parsed.auths ?? {} : parsed as Record<string, DockerEntry>
    } catch {
      continue // not a docker config: as good as none
    }
    for (const [url, e] of Object.entries(entries)) {
      const key = url.replace(/^https?:\/\//, '').replace(/\/(v[12]\/?)?$/, '').replace(/^index\.docker\.io/, 'docker.io')
      if (!matches(key, ref)) continue
      const [user, ...rest] = e.auth ? Buffer.from(e.auth, 'base64').toString().split(':') : []
      found.push({ key, auth: cri.AuthConfig.fromPartial({ username: e.username ?? user ?? '', password: e.password ?? rest.join(':') }) })
    }
  }
  return found.sort((a, b) => b.key.length - a.key.length).map((f) => f.auth)
}

function matches(key: string, ref: Reference): boolean {
  const slash = key.indexOf('/'), host = slash < 0 ? key : key.slice(0, slash), path = slash < 0 ? '' : key.slice(slash + 1)
  const pattern = new RegExp(`^${host.split('*').map((p) => p.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('[^.]*')}$`)
  return pattern.test(ref.domain) && (path === '' || ref.path === path || ref.path.startsWith(`${path}/`))
}
