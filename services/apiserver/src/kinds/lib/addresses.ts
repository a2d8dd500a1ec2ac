/** Checks of addresses that endpoints and services share. */
import { invalid } from '@drydock/api'
import { type Errors, isIP, isIPv4 } from './validate.ts'

/** ValidateNonSpecialIP: traffic of others must not be led to these. */
export function nonSpecialIP(path: string, s: string): Errors {
  const wrong = (why: string): Errors => [invalid(path, s, why)]
  if (!isIP(s)) return wrong('must be a valid IP address')
  const v4 = isIPv4(s), low = s.toLowerCase()
  if (s === '0.0.0.0' || /^[0:]+$/.test(s)) return wrong(`may not be unspecified (${s})`)
  if (v4 ? s.startsWith('127.') : low === '::1') return wrong('may not be in the loopback range (127.0.0.0/8, ::1/128)')
  if (v4 ? s.startsWith('169.254.') : /^fe[89ab]/.test(low)) return wrong('may not be in the link-local range (169.254.0.0/16, fe80::/10)')
  if (v4 ? s.startsWith('224.0.0.') : /^ff[0-9a-f]2:/.test(low)) return wrong('may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)')
  return []
}

/** The first few of a list as tables show them. */
export function firstFew(list: readonly string[], max: number, none: string): string {
  if (!list.length) return none
  return list.length > max ? `${list.slice(0, max).join(',')} + ${list.length - max} more...` : list.join(',')
}
