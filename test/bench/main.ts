/**
 * Runs the benches: each figure beside a limit measured in the same run, medians of five. Writes test/bench/report/<time>.json
 * and .md. Names of benches as arguments run these alone: npm run bench -- pods cold-start
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { measured, met, type Bench, type Figure } from './measure.ts'

const folder = join(import.meta.dirname, 'cases'), known = readdirSync(folder).filter((f) => f.endsWith('.ts')).map((f) => f.slice(0, -3)).sort()
const wanted = process.argv.slice(2)
for (const w of wanted) if (!known.includes(w)) { console.error(`there is no bench "${w}"; there are ${known.join(', ')}`); process.exit(2) }

const round = (n: number) => Number(n.toPrecision(3))
const row = (f: Figure) => `| ${f.name} | ${round(f.value)} ${f.unit} | ${f.limit ? `${round(f.limit.value)} ${f.unit} (${f.limit.name})` : ''} | ${f.limit ? round(measured(f)) : ''} | ${f.target ? (f.target.atMost === undefined ? `≥ ${f.target.atLeast}` : `≤ ${f.target.atMost}`) : ''} | ${met(f) === undefined ? '' : met(f) ? 'met' : 'missed'} |`
const report: Record<string, Figure[]> = {}
const head = '| figure | value | against | ratio | bar | |\n|---|---|---|---|---|---|'
let failed = false
for (const name of wanted.length ? wanted : known) {
  console.error(`── ${name}`)
  try {
    const { bench } = await import(join(folder, `${name}.ts`)) as { bench: Bench }
    report[name] = await bench((l) => console.error(`   ${l}`))
    console.log([`\n${name}`, head, ...report[name].map(row)].join('\n'))
  } catch (e) { failed = true; console.error(`   failed: ${(e as Error).stack}`) }
}
const at = new Date(performance.timeOrigin + performance.now()).toISOString().replace(/[:.]/g, '-').slice(0, 19), out = join(import.meta.dirname, 'report')
mkdirSync(out, { recursive: true })
writeFileSync(join(out, `${at}.json`), JSON.stringify(report, null, 1))
writeFileSync(join(out, `${at}.md`), Object.entries(report).map(([n, l]) => [`## ${n}`, head, ...l.map(row)].join('\n')).join('\n\n') + '\n')
console.error(`report: ${join(out, `${at}.md`)}`)
process.exit(failed ? 1 : 0)
