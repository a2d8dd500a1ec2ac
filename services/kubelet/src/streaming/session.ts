/** exec and attach: the streams of remotecommand v4 to the runtime, as callbacks and a final metav1.Status. */
import type { Status } from '@drydock/api'
import type { SpdyStream } from '@drydock/proto/spdy'
import { upgrade } from './upgrade.ts'

export interface SessionFlags { stdin: boolean, stdout: boolean, stderr: boolean, tty: boolean }
export interface Session {
  /** Resolves when the runtime wants more. */ write(d: Buffer): Promise<void>
  closeStdin(): void
  resize(width: number, height: number): void
  /** The end: exit codes come as Status with reason NonZeroExitCode. */ readonly done: Promise<Status>
  close(): void
}
/** Called with output; the promise holds the runtime back. */
export type Output = (stream: 'stdout' | 'stderr', d: Buffer) => Promise<void>

export async function openSession(url: string, f: SessionFlags, output: Output, signal: AbortSignal): Promise<Session> {
  const { connection } = await upgrade(url, ['v4.channel.k8s.io'], signal)
  const errors = connection.open({ streamtype: 'error' })
  errors.end()
  const stdin = f.stdin ? connection.open({ streamtype: 'stdin' }) : undefined
  const stdout = f.stdout ? connection.open({ streamtype: 'stdout' }) : undefined
  const stderr = f.stderr && !f.tty ? connection.open({ streamtype: 'stderr' }) : undefined
  const sizes = f.tty ? connection.open({ streamtype: 'resize' }) : undefined
  stdout?.end()
  stderr?.end()
  stdin?.resume()
  sizes?.resume()
  const copy = async (s: SpdyStream | undefined, name: 'stdout' | 'stderr') => { if (s) try { for await (const d of s) await output(name, d as Buffer) } catch { /* the connection ended */ } }
  const status = (async (): Promise<Status> => {
    const parts: Buffer[] = []
    try { for await (const d of errors) parts.push(d as Buffer) } catch { /* the connection ended */ }
    const text = Buffer.concat(parts).toString()
    if (!text) return { metadata: {}, status: 'Success' }
    try { return JSON.parse(text) as Status } catch { return { metadata: {}, status: 'Failure', message: text, reason: 'InternalError' } }
  })()
  const done = Promise.all([status, copy(stdout, 'stdout'), copy(stderr, 'stderr')]).then(([s]) => { connection.close(); return s })
  signal.addEventListener('abort', () => connection.close(), { once: true })
  return {
    write: (d) => new Promise((resolve) => { if (!stdin || stdin.destroyed) return resolve(); stdin.write(d, () => resolve()) }),
    closeStdin() { stdin?.end() },
    resize(width, height) { sizes?.write(Buffer.from(`${JSON.stringify({ Width: width, Height: height })}\n`)) },
    done,
    close() { connection.close() },
  }
}
