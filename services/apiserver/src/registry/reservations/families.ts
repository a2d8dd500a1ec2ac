import { invalid } from '@drydock/api'
import type { FieldError, ServiceSpec } from '@drydock/api'
import { isHeadless, needsClusterIP } from '../../kinds/core/service/needs.ts'

type Family = 'IPv4' | 'IPv6'
const familyOf = (a: string): Family => (a.includes(':') ? 'IPv6' : 'IPv4')
const other = (f: Family): Family => (f === 'IPv4' ? 'IPv6' : 'IPv4')

/** Sets a service's IP families and policy from what it says and what the cluster has (initIPFamilyFields). In place. */
export function initFamilies(s: ServiceSpec, old: ServiceSpec | undefined, configured: readonly Family[], check: (s: ServiceSpec) => FieldError[]): FieldError[] {
  if (!needsClusterIP(s)) return []
  const fields = (x: ServiceSpec) => JSON.stringify([x.clusterIPs ?? [], x.ipFamilies ?? [], x.ipFamilyPolicy ?? ''])
  if (old && needsClusterIP(old) && fields(old) === fields(s)) return []
  const wrong = check(s)
  if (wrong.length) return wrong
  if (old?.ipFamilies?.length === 2 && s.ipFamilies?.length === 1 && s.ipFamilyPolicy !== undefined && s.ipFamilyPolicy !== 'SingleStack') return [invalid('spec.ipFamilyPolicy', s.ipFamilyPolicy, 'must be \'SingleStack\' to release the secondary IP family')]
  if (isHeadless(s) && !Object.keys(s.selector ?? {}).length) return selectorless(s, configured[0]!)
  const errors: FieldError[] = []
  const given = s.clusterIPs?.filter((a) => a !== 'None') ?? []
  if (s.ipFamilyPolicy === undefined) s.ipFamilyPolicy = given.length === 2 || s.ipFamilies?.length === 2 ? 'RequireDualStack' : 'SingleStack'
  given.forEach((a, i) => { if (s.ipFamilies?.[i] === undefined) s.ipFamilies = [...s.ipFamilies ?? [], familyOf(a)] })
  s.ipFamilies?.forEach((f, i) => { if (!configured.includes(f as Family)) errors.push(invalid(`spec.ipFamilies[${i}]`, f, 'not configured on this cluster')) })
  if (s.ipFamilyPolicy === 'RequireDualStack' && configured.length < 2) errors.push(invalid('spec.ipFamilyPolicy', s.ipFamilyPolicy, 'this cluster is not configured for dual-stack services'))
  if (errors.length) return errors
  if (!s.ipFamilies?.length) s.ipFamilies = [configured[0]!]
  if (s.ipFamilyPolicy !== 'SingleStack' && configured.length === 2 && s.ipFamilies.length < 2) s.ipFamilies = [...s.ipFamilies, other(s.ipFamilies[0] as Family)]
  return []
}

/** Who keeps the endpoints of such a service decides their families: both are allowed, whatever the cluster has. */
function selectorless(s: ServiceSpec, first: Family): FieldError[] {
  s.ipFamilyPolicy ??= 'RequireDualStack'
  if (!s.ipFamilies?.length) s.ipFamilies = [first]
  if (s.ipFamilies.length < 2 && s.ipFamilyPolicy !== 'SingleStack') s.ipFamilies = [...s.ipFamilies, other(s.ipFamilies[0] as Family)]
  return []
}
