/**
 * Whether what `--set` says can be said at all: the process is one of the cluster's and knows the flag by its own help.
 * Found out before anything starts, instead of by a process that keeps ending.
 */
import { exec } from '@drydock/base'
import { UsageError, componentNames, didYouMean, type ClusterConfig } from './config.ts'
import type { ProcessSpec } from './processes.ts'

/** The long flags in a program's help, ours, etcd's, containerd's or nats-server's. */
export const flagsIn = (help: string): string[] => [...new Set([...help.matchAll(/^\s*(?:-\w{1,3}, *)?(?:-\w+, *)*--([A-Za-z0-9][A-Za-z0-9_-]*)/gm)].map((m) => m[1]!))]

/** Throws one clear line for the first process or flag that there is not. */
export async function checkSet(c: ClusterConfig, specs: readonly ProcessSpec[]): Promise<void> {
  for (const [name, flags] of Object.entries(c.set)) {
    const names = [...new Set([...specs.map((p) => p.component), ...specs.map((p) => p.name)])]
    // What a component is told holds where it runs; whether it does is another question.
    const spec = specs.find((p) => p.name === name || p.component === name)
    if (!spec) {
      if ((componentNames as readonly string[]).includes(name)) continue
      throw new UsageError(`--set ${name}.…: there is no process "${name}"${didYouMean(name, names)}; there are ${names.join(', ')}`)
    }
    const known = flagsIn(await help(spec))
    for (const f of Object.keys(flags)) if (!known.includes(f)) throw new UsageError(`--set ${name}.${f}: ${name} knows no flag --${f}${didYouMean(f, known)}; its flags are ${known.join(', ')}`)
  }
}

// Some end with an error code after their help, and some print it to standard error.
async function help(p: ProcessSpec): Promise<string> {
  const script = p.args.find((a) => a.endsWith('.mjs')), before = script ? p.args.slice(0, p.args.indexOf(script) + 1) : []
  return exec('/bin/sh', ['-c', '"$@" --help 2>&1; true', 'sh', p.command, ...before], {})
}
