/** Runs other programs. */
import { spawn } from 'node:child_process'

/** Longest output kept of a program, in bytes; more is an error. */
const maxOutputBytes = 256 * 1024 * 1024

/** Runs a program with text on its standard input, resolves to its output, throws with its own words. A parameter of who needs one. */
export type Exec = (file: string, args: readonly string[], o: { input?: string, signal?: AbortSignal }) => Promise<string>

export const exec: Exec = (file, args, o) => new Promise((resolve, reject) => {
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], ...(o.signal && { signal: o.signal }) })
  const out: Buffer[] = []
  const err: Buffer[] = []
  let size = 0
  child.stdout.on('data', (b: Buffer) => {
    size += b.length
    if (size > maxOutputBytes) child.kill('SIGKILL')
    else out.push(b)
  })
  child.stderr.on('data', (b: Buffer) => { if (err.length < 64) err.push(b) })
  child.on('error', reject)
  child.on('close', (code, killed) => {
    if (code === 0) resolve(Buffer.concat(out).toString())
    else reject(new Error(`${file} ${args.join(' ')}: ${Buffer.concat(err).toString().trim().slice(0, 2000) || (killed ?? `exit code ${code}`)}`))
  })
  // A program that ends early closes its input: its exit code tells more than the broken pipe.
  child.stdin.on('error', () => {})
  child.stdin.end(o.input ?? '')
})
