/** Two of everything, three of etcd: what happens when leaders, members, the bus and whole nodes go. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCluster, traces, until, type Cluster } from '../e2e/cluster.ts'

let c: Cluster
beforeAll(async () => {
  c = await createCluster('ha', ['--apiservers', '2', '--etcd', '3', '--schedulers', '2', '--controller-managers', '2', '--no-sample', '--set', 'controller-manager.node-monitor-grace-period=8s', '--set', 'kubelet.node-lease-duration-seconds=8'])
})
afterAll(async () => {
  const { name, folder } = c
  await c.down()
  expect(traces(name, folder)).toEqual([])
})

const soon = [{ key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 2 }, { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 2 }]
const deployment = (name: string, replicas: number) => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'default' },
  spec: { replicas, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { terminationGracePeriodSeconds: 1, tolerations: soon, containers: [{ name: 'a', image: 'docker.io/library/busybox:1', command: ['sh', '-c', "trap 'exit 0' TERM; sleep 3600 & wait"] }] } } },
})
const ready = async (name: string) => (await c.get('deployment', name)).status?.readyReplicas ?? 0
const holder = async (lease: string) => (await c.get('lease', '-n', 'kube-system', lease)).spec.holderIdentity as string
const nodeReady = async (n: string) => (await c.get('node', n)).status.conditions.find((x: { type: string }) => x.type === 'Ready')?.status as string

describe('two of everything', () => {
  it('runs pods', async () => {
    await c.apply(deployment('web', 2))
    await until('two replicas', async () => await ready('web') === 2)
  })

  it.each(['scheduler', 'controller-manager'])('either %s can go, whichever leads: the other takes over in seconds', async (name) => {
    const lease = `kube-${name}`, leaders = new Set<string>()
    for (const [i, gone] of [name, `${name}-2`].entries()) {
      await c.drydock('process', 'stop', gone)
      await c.kubectl('scale', 'deployment', 'web', `--replicas=${3 - i}`)
      await until('the new number of replicas', async () => await ready('web') === 3 - i && (await c.get('pods', '-l', 'app=web')).items.length === 3 - i, 30_000)
      leaders.add(await holder(lease))
      await c.drydock('process', 'start', gone)
    }
    expect(leaders.size).toBe(2)
  })

  it('one member of etcd and one apiserver less change nothing', async () => {
    await c.drydock('process', 'stop', 'etcd-3')
    await c.drydock('process', 'stop', 'apiserver-2')
    await c.kubectl('scale', 'deployment', 'web', '--replicas=4')
    await until('four replicas', async () => await ready('web') === 4)
    await c.drydock('process', 'start', 'etcd-3')
    await c.drydock('process', 'start', 'apiserver-2')
  })

  it('without NATS everything goes on', async () => {
    await c.drydock('process', 'stop', 'nats')
    await c.kubectl('scale', 'deployment', 'web', '--replicas=2')
    await until('two pods', async () => (await c.get('pods', '-l', 'app=web')).items.length === 2, 45_000)
    await c.kubectl('scale', 'deployment', 'web', '--replicas=4')
    await until('four replicas', async () => await ready('web') === 4, 45_000)
    await c.drydock('process', 'start', 'nats')
    await c.kubectl('scale', 'deployment', 'web', '--replicas=3')
    await until('three pods', async () => (await c.get('pods', '-l', 'app=web')).items.length === 3, 45_000)
  })
})

describe('nodes come and go', () => {
  it('a node that is cut off is NotReady, its pods are replaced; back again it tidies up', async () => {
    const lost = `${c.name}-node-2`
    await c.drydock('node', 'stop', lost)
    await until('the node to be unknown', async () => await nodeReady(lost) === 'Unknown', 30_000)
    await until('all pods elsewhere', async () => {
      const l = (await c.get('pods', '-l', 'app=web')).items as { metadata: { deletionTimestamp?: string }, spec: { nodeName: string }, status: { phase: string } }[]
      return l.filter((p) => !p.metadata.deletionTimestamp && p.spec.nodeName !== lost && p.status.phase === 'Running').length === 3
    }, 45_000)
    await c.drydock('node', 'start', lost)
    await until('the node to be ready', async () => await nodeReady(lost) === 'True', 45_000)
    await until('no pod of before', async () => (await c.get('pods', '-l', 'app=web')).items.length === 3, 45_000)
  })

  it('a node is added to a running cluster and removed again', async () => {
    const r = await c.drydock('node', 'add')
    expect(r.code, r.stderr).toBe(0)
    const added = `${c.name}-node-3`
    await until('the node to be ready', async () => await nodeReady(added) === 'True', 45_000)
    const gone = await c.drydock('node', 'remove', added)
    expect(gone.code, gone.stderr).toBe(0)
    expect((await c.kubectl('get', 'node', added)).stderr).toContain('not found')
  })
})
