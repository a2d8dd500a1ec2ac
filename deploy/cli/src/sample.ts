/** The sample: a Deployment of three replicas spread over the nodes, behind a NodePort Service. */
import type { Api } from './api.ts'
import { sampleImage } from './images.ts'

export const sampleObjects = (nodes: number): [path: string, object: object][] => [
  ['/apis/apps/v1/namespaces/default/deployments/sample', {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'sample', labels: { app: 'sample' } },
    spec: {
      replicas: 3, selector: { matchLabels: { app: 'sample' } },
      template: {
        metadata: { labels: { app: 'sample' } },
        spec: {
          terminationGracePeriodSeconds: 5,
          // Over both nodes even when one of them is ready a moment before the other.
          topologySpreadConstraints: [{ maxSkew: 1, minDomains: Math.min(2, nodes), topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'sample' } } }],
          containers: [{
            name: 'web', image: sampleImage('v1'), ports: [{ name: 'http', containerPort: 8080 }],
            env: [{ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }, { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
            // Asked often until it answers, then seldom: an idle cluster has nothing to do.
            startupProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1, failureThreshold: 30 }, readinessProbe: { httpGet: { path: '/', port: 'http' } }, resources: { requests: { cpu: '10m', memory: '8Mi' } },
          }],
        },
      },
    },
  }],
  ['/api/v1/namespaces/default/services/sample', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'sample', labels: { app: 'sample' } }, spec: { type: 'NodePort', selector: { app: 'sample' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] } }],
]

/** Deploys it where it is not; what somebody made of it since stays. */
export async function deploySample(api: Api, nodes: number): Promise<void> { for (const [path, object] of sampleObjects(nodes)) await api.create(path, object) }

export async function readyReplicas(api: Api): Promise<number> {
  const d = await api.call('GET', '/apis/apps/v1/namespaces/default/deployments/sample')
  return d.status === 200 ? (d.json() as { status?: { readyReplicas?: number } }).status?.readyReplicas ?? 0 : 0
}

/** The port at which every node answers for it; undefined where somebody has removed the Service. */
export async function sampleNodePort(api: Api): Promise<number | undefined> {
  const s = await api.call('GET', '/api/v1/namespaces/default/services/sample')
  return s.status === 200 ? (s.json() as { spec?: { ports?: { nodePort?: number }[] } }).spec?.ports?.[0]?.nodePort : undefined
}
