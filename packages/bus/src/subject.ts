/** Names on the bus. `watch.<group|core>.<resource>.<shard>.<namespace|->.<name>` for events; bookmarks and the relay's claim have one subject each. */

export interface EventSubject { group: string, resource: string, shard: string, namespace: string, name: string }

/** No shard, no namespace. */
export const none = '-'
/** What every subscriber hears once a second. */
export const bookmarkSubject = 'watch.bookmark'
/** Where the relay says that it is one; see election.ts. */
export const relaySubject = 'relay.claim'

/**
 * One token of a subject. Names of objects may hold dots (nodes), colons (RBAC) and more; dots, wildcards, blanks and `%`
 * are written as %XX, a lone `-` too, for that stands for nothing.
 */
export function token(text: string): string {
  if (text === '') return none
  if (text === none) return '%2D'
  return /^[A-Za-z0-9_:@+=-]+$/.test(text) ? text : [...Buffer.from(text)].map((b) => (/[A-Za-z0-9_:@+=-]/.test(String.fromCharCode(b)) ? String.fromCharCode(b) : `%${b.toString(16).toUpperCase().padStart(2, '0')}`)).join('')
}
export const untoken = (t: string): string => (t === none ? '' : decodeURIComponent(t))

export const eventSubject = (s: EventSubject): string => `watch.${token(s.group || 'core')}.${token(s.resource)}.${token(s.shard)}.${token(s.namespace)}.${token(s.name)}`

/** All events of a resource, or of one shard of it. */
export const watchSubject = (group: string, resource: string, shard?: string): string => `watch.${token(group || 'core')}.${token(resource)}.${shard === undefined ? '>' : `${token(shard)}.>`}`

/** Names a chain of revisions: a resource's, or a shard's in it. */
export const chainKey = (group: string, resource: string, shard?: string): string => `${group || 'core'}/${resource}${shard === undefined ? '' : `/${shard}`}`

/** The shard of an object: a pod's is its node, so that a kubelet receives only its own. */
export function shardOf(group: string, resource: string, object: { spec?: { nodeName?: string | undefined } | undefined }): string {
  return group === '' && resource === 'pods' ? object.spec?.nodeName ?? '' : ''
}
export const isSharded = (group: string, resource: string): boolean => group === '' && resource === 'pods'
