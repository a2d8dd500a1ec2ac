#!/usr/bin/env node
// Entry of the `drydock` command on any Node from 18: makes sure that what the command needs is there, then hands over to
// the command itself, which runs on Node 24: its bundle, or its source (src/main.ts) where that is newer.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs'
import module from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureAll, ensureNode, ensureWorkspace, SetupError, root, toolEnvironment } from '../setup/steps.mjs'

const args = process.argv.slice(2)
// What only asks or explains must not install a whole machine first.
const light = args.length === 0 || args.includes('--help') || args.includes('-h') || ['doctor', 'help', 'completion', 'version'].includes(args[0])

/** The command's bundle if it is newer than everything that went into it. */
function entry() {
  const bundle = join(root, 'dist/cli.mjs'), source = join(root, 'deploy/cli/src/main.ts')
  if (!existsSync(bundle)) return source
  const made = statSync(bundle).mtimeMs
  const older = (folder) => readdirSync(folder, { withFileTypes: true }).every((e) => (e.isDirectory() ? older(join(folder, e.name)) : statSync(join(folder, e.name)).mtimeMs <= made))
  return ['deploy/cli/src', 'deploy/cli/setup', 'packages/base/src', 'packages/bus/src'].every((f) => older(join(root, f))) ? bundle : source
}

try {
  let node
  if (light) { node = await ensureNode(); await ensureWorkspace() } else ({ node } = await ensureAll())
  const file = entry()
  if (realpathSync(node) === realpathSync(process.execPath)) {
    // This is the Node that the command wants: a second one would only cost time.
    process.env.PATH = toolEnvironment().PATH
    process.argv[1] = file
    process.removeAllListeners('warning')
    module.enableCompileCache(join(root, 'dist/.compile-cache'))
    await import(pathToFileURL(file).href)
  } else {
    const child = spawn(node, ['--disable-warning=ExperimentalWarning', file, ...args], { stdio: 'inherit', env: { ...toolEnvironment(), NODE_COMPILE_CACHE: join(root, 'dist/.compile-cache') } })
    for (const s of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(s, () => child.kill(s))
    child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
  }
} catch (e) {
  if (!(e instanceof SetupError)) throw e
  console.error(`drydock: ${e.message}`)
  process.exit(1)
}
