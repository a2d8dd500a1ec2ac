/**
 * Runs the parts of the test suite one after another, each to its end, and closes with one line: `N passed, N failed`.
 * Types and lint count as one test each. Exit code 1 when anything failed.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The longest that one part may take; a hang must not hold up who waits for the answer. */
const partLimitMs = 20 * 60_000

interface Outcome { passed: number, failed: number, skipped: number }
const scratch = mkdtempSync(join(tmpdir(), 'drydock-test-'))

const run = (command: string, args: string[]) => new Promise<number>((resolve) => {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], timeout: partLimitMs })
  child.on('error', (e) => { console.error(`${command}: ${e.message}`); resolve(127) })
  child.on('exit', (code, signal) => { if (signal) console.error(`${command} was ended by ${signal}`); resolve(code ?? 1) })
})

const one = async (command: string, args: string[]): Promise<Outcome> => {
  const ok = await run(command, args) === 0
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 }
}

async function suite(project: string): Promise<Outcome> {
  const file = join(scratch, `${project}.json`)
  const code = await run('vitest', ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`])
  try {
    const r = JSON.parse(readFileSync(file, 'utf8')) as { numPassedTests: number, numFailedTests: number, numPendingTests: number, success: boolean }
    // A file that cannot be loaded fails without a failed test in it.
    return { passed: r.numPassedTests, failed: Math.max(r.numFailedTests, r.success && code === 0 ? 0 : 1), skipped: r.numPendingTests }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

const parts: Record<string, () => Promise<Outcome>> = {
  types: () => one('tsc', ['-b']),
  lint: () => one('oxlint', ['--deny-warnings']),
  unit: () => suite('unit'),
  integration: () => suite('integration'),
  parity: () => suite('parity'),
  e2e: () => suite('e2e'),
}
const wanted = process.argv.slice(2)
for (const w of wanted) if (!parts[w]) { console.error(`there is no part "${w}"; there are ${Object.keys(parts).join(', ')}`); process.exit(2) }

const total: Outcome = { passed: 0, failed: 0, skipped: 0 }
for (const name of wanted.length ? wanted : Object.keys(parts)) {
  console.log(`\n── ${name}`)
  const t = performance.now(), o = await parts[name]!()
  console.log(`── ${name}: ${o.passed} passed, ${o.failed} failed (${((performance.now() - t) / 1000).toFixed(1)} s)`)
  total.passed += o.passed; total.failed += o.failed; total.skipped += o.skipped
}
rmSync(scratch, { recursive: true, force: true })
if (total.skipped) console.log(`\n${total.skipped} skipped`)
console.log(`\n${total.passed} passed, ${total.failed} failed`)
process.exit(total.failed ? 1 : 0)
