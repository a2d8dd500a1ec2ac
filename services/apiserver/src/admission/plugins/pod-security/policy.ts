import { invalid } from '@drydock/api'
import type { FieldError } from '@drydock/api'

/** Pod security levels of a namespace, as its labels say them (pod-security-admission/api). */
export type Level = 'privileged' | 'baseline' | 'restricted'
/** Minor version of the policy; Infinity is `latest`. */
export interface LevelVersion { level: Level, version: number }
export interface Policy { enforce: LevelVersion, audit: LevelVersion, warn: LevelVersion }

const prefix = 'pod-security.kubernetes.io/'
const levels: readonly string[] = ['privileged', 'baseline', 'restricted']
const latest = Number.POSITIVE_INFINITY

export const printLevel = (l: LevelVersion): string => `${l.level}:${l.version === latest ? 'latest' : `v1.${l.version}`}`

/**
 * Reads the labels over the defaults (all privileged, latest). What is not understood counts as restricted and latest for
 * enforcing, privileged for the rest, and is reported.
 */
export function policyOf(labels: Readonly<Record<string, string>> | undefined): { policy: Policy, errors: FieldError[] } {
  const errors: FieldError[] = []
  const read = (mode: string, fallback: Level): LevelVersion => {
    const level = labels?.[prefix + mode], version = labels?.[`${prefix}${mode}-version`]
    const at = (label: string) => `metadata.labels[${prefix}${label}]`
    const good = level === undefined || levels.includes(level)
    if (!good) errors.push(invalid(at(mode), level, 'must be one of privileged, baseline, restricted'))
    const minor = version === undefined || version === 'latest' ? latest : /^v1\.([0-9]|[1-9][0-9]*)$/.exec(version)?.[1]
    if (minor === undefined) errors.push(invalid(at(`${mode}-version`), version, 'must be "latest" or "v1.x"'))
    return { level: level === undefined ? 'privileged' : good ? level as Level : fallback, version: Number(minor ?? latest) }
  }
  const policy = { enforce: read('enforce', 'restricted'), audit: read('audit', 'privileged'), warn: read('warn', 'privileged') }
  // A namespace that enforces warns of what it enforces where its warn label says nothing: upstream warns for controllers' templates so.
  if (labels?.[`${prefix}warn`] === undefined && labels?.[`${prefix}enforce`] !== undefined && policy.enforce.level !== 'privileged') policy.warn = policy.enforce
  return { policy, errors }
}
