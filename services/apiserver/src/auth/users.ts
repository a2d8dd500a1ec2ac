import type { User } from './types.ts'

/** Well-known users and groups (apiserver/pkg/authentication/user). */
export const anonymous = 'system:anonymous'
export const masters = 'system:masters'
export const nodesGroup = 'system:nodes'
export const nodeUserPrefix = 'system:node:'
export const authenticatedGroup = 'system:authenticated'
export const unauthenticatedGroup = 'system:unauthenticated'
export const apiserverUser: User = { name: 'system:apiserver', groups: [masters, authenticatedGroup] }

const serviceAccountPrefix = 'system:serviceaccount:'
export const serviceAccountUsername = (namespace: string, name: string): string => `${serviceAccountPrefix}${namespace}:${name}`
export const serviceAccountGroups = (namespace: string): string[] => ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]

/** Namespace and name if the user is a service account's, by upstream's strict reading. */
export function splitServiceAccount(username: string): { namespace: string, name: string } | undefined {
  if (!username.startsWith(serviceAccountPrefix)) return undefined
  const parts = username.slice(serviceAccountPrefix.length).split(':')
  return parts.length === 2 && parts[0] && parts[1] ? { namespace: parts[0], name: parts[1] } : undefined
}

/** The node behind a user: name system:node:<name> and group system:nodes; undefined for others ('' for a nameless node). */
export function nodeOf(user: User): string | undefined {
  return user.name.startsWith(nodeUserPrefix) && user.groups.includes(nodesGroup) ? user.name.slice(nodeUserPrefix.length) : undefined
}

/** Adds system:authenticated to whoever was recognised. */
export function withAuthenticated(user: User): User {
  if (user.name === anonymous || user.groups.includes(authenticatedGroup) || user.groups.includes(unauthenticatedGroup)) return user
  return { ...user, groups: [...user.groups, authenticatedGroup] }
}
