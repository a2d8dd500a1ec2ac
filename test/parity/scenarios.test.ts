/** Every recorded scenario against a whole cluster of one node: statuses in order, conditions, events, final objects. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCluster, type Cluster } from '../e2e/cluster.ts'
import { compare, verdict } from './known.ts'

let cluster: Cluster
beforeAll(async () => { cluster = await createCluster('parity', ['--nodes', '1', '--no-sample']) })
afterAll(async () => { await cluster?.down() })

test.each([['pods'], ['workloads']])('%s: what follows is what follows in Kubernetes', async (family) => {
  expect(verdict(await compare('scenarios.mjs', ['--kubeconfig', join(cluster.folder, 'kubeconfig')], [family]))).toEqual([])
})
