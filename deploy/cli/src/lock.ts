/**
 * A lock that ends with its holder, however that ends: an abstract Unix socket, whose name the kernel gives to one process
 * at a time. It holds between processes of one user in one network namespace.
 */
import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import type { Clock } from '@drydock/base'

/** Answers how to free it, or undefined where another process holds it. */
export function tryLock(what: string): Promise<(() => void) | undefined> {
  const name = `\0drydock-${process.getuid?.() ?? 0}-${createHash('sha256').update(what).digest('hex').slice(0, 24)}`
  return new Promise((resolve, reject) => {
    // Nobody is meant to connect; it must not keep the process alive either.
    const server = createServer((s) => s.destroy()).unref()
    server.on('error', (e: NodeJS.ErrnoException) => { if (e.code === 'EADDRINUSE') resolve(undefined); else reject(e) })
    server.listen(name, () => resolve(() => server.close()))
  })
}

/** Waits for the lock, runs, frees it. For work of milliseconds. */
export async function locked<T>(what: string, clock: Clock, work: () => T | Promise<T>, withinMs = 10_000): Promise<T> {
  for (const end = clock.monotonic() + withinMs; ; await clock.sleep(10)) {
    const free = await tryLock(what)
    if (free) try { return await work() } finally { free() }
    if (clock.monotonic() > end) throw new Error(`another \`drydock\` command holds ${what}: try again when it has ended`)
  }
}
