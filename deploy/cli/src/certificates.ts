/** Which certificates a cluster's processes hold: one per identity, named as upstream's RBAC bootstrap expects them. */
import { join } from 'node:path'
import type { ClusterConfig } from './config.ts'
import type { Layout } from './layout.ts'
import { authority, certificate, serviceAccountKey, type CertificateSpec } from './pki.ts'
import { kubernetesService } from './processes.ts'

const local = ['127.0.0.1', 'localhost', '::1']

/** The certificates that a process needs before it can start: etcd's, the apiserver's and the bus's, everybody else's. */
export type Stage = 'etcd' | 'api' | 'rest'

export function certificateSpecs(c: ClusterConfig, l: Layout): Record<Stage, CertificateSpec[]> {
  const component = (name: string, commonName: string): CertificateSpec => ({ name, commonName, hosts: local })
  return {
    etcd: [{ name: 'etcd', commonName: 'etcd', hosts: local }],
    api: [
      { name: 'apiserver', commonName: 'kube-apiserver', hosts: [...local, l.gateway, kubernetesService(c.serviceCidr), 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'] },
      { name: 'apiserver-etcd-client', commonName: 'kube-apiserver-etcd-client' },
      { name: 'apiserver-kubelet-client', commonName: 'kube-apiserver-kubelet-client', organizations: ['system:masters'] },
      { name: 'apiserver-nats-client', commonName: 'kube-apiserver-nats-client' },
      { name: 'nats', commonName: 'nats', hosts: [...local, l.gateway] },
    ],
    rest: [
      { name: 'admin', commonName: 'admin', organizations: ['system:masters'] },
      component('scheduler', 'system:kube-scheduler'), component('controller-manager', 'system:kube-controller-manager'),
      component('kube-proxy', 'system:kube-proxy'), component('host-proxy', 'system:kube-proxy'), component('netd', 'system:netd'),
      ...c.nodes.map((i) => l.node(i)).map((n) => ({ name: `kubelet-${n.name}`, commonName: `system:node:${n.name}`, organizations: ['system:nodes'], hosts: [...local, n.name, n.address] })),
    ],
  }
}

/** Makes, renews and mends what is not good, a stage at a time: a start waits for as little as it can. */
export async function certificates(c: ClusterConfig, l: Layout, now: number): Promise<(stage: Stage) => Promise<void>> {
  const folder = join(l.folder, 'pki'), ca = await authority(folder, `drydock-${l.name}`, now), specs = certificateSpecs(c, l)
  return async (stage) => {
    for (const s of specs[stage]) await certificate(folder, ca, s, now)
    if (stage === 'api') serviceAccountKey(folder)
  }
}
