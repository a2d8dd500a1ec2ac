/** Which certificates a cluster's processes hold: one per identity, named as upstream's RBAC bootstrap expects them. */
import { join } from 'node:path'
import type { ClusterConfig } from './config.ts'
import type { Layout } from './layout.ts'
import { authority, certificate, serviceAccountKey, type CertificateSpec } from './pki.ts'
import { kubernetesService } from './processes.ts'

const local = ['127.0.0.1', 'localhost', '::1']

export function certificateSpecs(c: ClusterConfig, l: Layout): CertificateSpec[] {
  const component = (name: string, commonName: string): CertificateSpec => ({ name, commonName, hosts: local })
  return [
    { name: 'etcd', commonName: 'etcd', hosts: local },
    { name: 'apiserver-etcd-client', commonName: 'kube-apiserver-etcd-client' },
    { name: 'nats', commonName: 'nats', hosts: [...local, l.gateway] },
    { name: 'apiserver-nats-client', commonName: 'kube-apiserver-nats-client' },
    { name: 'apiserver', commonName: 'kube-apiserver', hosts: [...local, l.gateway, kubernetesService(c.serviceCidr), 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'] },
    { name: 'apiserver-kubelet-client', commonName: 'kube-apiserver-kubelet-client', organizations: ['system:masters'] },
    component('scheduler', 'system:kube-scheduler'), component('controller-manager', 'system:kube-controller-manager'),
    component('kube-proxy', 'system:kube-proxy'), component('host-proxy', 'system:kube-proxy'), component('netd', 'system:netd'),
    { name: 'admin', commonName: 'admin', organizations: ['system:masters'] },
    ...c.nodes.map((i) => l.node(i)).map((n) => ({ name: `kubelet-${n.name}`, commonName: `system:node:${n.name}`, organizations: ['system:nodes'], hosts: [...local, n.name, n.address] })),
  ]
}

export function ensureCertificates(c: ClusterConfig, l: Layout, now: number): void {
  const folder = join(l.folder, 'pki')
  const ca = authority(folder, `drydock-${l.name}`, now)
  for (const s of certificateSpecs(c, l)) certificate(folder, ca, s, now)
  serviceAccountKey(folder)
}
