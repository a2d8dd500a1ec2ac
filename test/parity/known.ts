/**
 * What is known to differ from the recorded answers, by family, case and step (known-differences.json). `compare` runs one of
 * the runners and says which differences are new and which are gone.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** family → case → steps that differ. */
export type Differences = Record<string, Record<string, string[]>>

/** Of one family: how many answers (or scenarios) there were, how many are the same, and each case's differences. */
interface Family { all: number, same: number, differences: Record<string, string[]> }
type Report = Record<string, Family>

interface AnswersReport { [family: string]: { answers: number, sameAnswers: number, differences: Record<string, string[]> } }
interface ScenariosReport { [scenario: string]: { passed: boolean, differences: string[] } }

const file = join(import.meta.dirname, 'known-differences.json')

export interface Outcome {
  /** Families, with how many answers (or scenarios) are the same of how many. */ figures: string[]
  /** Differences that nobody knew of, each with what it said first. */ unknown: string[]
  /** Known differences that did not show. */ gone: string[]
}

/** The part of a difference that stays when its words change: the step, or what was compared of a scenario. */
const step = (line: string): string => /^(.*?): /.exec(line)?.[1] ?? line

function families(r: ScenariosReport): Report {
  const out: Report = {}
  for (const [path, s] of Object.entries(r)) {
    const [family = '', name = ''] = path.split('/'), f = (out[family] ??= { all: 0, same: 0, differences: {} })
    f.all++
    if (s.passed) f.same++
    else f.differences[name] = s.differences
  }
  return out
}
const answers = (r: AnswersReport): Report => Object.fromEntries(Object.entries(r).map(([f, { answers: all, sameAnswers: same, differences }]) => [f, { all, same, differences }]))

export type Runner = 'parity.mjs' | 'scenarios.mjs'

async function report(runner: Runner, args: readonly string[]): Promise<Report> {
  const scratch = mkdtempSync(join(tmpdir(), 'drydock-parity-')), out = join(scratch, 'report.json')
  try {
    const child = spawn(process.execPath, [join(import.meta.dirname, runner), 'check', ...args, '--show', '0', '--out', out], { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    for (const s of [child.stdout, child.stderr]) s.on('data', (d: Buffer) => { said = (said + d.toString()).slice(-4000) })
    const [code] = await once(child, 'exit') as [number | null]
    if (code !== 0 && code !== 1) throw new Error(`${runner} ended with ${code}: ${said}`)
    const r: unknown = JSON.parse(readFileSync(out, 'utf8'))
    return runner === 'parity.mjs' ? answers(r as AnswersReport) : families(r as ScenariosReport)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** So many cases that differ are worth another run; more are no accident. */
const maxSuspects = 40, moreRuns = 2

/**
 * Runs `runner` with `args` (how to reach the server, which families). A case with a difference that nobody knows of is run
 * again, alone, and counts when it still has one.
 */
export async function compare(runner: Runner, args: readonly string[], wanted: readonly string[]): Promise<Outcome> {
  const all = JSON.parse(readFileSync(file, 'utf8')) as Differences
  const isNew = (family: string, name: string, line: string) => !all[family]?.[name]?.includes(step(line))
  const result = await report(runner, [...args, ...wanted])
  for (let run = 0; run < moreRuns; run++) {
    const suspects = Object.entries(result).flatMap(([f, r]) => Object.entries(r.differences).filter(([n, lines]) => lines.some((l) => isNew(f, n, l))).map(([n]) => [f, n] as const))
    if (!suspects.length || suspects.length > maxSuspects) break
    const again = await report(runner, [...args, '--concurrency', '1', ...suspects.map(([f, n]) => `${f}/${n}`)])
    for (const [f, n] of suspects) result[f]!.differences[n] = again[f]?.differences[n] ?? []
  }
  const found: Differences = {}, unknown: string[] = [], gone: string[] = []
  for (const [f, r] of Object.entries(result)) {
    for (const [n, lines] of Object.entries(r.differences)) {
      if (lines.length) (found[f] ??= {})[n] = [...new Set(lines.map(step))]
      unknown.push(...lines.filter((l) => isNew(f, n, l)).map((l) => `${f}/${n}: ${l}`))
    }
    for (const [n, steps] of Object.entries(all[f] ?? {})) gone.push(...steps.filter((s) => !found[f]?.[n]?.includes(s)).map((s) => `${f}/${n}: ${s}`))
  }
  if (process.env.UPDATE_KNOWN) writeFileSync(file, JSON.stringify({ ...all, ...Object.fromEntries(Object.keys(result).map((f) => [f, found[f] ?? {}])) }, null, 1) + '\n')
  return { figures: Object.entries(result).map(([f, r]) => `${f} ${r.same} of ${r.all}`), unknown, gone }
}

/** Shows the figures and what may be struck out; the differences that nobody knew of are the test's verdict. */
export function verdict(o: Outcome): string[] {
  console.log(o.figures.join('\n'))
  if (o.gone.length) console.log(`known-differences.json has ${o.gone.length} steps that no longer differ, such as ${o.gone.slice(0, 3).join('; ')}`)
  return process.env.UPDATE_KNOWN ? [] : o.unknown.slice(0, 30)
}
