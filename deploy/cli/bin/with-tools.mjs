#!/usr/bin/env node
// Runs a command with Node 24, pnpm and the workspace's tools on PATH, after installing what is missing.
import { spawn } from 'node:child_process'
import { ensureAll, SetupError, root, toolEnvironment } from '../setup/steps.mjs'

try {
  await ensureAll()
  const [command, ...args] = process.argv.slice(2)
  if (!command) process.exit(0)
  const child = spawn(command, args, { stdio: 'inherit', cwd: root, env: toolEnvironment() })
  for (const s of ['SIGINT', 'SIGTERM']) process.on(s, () => child.kill(s))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
} catch (e) {
  if (!(e instanceof SetupError)) throw e
  console.error(`setup: ${e.message}`)
  process.exit(1)
}
