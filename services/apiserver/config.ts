/** The apiserver's flags (upstream's names where upstream has the flag) and what they come to. */
import { readFileSync } from 'node:fs'
import { flag, type FlagTable, type FlagValues, UsageError } from '@drydock/service'

export const flags = {
  'etcd-servers': flag.list(['http://127.0.0.1:2379'], 'URLs of the etcd members'),
  'etcd-cafile': flag.string('', 'CA of etcd, PEM'),
  'etcd-certfile': flag.string('', 'client certificate for etcd, PEM'),
  'etcd-keyfile': flag.string('', 'its key, PEM'),
  'etcd-compaction-interval': flag.durationMs('5m', 'how often old revisions are forgotten; 0: never'),
  'bind-address': flag.list(['127.0.0.1'], 'addresses to listen on'),
  'secure-port': flag.number(6443, 'port of the REST door'),
  'tls-cert-file': flag.string('', 'serving certificate, PEM'),
  'tls-private-key-file': flag.string('', 'its key, PEM'),
  'client-ca-file': flag.string('', 'CA whose certificates identify clients, PEM'),
  'anonymous-auth': flag.boolean(true, 'requests without credentials are system:anonymous; false: refused'),
  'authorization-mode': flag.list(['Node', 'RBAC'], 'authorizers in the order in which they are asked', { choices: ['Node', 'RBAC', 'AlwaysAllow', 'AlwaysDeny'] }),
  'service-account-issuer': flag.string('https://kubernetes.default.svc.cluster.local', 'issuer of service account tokens'),
  'service-account-key-file': flag.list([], 'keys that verify service account tokens, PEM'),
  'service-account-signing-key-file': flag.string('', 'key that signs them, PEM'),
  'service-cluster-ip-range': flag.string('10.96.0.0/16', 'CIDR of cluster IPs'),
  'service-node-port-range': flag.string('30000-32767', 'ports of NodePort services'),
  'kubelet-certificate-authority': flag.string('', 'CA of the kubelets, PEM'),
  'kubelet-client-certificate': flag.string('', 'client certificate for the kubelets, PEM'),
  'kubelet-client-key': flag.string('', 'its key, PEM'),
  'enable-admission-plugins': flag.list([], 'admission plugins to add to the default ones'),
  'disable-admission-plugins': flag.list([], 'admission plugins to leave out'),
  'advertise-address': flag.string('', 'address under which others reach this apiserver (default: the first bind address)'),
  'advertise-port': flag.number(0, 'port under which others reach it (default: --secure-port)'),
  'grpc-port': flag.number(0, "port of the gRPC door for Drydock's components; 0: none"),
  'nats-servers': flag.list([], 'URLs of the NATS servers; none: no relay'),
  'nats-cafile': flag.string('', 'CA of NATS, PEM'),
  'nats-certfile': flag.string('', 'client certificate for NATS, PEM'),
  'nats-keyfile': flag.string('', 'its key, PEM'),
} satisfies FlagTable

export type ApiServerFlags = FlagValues<typeof flags>

/** Contents of a file that a flag names. Fails with one clear line. */
export function pem(name: string, file: string): string {
  if (!file) throw new UsageError(`--${name} is needed`)
  return optionalPem(name, file)!
}

export function optionalPem(name: string, file: string): string | undefined {
  if (!file) return undefined
  try { return readFileSync(file, 'utf8') } catch (e) {
    throw new UsageError(`--${name} ${file}: ${(e as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (e as Error).message}`)
  }
}
