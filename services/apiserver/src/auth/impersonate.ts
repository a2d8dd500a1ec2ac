import type { Attributes, Authorizer, Credentials, User } from './types.ts'
import { forbiddenFor } from './forbidden.ts'
import { anonymous, authenticatedGroup, serviceAccountGroups, splitServiceAccount, unauthenticatedGroup } from './users.ts'

/** Headers that ask for groups, uid or extra of nobody: upstream answers it as plain text, with 500. */
export class NobodyImpersonated extends Error {}

interface Wanted { user: string, groups: string[], uid: string, extra: Record<string, string[]> }

/**
 * Who a request is made as: the caller, or whom its Impersonate headers name if the caller may (verb impersonate on users,
 * groups, serviceaccounts, uids and userextras). Throws Forbidden otherwise.
 */
export async function impersonate(caller: User, c: Credentials, authorizer: Authorizer): Promise<User> {
  const wanted = read(c)
  if (!wanted) return caller
  for (const a of requests(caller, wanted)) {
    const decision = await authorizer.authorize(a)
    if (!decision.allowed) throw forbiddenFor(a, decision.reason)
  }
  const groups = [...wanted.groups]
  const account = splitServiceAccount(wanted.user)
  if (account && !groups.length) groups.push(...serviceAccountGroups(account.namespace))
  if (wanted.user === anonymous) {
    if (!groups.includes(unauthenticatedGroup)) groups.push(unauthenticatedGroup)
  } else if (!groups.includes(authenticatedGroup) && !groups.includes(unauthenticatedGroup)) groups.push(authenticatedGroup)
  return { name: wanted.user, groups, ...(wanted.uid && { uid: wanted.uid }), ...(Object.keys(wanted.extra).length && { extra: wanted.extra }) }
}

/** True when the headers ask for it: lets the door skip the rest. */
export function impersonates(headers: Credentials['headers']): boolean {
  for (const name in headers) if (name.startsWith('impersonate-')) return true
  return false
}

function read(c: Credentials): Wanted | undefined {
  if (!impersonates(c.headers)) return undefined
  const all = (name: string): string[] => c.headersDistinct?.[name] ?? [c.headers[name] ?? []].flat().flatMap((v) => v.split(', '))
  const one = (name: string): string => all(name)[0] ?? ''
  const w: Wanted = { user: one('impersonate-user'), groups: all('impersonate-group').filter(Boolean), uid: one('impersonate-uid'), extra: {} }
  for (const name in c.headers) {
    if (name.startsWith('impersonate-extra-')) w.extra[unescape(name.slice('impersonate-extra-'.length))] = all(name)
  }
  if (w.user) return w
  if (!w.groups.length && !w.uid && !Object.keys(w.extra).length) return undefined
  throw new NobodyImpersonated(`requested ${goReferences(w)} without impersonating a user`)
}

function unescape(s: string): string {
  try { return decodeURIComponent(s) } catch { return s }
}

function requests(caller: User, w: Wanted): Attributes[] {
  const ask = (group: string, resource: string, name: string, namespace = '', subresource = ''): Attributes =>
    ({ user: caller, verb: 'impersonate', resource: { group, version: 'v1', resource, subresource, namespace, name } })
  const account = splitServiceAccount(w.user)
  return [
    account ? ask('', 'serviceaccounts', account.name, account.namespace) : ask('', 'users', w.user),
    ...w.groups.map((g) => ask('', 'groups', g)),
    ...Object.entries(w.extra).flatMap(([key, values]) => values.map((v) => ask('authentication.k8s.io', 'userextras', v, '', key))),
    ...(w.uid ? [ask('authentication.k8s.io', 'uids', w.uid)] : []),
  ]
}

/** As Go prints the object references of such a request: {Kind Namespace Name UID APIVersion ResourceVersion FieldPath}. */
function goReferences(w: Wanted): string {
  const version = 'authentication.k8s.io/v1'
  const refs = [
    ...w.groups.map((g) => `{Group  ${g}    }`),
    ...Object.entries(w.extra).flatMap(([k, vs]) => vs.map((v) => `{UserExtra  ${v}  ${version}  ${k}}`)),
    ...(w.uid ? [`{UID  ${w.uid}  ${version}  }`] : []),
  ]
  return `[${refs.join(' ')}]`
}
