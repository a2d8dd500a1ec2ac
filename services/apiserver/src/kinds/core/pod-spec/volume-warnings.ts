import type { KeyToPath, Volume } from '@drydock/api'

const gone: Readonly<Record<string, [field: string, text: string]>> = {
  photonPersistentDisk: ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  gitRepo: ['gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  scaleIO: ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  flocker: ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  storageos: ['storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  quobyte: ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  glusterfs: ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  cephfs: ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  rbd: ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
}

/** Sources that nothing serves any more; `path` is the parent of the source's field. */
export function sourceWarnings(path: string, v: object): string[] {
  return Object.entries(gone).filter(([k]) => (v as Record<string, unknown>)[k] !== undefined && (v as Record<string, unknown>)[k] !== null).map(([, [field, text]]) => `${path}.${field}: ${text}`)
}

interface Placed { path: string, source: string }

/** Files of one volume that would hide one another. */
export function overlaps(v: Volume): string[] {
  const items = (list: KeyToPath[] | undefined) => (list ?? []).map((i) => i.path)
  if (v.configMap?.items?.length) return within(items(v.configMap.items), `volume ${JSON.stringify(v.name)} (ConfigMap ${JSON.stringify(v.configMap.name ?? '')})`)
  if (v.secret?.items?.length) return within(items(v.secret.items), `volume ${JSON.stringify(v.name)} (Secret ${JSON.stringify(v.secret.secretName ?? '')})`)
  if (v.downwardAPI?.items?.length) return within(v.downwardAPI.items.map((i) => i.path), `volume ${JSON.stringify(v.name)} (DownwardAPI)`)
  if (!v.projected) return []
  const out: string[] = []
  const placed: Placed[] = []
  for (const s of v.projected.sources ?? []) {
    const at = `volume ${JSON.stringify(v.name)} (Projected`
    const mine: Placed[] = [
      ...items(s.secret?.items).map((p) => ({ path: p, source: `Secret ${JSON.stringify(s.secret?.name ?? '')}` })),
      ...items(s.configMap?.items).map((p) => ({ path: p, source: `ConfigMap ${JSON.stringify(s.configMap?.name ?? '')}` })),
      ...(s.downwardAPI?.items ?? []).map((i) => ({ path: i.path, source: 'DownwardAPI' })),
      ...(s.serviceAccountToken ? [{ path: s.serviceAccountToken.path, source: 'ServiceAccountToken' }] : []),
    ]
    if (mine.length === 0 && !s.secret && !s.configMap && !s.downwardAPI && !s.clusterTrustBundle && !s.podCertificate) out.push(`${at}) has no sources provided`)
    for (const m of mine) {
      for (const p of placed) if (clash(m.path, p.path)) out.push(`${at} ${m.source}): overlapping paths: ${JSON.stringify(m.path)} with ${p.source === m.source ? '' : `${p.source} `}${JSON.stringify(p.path)}`)
      placed.push(m)
    }
  }
  return out
}

function within(paths: readonly string[], at: string): string[] {
  const out: string[] = []
  for (const [i, p] of paths.entries()) for (const q of paths.slice(0, i)) if (clash(p, q)) out.push(`${at}: overlapping paths: ${JSON.stringify(p)} with ${JSON.stringify(q)}`)
  return out
}

const clash = (a: string, b: string): boolean => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`)
