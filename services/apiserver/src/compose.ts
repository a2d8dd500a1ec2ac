/** The composition root of the process: everything that flags name is made and wired here, and nowhere else. */
import { type Clock, type Logger, realClock, runGroup, systemRandom } from '@drydock/base'
import { BusConnection } from '@drydock/bus'
import { listenError, type Running, type ServiceContext } from '@drydock/service'
import { EtcdStore, runCompactor } from '@drydock/storage'
import type { Server as HttpsServer } from 'node:https'
import type { Server } from 'node:net'
import { hostname } from 'node:os'
import { createAdmission } from './admission/index.ts'
import { CustomResources } from './custom/serve.ts'
import { createAuthenticator } from './auth/authenticate.ts'
import { createAuthorizer, type ClusterAuthorizer, type Mode } from './auth/authorize.ts'
import { openIdPaths } from './auth/openid.ts'
import { createTokens, type Tokens } from './auth/tokens.ts'
import { bootstrap, keepBootstrapped } from './bootstrap/index.ts'
import { bootstrapObjects } from './bootstrap/objects.ts'
import { type ApiServerFlags, optionalPem, pem } from '../config.ts'
import type { Parts } from './registry/parts.ts'
import { createNodeProxy } from './node-proxy/index.ts'
import { addRelayMetrics } from './relay/metrics.ts'
import { Relay } from './relay/relay.ts'
import { createRestDoor } from './rest/door.ts'
import { createGrpcDoor } from './grpc/door.ts'
import { createDiscovery } from './discovery/index.ts'
import { createOpenAPI } from './openapi/index.ts'
import { addCacheMetrics, createRequestObserver } from './metrics.ts'
import { healthPaths, metricsPath } from './rest/info.ts'
import { createApiServer } from './server.ts'
import type { WatchCache } from './cache/watch-cache.ts'
import { createServiceNetwork, type ServiceNetwork } from './registry/reservations/index.ts'
import { keepStatuses } from './status/index.ts'
import { createActions } from './subresources/index.ts'

export async function createService({ flags: f, log, signal, health, metrics }: ServiceContext<ApiServerFlags>): Promise<Running> {
  const clock = realClock, random = systemRandom
  const store = new EtcdStore({ endpoints: f.etcdServers, tls: etcdTls(f), clock, random, log })
  let tokens: Tokens | undefined, network: ServiceNetwork | undefined, bootstrapped = false
  const clientCa = optionalPem('client-ca-file', f.clientCaFile)
  const server = createApiServer({
    store, clock, random, log,
    authenticator: (parts) => {
      tokens = serviceAccountTokens(f, parts)
      return createAuthenticator({ clientCa, tokens, anonymousAuth: f.anonymousAuth, clock })
    },
    authorizer: ({ reader, changes, cache }) => createAuthorizer({ modes: f.authorizationMode as readonly Mode[], reader, changes, caughtUp: async (s) => { await cache.consistent(s) }, defaults: bootstrapObjects }),
    admission: (parts, authorizer) => createAdmission({ ...parts, authorizer: authorizer as ClusterAuthorizer }, { enabled: f.enableAdmissionPlugins, disabled: f.disableAdmissionPlugins }),
    reservations: ({ reader, writer }) => {
      network = createServiceNetwork({ reader, writer, store, clock, random, log, clusterIpRange: f.serviceClusterIpRange, nodePortRange: f.serviceNodePortRange })
      return new Map([['/services', network.reservation]])
    },
    actions: (parts, authorizer) => createActions(parts, { authorizer: authorizer as ClusterAuthorizer, tokens }),
    connects: (parts) => createNodeProxy(parts, { ca: optionalPem('kubelet-certificate-authority', f.kubeletCertificateAuthority), cert: optionalPem('kubelet-client-certificate', f.kubeletClientCertificate), key: optionalPem('kubelet-client-key', f.kubeletClientKey) }),
    observer: createRequestObserver(metrics),
    nonResource: ({ types }) => [healthPaths(health), metricsPath(metrics), createDiscovery(types), createOpenAPI(types), ...(tokens ? [openIdPaths(tokens, `${f.advertiseAddress || f.bindAddress[0]!}:${f.advertisePort || f.securePort}`)] : [])],
  })
  addCacheMetrics(metrics, server.cache)
  health.add('etcd', () => within(clock, 2000, store.currentRevision()))
  health.add('bootstrap', () => { if (!bootstrapped) throw new Error('bootstrap objects are not there yet') }, { readyOnly: true })
  const rest = { handle: server.handle, cert: pem('tls-cert-file', f.tlsCertFile), key: pem('tls-private-key-file', f.tlsPrivateKeyFile), clientCa, clock, log }
  const relay = createRelay(f, server.cache, clock, log)
  if (relay) addRelayMetrics(metrics, relay)
  const custom = new CustomResources(server.parts)
  const running = runGroup(signal, [
    (s) => server.run(s),
    ...(relay ? [(s: AbortSignal) => relay.run(s)] : []),
    (s) => runCompactor({ store, clock, log, intervalMs: f.etcdCompactionInterval, signal: s }),
    async (s) => {
      await server.cache.whenReady()
      const { reader, writer } = server.parts
      const options = { reader, writer, clock, log, clientCa, serviceCidr: f.serviceClusterIpRange, address: f.advertiseAddress || f.bindAddress[0]!, port: f.advertisePort || f.securePort, identity: `${hostname()}-${f.securePort}` }
      await bootstrap(options, s)
      await custom.start(s)
      bootstrapped = true
      await Promise.all([keepBootstrapped(options, s), network?.keep(s), keepStatuses(server.parts, s), custom.run(s)])
    },
  ])
  running.catch(() => {})
  await Promise.race([server.cache.whenReady(), running])
  const doors = await Promise.all([
    ...f.bindAddress.map((address) => listen(createRestDoor(rest), address, f.securePort)),
    ...(f.grpcPort ? [...new Set(f.bindAddress)].map((address) => listen(createGrpcDoor({ ...rest, cache: server.cache }), address, f.grpcPort)) : []),
  ])
  return {
    run: () => running,
    async stop() {
      for (const d of doors) { d.close(); (d as Partial<HttpsServer>).closeAllConnections?.() }
      // The last writes (taking this apiserver out of the kubernetes Service) still need the store.
      await running.catch(() => {})
      store.close()
    },
  }
}

async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const late = new AbortController()
  const timeout = clock.sleep(ms, late.signal).then(() => { throw new Error(`no answer within ${ms} ms`) })
  try { await Promise.race([work, timeout]) } finally { late.abort(); timeout.catch(() => {}) }
}

function listen(door: Server, address: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    door.once('error', (e) => reject(listenError(e, address, port)))
    door.listen(port, address, () => resolve(door))
  })
}

function createRelay(f: ApiServerFlags, cache: WatchCache, clock: Clock, log: Logger): Relay | undefined {
  if (!f.natsServers.length) return undefined
  const identity = `${hostname()}-${f.securePort}`
  const tls = f.natsCafile ? { ca: pem('nats-cafile', f.natsCafile), cert: pem('nats-certfile', f.natsCertfile), key: pem('nats-keyfile', f.natsKeyfile) } : undefined
  return new Relay({ cache, bus: new BusConnection({ servers: f.natsServers, tls, name: identity, clock, log, connectAfterMs: 1000 }), identity, clock, log })
}

function etcdTls(f: ApiServerFlags) {
  if (!f.etcdCafile) return undefined
  return { ca: pem('etcd-cafile', f.etcdCafile), ...(f.etcdCertfile && { cert: pem('etcd-certfile', f.etcdCertfile), key: pem('etcd-keyfile', f.etcdKeyfile) }) }
}

function serviceAccountTokens(f: ApiServerFlags, { reader, clock, random }: Parts): Tokens | undefined {
  if (!f.serviceAccountSigningKeyFile) return undefined
  const signingKey = pem('service-account-signing-key-file', f.serviceAccountSigningKeyFile)
  return createTokens({ signingKey, verifyKeys: f.serviceAccountKeyFile.map((k) => pem('service-account-key-file', k)), issuer: f.serviceAccountIssuer, reader, clock, random })
}
