/** Load on an apiserver of this machine: keep-alive HTTPS with a client certificate, from this process. */
import { Agent, request } from 'node:https'
import { realClock } from '@drydock/base'

/** Calls `work` n times, so many at once; answers calls per second. */
export async function flood(n: number, at: number, work: (i: number) => Promise<unknown>): Promise<number> {
  let i = 0
  const t = realClock.monotonic()
  await Promise.all(Array.from({ length: at }, async () => { for (let k = i++; k < n; k = i++) await work(k) }))
  return n / ((realClock.monotonic() - t) / 1000)
}

export interface ApiLoad {
  /** The answer's text; of large ones the first 64 KiB. */
  call(method: string, path: string, body?: object, o?: { port?: number }): Promise<string>
  /** Calls with the number of events that came; returns what ends it. Resolves when it has begun. */
  watch(path: string, onEvents: (n: number) => void): Promise<() => void>
}

const keptBytes = 64 << 10, newline = 10

export function apiLoad(port: number, tls: { ca: Buffer, cert: Buffer, key: Buffer }): ApiLoad {
  const agent = new Agent({ keepAlive: true, maxSockets: 2000, ...tls }), host = '127.0.0.1'
  return {
    call: (method, path, body, o) => new Promise((resolve, reject) => {
      const data = body && Buffer.from(JSON.stringify(body)), type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
      const r = request({ host, port: o?.port ?? port, method, path, agent, ...(data && { headers: { 'content-type': type, 'content-length': data.length } }) }, (res) => {
        const held: Buffer[] = []
        let size = 0
        res.on('data', (d: Buffer) => { size += d.length; if (size <= keptBytes) held.push(d) }).on('error', reject)
        res.on('end', () => (res.statusCode! < 300 ? resolve(Buffer.concat(held).toString()) : reject(new Error(`${method} ${path}: ${res.statusCode} ${Buffer.concat(held).toString()}`))))
      })
      r.on('error', reject)
      r.end(data)
    }),
    watch: (path, onEvents) => new Promise((resolve, reject) => {
      const r = request({ host, port, path, agent }, (res) => {
        res.on('data', (d: Buffer) => {
          let n = 0
          for (let i = d.indexOf(newline); i >= 0; i = d.indexOf(newline, i + 1)) n++
          onEvents(n)
        }).on('error', () => {})
        resolve(() => r.destroy())
      })
      r.on('error', reject)
      r.end()
    }),
  }
}
