import type { Job, Pod } from '@drydock/api'

export type Verdict = { readonly action: 'FailJob' | 'FailIndex', readonly message: string } | { readonly action: 'Ignore' | 'Count' }

/** What the Job's podFailurePolicy says of a failed pod; the first rule that matches decides. */
export function judgeFailure(job: Job, pod: Pod): Verdict {
  for (const [i, rule] of (job.spec?.podFailurePolicy?.rules ?? []).entries()) {
    const why = rule.onExitCodes ? exitCode(rule.onExitCodes, pod) : condition(rule.onPodConditions ?? [], pod)
    if (!why) continue
    const message = `${why} matching ${rule.action} rule at index ${i}`
    return rule.action === 'FailJob' || rule.action === 'FailIndex' ? { action: rule.action, message } : { action: rule.action === 'Ignore' ? 'Ignore' : 'Count' }
  }
  return { action: 'Count' }
}

const nameOf = (p: Pod): string => `${p.metadata?.namespace}/${p.metadata?.name}`

function exitCode(on: { containerName?: string | undefined, operator: string, values: number[] }, pod: Pod): string | undefined {
  for (const s of [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]) {
    const code = s.state?.terminated?.exitCode
    if (code === undefined || code === 0 || (on.containerName && on.containerName !== s.name)) continue
    if (on.values.includes(code) === (on.operator === 'In')) return `Container ${s.name} for pod ${nameOf(pod)} failed with exit code ${code}`
  }
  return undefined
}

function condition(patterns: readonly { type: string, status?: string | undefined }[], pod: Pod): string | undefined {
  for (const p of patterns) if (pod.status?.conditions?.some((c) => c.type === p.type && c.status === (p.status ?? 'True'))) return `Pod ${nameOf(pod)} has condition ${p.type}`
  return undefined
}
