import { invalid } from '@drydock/api'
import type { Errors } from '../../../lib/validate.ts'

/** validatePathNoBacksteps. */
export const noBacksteps = (path: string, value: string): Errors =>
  (value.replaceAll('\\', '/').split('/').includes('..') ? [invalid(path, value, "must not contain '..'")] : [])

const isAbsolute = (p: string): boolean => p.startsWith('/')

/** A path below some root: relative, without a way up. */
export const localDescendingPath = (path: string, value: string): Errors => [
  ...(isAbsolute(value) ? [invalid(path, value, 'must be a relative path')] : []), ...noBacksteps(path, value),
]

/** The same, and not starting with `..`, which volumes keep for themselves. */
export const localPath = (path: string, value: string): Errors => {
  const out: Errors = isAbsolute(value) ? [invalid(path, value, 'must be a relative path')] : []
  out.push(...noBacksteps(path, value))
  if (value.startsWith('..') && !value.startsWith('../')) out.push(invalid(path, value, "must not start with '..'"))
  return out
}
