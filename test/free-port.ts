import { once } from 'node:events'
import { createServer } from 'node:net'

/** A port of the loopback: free when asked; nobody else on this machine is likely to take it before we do. */
export async function freePort(): Promise<number> {
  const s = createServer().listen(0, '127.0.0.1')
  await once(s, 'listening')
  const { port } = s.address() as { port: number }
  s.close()
  await once(s, 'close')
  return port
}
