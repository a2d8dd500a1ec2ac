#!/usr/bin/env node
// Entry of the `drydock` command on any Node from 18: makes sure that what the command needs is there, then hands over to
// the command itself (src/main.ts), which runs on Node 24.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ensureAll, ensureNode, ensureWorkspace, SetupError, root, toolEnvironment } from '../setup/steps.mjs'

const args = process.argv.slice(2)
// What only asks or explains must not install a whole machine first.
const light = args.length === 0 || args.includes('--help') || args.includes('-h') || ['doctor', 'help', 'completion', 'version'].includes(args[0])
try {
  let node
  if (light) { node = await ensureNode(); await ensureWorkspace() } else ({ node } = await ensureAll())
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(root, 'deploy/cli/src/main.ts'), ...args], { stdio: 'inherit', env: toolEnvironment() })
  for (const s of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(s, () => child.kill(s))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
} catch (e) {
  if (!(e instanceof SetupError)) throw e
  console.error(`drydock: ${e.message}`)
  process.exit(1)
}
