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
            readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 2 }, resources: { requests: { cpu: '10m', memory: '8Mi' } },
          }],
        },
      },
    },
  }],
  ['/api/v1/namespaces/default/services/sample', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'sample', labels: { app: 'sample' } }, spec: { type: 'NodePort', selector: { app: 'sample' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] } }],
]

/** Deploys it where it is not; what somebody made of it since stays. */
export async function deploySample(api: Api, nodes: number): Promise<void> { for (const [path, object] of sampleObjects(nodes)) await api.create(path, object) }

export interface SampleState { ready: number, running: number, nodePort: number | undefined }
export async function sampleState(api: Api): Promise<SampleState> {
  const [d, s, p] = await Promise.all([api.call('GET', '/apis/apps/v1/namespaces/default/deployments/sample'), api.call('GET', '/api/v1/namespaces/default/services/sample'), api.call('GET', '/api/v1/namespaces/default/pods?labelSelector=app%3Dsample')])
  return {
    ready: d.status === 200 ? d.json().status?.readyReplicas ?? 0 : 0, nodePort: s.status === 200 ? s.json().spec?.ports?.[0]?.nodePort : undefined,
    running: p.status === 200 ? (p.json().items as { status?: { phase?: string } }[]).filter((x) => x.status?.phase === 'Running').length : 0,
  }
}
