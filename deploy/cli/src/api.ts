/** The few calls that the command itself makes to a cluster's API, over REST with the administrator's certificate. */
import { Agent, request } from 'node:https'
import { connect } from 'node:net'
import { createSecureContext } from 'node:tls'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { realClock } from '@drydock/base'
import { layoutOf } from './cluster.ts'
import type { ClusterConfig } from './config.ts'

export interface Answer { status: number, text: string, json(): any }

export class Api {
  readonly #agent: Agent
  readonly #port: number
  readonly #hopeless: () => Promise<string | undefined>
  constructor(c: ClusterConfig, hopeless: () => Promise<string | undefined> = async () => undefined) {
    this.#hopeless = hopeless
    const l = layoutOf(c), pem = (f: string) => readFileSync(join(l.folder, 'pki', f))
    // One context for all connections: making one costs more than the handshake that fails while nobody listens yet.
    this.#agent = new Agent({ keepAlive: true, secureContext: createSecureContext({ ca: pem('ca.crt'), cert: pem('admin.crt'), key: pem('admin.key') }) })
    this.#port = l.port.apiserver(0)
  }

  call(method: string, path: string, body?: object | string, type = 'application/json', timeoutMs = 10_000): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const data = body === undefined ? undefined : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
      const r = request({ host: '127.0.0.1', port: this.#port, method, path, agent: this.#agent, timeout: timeoutMs, headers: { accept: 'application/json', 'user-agent': 'drydock', ...(data && { 'content-type': type, 'content-length': data.length }) } }, (res) => {
        const b: Buffer[] = []
        res.on('data', (d: Buffer) => b.push(d)); res.on('error', reject)
        res.on('end', () => { const text = Buffer.concat(b).toString(); resolve({ status: res.statusCode ?? 0, text, json: () => JSON.parse(text) as unknown }) })
      })
      r.on('error', reject); r.on('timeout', () => r.destroy(new Error(`no answer to ${method} ${path} within ${timeoutMs} ms`)))
      r.end(data)
    })
  }

  /** Calls `look` until it is true; refused connections count as not yet. `hopeless`, asked every second, may say why it never will be. */
  async until(what: string, look: () => Promise<boolean>, withinMs: number, everyMs = 25): Promise<void> {
    let last = '', asked = realClock.monotonic()
    for (const end = realClock.monotonic() + withinMs; ;) {
      try { if (await look()) return; last = '' } catch (e) { last = (e as Error).message }
      if (realClock.monotonic() - asked > 1_000) {
        const why = await this.#hopeless()
        if (why) throw new Error(`${what} does not come up: ${why}`)
        asked = realClock.monotonic()
      }
      if (realClock.monotonic() > end) throw new Error(`${what}: not within ${withinMs / 1000} s${last ? ` (${last})` : ''}`)
      await realClock.sleep(everyMs)
    }
  }

  async ready(withinMs = 30_000): Promise<void> {
    // A bare connection first, which costs next to nothing while the processors are wanted elsewhere.
    await this.until('the API', () => this.#listens(), withinMs, 10)
    await this.until('the API', async () => (await this.call('GET', '/readyz', undefined, undefined, 2_000)).status === 200, withinMs, 10)
  }

  #listens(): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const s = connect({ host: '127.0.0.1', port: this.#port }, () => { s.destroy(); resolve(true) }).on('error', reject)
    })
  }

  /** Makes an object; answers whether it was not there before. */
  async create(path: string, object: object): Promise<boolean> {
    const a = await this.call('POST', `${path.slice(0, path.lastIndexOf('/'))}?fieldManager=drydock`, object)
    if (a.status >= 300 && a.status !== 409) throw new Error(`POST ${path}: ${a.status} ${a.text.slice(0, 300)}`)
    return a.status !== 409
  }

  /** Makes an object, or brings the one there to what is given. */
  async apply(path: string, object: object): Promise<void> {
    if (await this.create(path, object)) return
    const a = await this.call('PATCH', `${path}?fieldManager=drydock`, object, 'application/merge-patch+json')
    if (a.status >= 300) throw new Error(`PATCH ${path}: ${a.status} ${a.text.slice(0, 300)}`)
  }

  close(): void { this.#agent.destroy() }
}
