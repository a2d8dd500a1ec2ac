/**
 * A control plane for tests of what crosses processes: real etcd, real nats-server with the permissions of production, and
 * any number of apiservers as processes, all on free ports of the loopback and under one scratch folder. Everything can be
 * killed and started again by itself. `stop` leaves nothing behind.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync, openSync, closeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { silentLogger } from '@drydock/base'
import { BusConnection, natsPermissions } from '@drydock/bus'
import { type Client, createClient, createInformerFactory, type InformerFactory, type TlsMaterial } from '@drydock/client'
import { realClock } from '@drydock/base'
import { type Authority, authority, certificate, serviceAccountKey } from '../../deploy/cli/src/pki.ts'
import { freePort } from '../free-port.ts'

const apiserverMain = fileURLToPath(new URL('../../services/apiserver/main.ts', import.meta.url))

/** Polls until it is true; fails after the deadline with what `what` says. */
export async function until(check: () => boolean | Promise<boolean>, what: string, timeoutMs = 20_000): Promise<void> {
  const end = performance.now() + timeoutMs
  for (;;) {
    try { if (await check()) return } catch { /* not yet */ }
    if (performance.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await realClock.sleep(20)
  }
}

class Process {
  readonly #start: () => ChildProcess
  #child: ChildProcess | undefined
  constructor(start: () => ChildProcess) { this.#start = start; this.start() }
  get pid(): number | undefined { return this.#child?.pid }
  start(): void { this.#child = this.#start() }
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }
  /** The process stands still, as on a machine that hangs. */
  pause(): void { this.#child?.kill('SIGSTOP') }
  resume(): void { this.#child?.kill('SIGCONT') }
}

export interface RigOptions { apiservers?: number, nats?: boolean, apiserverFlags?: readonly string[] }
export interface Component { client: Client, informers: InformerFactory, bus: BusConnection, stop(): Promise<void> }

export class Rig {
  readonly folder = mkdtempSync(join(tmpdir(), 'drydock-rig-'))
  readonly #components = new Set<Component>()
  #ca!: Authority
  etcd!: Process
  nats: Process | undefined
  readonly apiservers: Process[] = []
  readonly restPorts: number[] = []
  readonly grpcPorts: number[] = []
  natsPort = 0
  #etcdPort = 0

  static async start(o: RigOptions = {}): Promise<Rig> {
    const rig = new Rig()
    try { await rig.#start(o) } catch (e) { await rig.stop(); throw e }
    return rig
  }

  async #start(o: RigOptions): Promise<void> {
    mkdirSync(this.#pki())
    this.#ca = await authority(this.#pki(), 'drydock-test-ca', Date.now())
    const hosts = ['127.0.0.1', 'localhost']
    await this.#certificate('apiserver', 'kube-apiserver', { hosts })
    await this.#certificate('nats', 'nats', { hosts })
    await this.#certificate('apiserver-nats', 'kube-apiserver-nats-client', {})
    await this.#certificate('admin', 'admin', { organizations: ['system:masters'] })
    await this.#certificate('scheduler', 'system:kube-scheduler', {})
    await this.#certificate('controller-manager', 'system:kube-controller-manager', {})
    for (const n of ['a', 'b']) await this.#certificate(`kubelet-${n}`, `system:node:node-${n}`, { organizations: ['system:nodes'] })
    serviceAccountKey(this.#pki())
    this.#etcdPort = await freePort()
    const peer = await freePort(), url = `http://127.0.0.1:${this.#etcdPort}`, peerUrl = `http://127.0.0.1:${peer}`
    this.etcd = this.#process('etcd', 'etcd', ['--name', 't', '--data-dir', join(this.folder, 'etcd'), '--listen-client-urls', url, '--advertise-client-urls', url, '--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl, '--initial-cluster', `t=${peerUrl}`, '--unsafe-no-fsync'])
    if (o.nats !== false) await this.#startNats()
    for (let i = 0; i < (o.apiservers ?? 1); i++) await this.#startApiserver(i, o.apiserverFlags ?? [])
    await Promise.all(this.grpcPorts.map((_p, i) => this.ready(i)))
  }

  /** etcd, for tests that do to it what only an operator does. */
  get etcdUrl(): string { return `http://127.0.0.1:${this.#etcdPort}` }
  #pki(): string { return join(this.folder, 'pki') }
  #certificate(name: string, commonName: string, o: { hosts?: string[], organizations?: string[] }): Promise<void> { return certificate(this.#pki(), this.#ca, { name, commonName, ...o }, Date.now()) }
  pem(name: string): TlsMaterial {
    const read = (f: string) => readFileSync(join(this.#pki(), f))
    return { ca: read('ca.crt'), cert: read(`${name}.crt`), key: read(`${name}.key`) }
  }

  #process(name: string, command: string, args: readonly string[]): Process {
    return new Process(() => {
      const log = openSync(join(this.folder, `${name}.log`), 'a')
      const child = spawn(command, args, { stdio: ['ignore', log, log] })
      closeSync(log)
      child.on('error', () => {})
      return child
    })
  }

  async #startNats(): Promise<void> {
    this.natsPort = await freePort()
    const users = [['apiserver', 'CN=kube-apiserver-nats-client', ''], ['scheduler', 'CN=system:kube-scheduler', ''], ['controller-manager', 'CN=system:kube-controller-manager', ''],
      ['kubelet', 'CN=system:node:node-a,O=system:nodes', 'node-a'], ['kubelet', 'CN=system:node:node-b,O=system:nodes', 'node-b'], ['controller-manager', 'CN=admin,O=system:masters', '']] as const
    const lines = users.map(([component, user, node]) => {
      const p = natsPermissions(component, node)
      return `{ user: ${JSON.stringify(user)}, permissions: { publish: { allow: ${JSON.stringify(p.publish)} }, subscribe: { allow: ${JSON.stringify(p.subscribe)} } } }`
    })
    const pki = this.#pki(), file = join(this.folder, 'nats.conf')
    writeFileSync(file, `listen: "127.0.0.1:${this.natsPort}"\nmax_payload: 8388608\ntls { cert_file: "${pki}/nats.crt", key_file: "${pki}/nats.key", ca_file: "${pki}/ca.crt", verify_and_map: true, timeout: 5 }\nauthorization { users = [\n${lines.join('\n')}\n] }\n`)
    this.nats = this.#process('nats', 'nats-server', ['-c', file])
  }

  async #startApiserver(i: number, flags: readonly string[]): Promise<void> {
    const pki = this.#pki()
    this.restPorts[i] = await freePort()
    this.grpcPorts[i] = await freePort()
    this.apiservers[i] = this.#process(`apiserver-${i}`, process.execPath, [apiserverMain,
      `--etcd-servers=http://127.0.0.1:${this.#etcdPort}`, `--secure-port=${this.restPorts[i]}`, `--grpc-port=${this.grpcPorts[i]}`, `--tls-cert-file=${pki}/apiserver.crt`, `--tls-private-key-file=${pki}/apiserver.key`,
      `--client-ca-file=${pki}/ca.crt`, '--service-account-issuer=https://kubernetes.default.svc.cluster.local', `--service-account-key-file=${pki}/sa.pub`, `--service-account-signing-key-file=${pki}/sa.key`, '--disable-admission-plugins=ServiceAccount', ...(this.nats ? [`--nats-servers=127.0.0.1:${this.natsPort}`, `--nats-cafile=${pki}/ca.crt`, `--nats-certfile=${pki}/apiserver-nats.crt`, `--nats-keyfile=${pki}/apiserver-nats.key`] : []), ...flags])
  }

  /** Resolves once this apiserver answers. */
  async ready(i: number): Promise<void> {
    const { request } = await import('node:https')
    const { ca, cert, key } = this.pem('admin')
    await until(() => new Promise<boolean>((resolve) => {
      const r = request({ host: '127.0.0.1', port: this.restPorts[i], path: '/readyz', ca, cert, key, timeout: 1000 }, (answer) => { answer.resume(); resolve(answer.statusCode === 200) })
      r.on('error', () => resolve(false)).end()
    }), `apiserver ${i} ready; see ${this.folder}/apiserver-${i}.log`, 30_000)
  }

  /** A component under the certificate of that name, on the bus and on these apiservers (default: all). */
  component(name = 'admin', apiservers: readonly number[] = this.grpcPorts.map((_p, i) => i)): Component {
    const tls = this.pem(name), log = silentLogger, stopping = new AbortController()
    const client = createClient({ servers: apiservers.map((i) => `127.0.0.1:${this.grpcPorts[i]}`), tls, userAgent: `test-${name}`, keepaliveMs: 1000 })
    const bus = new BusConnection({ servers: [`127.0.0.1:${this.natsPort}`], tls, name, clock: realClock, log })
    const informers = createInformerFactory({ client, ...(this.nats && { bus }), log })
    const running = informers.run(stopping.signal)
    const component: Component = {
      client, informers, bus,
      stop: async () => {
        this.#components.delete(component)
        stopping.abort(new Error('the test is over'))
        await running.catch(() => {})
        client.close()
      },
    }
    this.#components.add(component)
    return component
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#components].map((c) => c.stop()))
    for (const p of [...this.apiservers, this.nats, this.etcd]) await p?.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
