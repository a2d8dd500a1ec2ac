/** What the API says of itself: groups, versions and resources, from the table. Pure; made once. */
import { createHash } from 'node:crypto'
import type { ResourceFact } from '@drydock/api'

// Upstream's order of groups (kube-apiserver's and the aggregator's priorities); others follow by name.
const groupOrder = [
  'apiregistration.k8s.io', 'apps', 'events.k8s.io', 'authentication.k8s.io', 'authorization.k8s.io', 'autoscaling', 'batch', 'certificates.k8s.io',
  'networking.k8s.io', 'policy', 'rbac.authorization.k8s.io', 'storage.k8s.io', 'admissionregistration.k8s.io', 'apiextensions.k8s.io', 'scheduling.k8s.io',
  'coordination.k8s.io', 'node.k8s.io', 'discovery.k8s.io', 'resource.k8s.io', 'flowcontrol.apiserver.k8s.io',
]
const rank = (group: string): number => { const i = groupOrder.indexOf(group); return i < 0 ? groupOrder.length : i }

/** version.CompareKubeAwareVersionStrings, most wanted first: stable before beta before alpha, each the newest first, then other names. */
export function byPriority(a: string, b: string): number {
  const [x, y] = [a, b].map((v) => /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(v))
  if (!x || !y) return x ? -1 : y ? 1 : a < b ? -1 : 1
  const stage = (m: RegExpExecArray) => (m[2] === 'alpha' ? 2 : m[2] === 'beta' ? 1 : 0)
  return stage(x) - stage(y) || Number(y[1]) - Number(x[1]) || Number(y[3] ?? 0) - Number(x[3] ?? 0)
}

export interface GroupVersions { group: string, /** Preferred first. */ versions: string[] }

/** The named groups, in the order in which they are served. */
export function namedGroups(facts: readonly ResourceFact[]): GroupVersions[] {
  const byName = new Map<string, Set<string>>()
  for (const f of facts) if (f.group) byName.set(f.group, (byName.get(f.group) ?? new Set()).add(f.version))
  return [...byName].map(([group, versions]) => ({ group, versions: [...versions].sort(byPriority) }))
    .sort((a, b) => rank(a.group) - rank(b.group) || (a.group < b.group ? -1 : 1))
}

function apiGroup({ group, versions }: GroupVersions) {
  const all = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }))
  return { name: group, versions: all, preferredVersion: all[0] }
}

export const groupDocument = (g: GroupVersions) => ({ kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(g) })
export const groupList = (groups: readonly GroupVersions[]) => ({ kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(apiGroup) })

/** The legacy group's versions; `address` is where this server is reached. */
export const coreVersions = (address: string) => ({ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }] })

// Kinds whose upstream storage is in another version than the one that is served first.
const storedAs: Readonly<Record<string, string>> = {
  'autoscaling/HorizontalPodAutoscaler': 'autoscaling/v2', 'events.k8s.io/Event': '/v1',
  'storage.k8s.io/VolumeAttributesClass': 'storage.k8s.io/v1beta1', 'apiextensions.k8s.io/CustomResourceDefinition': 'apiextensions.k8s.io/v1beta1',
}

/** discovery.StorageVersionHash. */
function storageVersionHash(f: ResourceFact): string | undefined {
  if (!f.verbs.includes('watch')) return undefined
  const groupVersion = storedAs[`${f.group}/${f.kind}`] ?? `${f.group}/${f.version}`
  return createHash('sha256').update(`${groupVersion}/${f.kind}`).digest().subarray(0, 8).toString('base64')
}

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)
const kindParts = (s: string) => { const [group = '', version = '', kind = ''] = s.split('/'); return { group, version, kind } }

/** The resources of one group and version. */
export function resourceList(facts: readonly ResourceFact[], group: string, version: string) {
  const mine = facts.filter((f) => f.group === group && f.version === version)
  const resources = mine.flatMap((f) => {
    const hash = storageVersionHash(f)
    return [
      { name: f.resource, singularName: f.singular, namespaced: f.namespaced, kind: f.kind, verbs: f.verbs, ...(f.shortNames && { shortNames: f.shortNames }), ...(f.categories && { categories: f.categories }), ...(hash && { storageVersionHash: hash }) },
      ...Object.entries(f.subresources).map(([name, s]) => {
        const k = kindParts(s.kind), foreign = k.group !== group || k.version !== version
        return { name: `${f.resource}/${name}`, singularName: '', namespaced: f.namespaced, ...(foreign && { group: k.group, version: k.version }), kind: k.kind, verbs: s.verbs }
      }),
    ]
  })
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: group ? `${group}/${version}` : version, resources: resources.sort(byName) }
}

/** apidiscovery.k8s.io/v2: everything in one document. */
export function aggregated(facts: readonly ResourceFact[], groups: readonly GroupVersions[]) {
  return {
    kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {},
    items: groups.map((g) => ({
      metadata: g.group ? { name: g.group } : {},
      versions: g.versions.map((version) => ({
        version, resources: facts.filter((f) => f.group === g.group && f.version === version).sort((a, b) => (a.resource < b.resource ? -1 : 1)).map(resourceDiscovery), freshness: 'Current',
      })),
    })),
  }
}

function resourceDiscovery(f: ResourceFact) {
  // The group and version at hand go without saying.
  const responseKind = (s: string) => {
    const k = kindParts(s)
    return k.group === f.group && k.version === f.version ? { group: '', version: '', kind: k.kind } : k
  }
  const subresources = Object.entries(f.subresources).sort(([a], [b]) => (a < b ? -1 : 1)).map(([subresource, s]) => ({ subresource, responseKind: responseKind(s.kind), verbs: s.verbs }))
  return {
    resource: f.resource, responseKind: { group: '', version: '', kind: f.kind }, scope: f.namespaced ? 'Namespaced' : 'Cluster', singularResource: f.singular, verbs: f.verbs,
    ...(f.shortNames && { shortNames: f.shortNames }), ...(f.categories && { categories: f.categories }), ...(subresources.length && { subresources }),
  }
}
