import { invalid, required, tooLong, tooMany } from '@drydock/api'
import type { JobSpec } from '@drydock/api'
import { each, nonNegative, type Errors } from '../lib/validate.ts'

const MAX_INDEXES_LENGTH = 64 * 1024

/** validateSuccessPolicy: which indexes, or how many of them, make a job a success. */
export function validateSuccessPolicy(path: string, spec: JobSpec): Errors {
  const rules = spec.successPolicy!.rules
  if (!rules?.length) return [required(`${path}.rules`, 'at least one rules must be specified when the successPolicy is specified')]
  const out: Errors = rules.length > 20 ? [tooMany(`${path}.rules`, rules.length, 20)] : []
  const completions = spec.completions ?? 0
  return [...out, ...each(rules, `${path}.rules`, (r, at) => {
    const errs: Errors = []
    if (r.succeededCount === undefined && r.succeededIndexes === undefined) errs.push(required(at, 'at least one of succeededCount or succeededIndexes must be specified'))
    let indexes: number | undefined
    if (r.succeededIndexes !== undefined) {
      if (r.succeededIndexes.length > MAX_INDEXES_LENGTH) errs.push(tooLong(`${at}.succeededIndexes`, MAX_INDEXES_LENGTH))
      const parsed = countIndexes(r.succeededIndexes, completions)
      if (typeof parsed === 'string') errs.push(invalid(`${at}.succeededIndexes`, r.succeededIndexes, `error parsing succeededIndexes: ${parsed}`))
      indexes = typeof parsed === 'number' ? parsed : 0
    }
    if (r.succeededCount !== undefined) {
      errs.push(...nonNegative(`${at}.succeededCount`, r.succeededCount))
      if (r.succeededCount > completions) errs.push(invalid(`${at}.succeededCount`, r.succeededCount, `must be less than or equal to ${completions} (the number of specified completions)`))
      if (indexes !== undefined && r.succeededCount > indexes) errs.push(invalid(`${at}.succeededCount`, r.succeededCount, `must be less than or equal to ${indexes} (the number of indexes in the specified succeededIndexes field)`))
    }
    return errs
  })]
}

/** How many indexes `0,2-4` names; a text says why it names none. */
export function countIndexes(text: string, completions: number): number | string {
  const ranges = parseIndexes(text, completions)
  return typeof ranges === 'string' ? ranges : ranges.reduce((n, [first, last]) => n + last - first + 1, 0)
}

type Range = readonly [first: number, last: number]

/** The ranges that are named; none where the text is wrong. */
export function indexesOf(text: string, completions: number): readonly Range[] {
  const ranges = parseIndexes(text, completions)
  return typeof ranges === 'string' ? [] : ranges
}

function parseIndexes(text: string, completions: number): Range[] | string {
  const out: Range[] = []
  if (text === '') return out
  let last: number | undefined
  for (const part of text.split(',')) {
    const ends = part.split('-')
    if (ends.length > 2) return `the fragment ${JSON.stringify(part)} violates the requirement that an index interval can have at most two parts separated by '-'`
    const numbers: number[] = []
    for (const e of ends) {
      if (!/^[+-]?\d+$/.test(e)) return `cannot convert string to integer for index: ${JSON.stringify(e)}`
      const n = Number(e)
      if (n >= completions) return `too large index: ${JSON.stringify(e)}`
      numbers.push(n)
    }
    const [first, end = first] = numbers as [number, number?]
    if (last !== undefined && last >= first) return `non-increasing order, previous: ${last}, current: ${first}`
    if (numbers.length > 1 && first >= (end ?? first)) return `non-increasing order, previous: ${first}, current: ${end}`
    out.push([first, end!])
    last = end
  }
  return out
}
