/** Every recorded answer of the API against a real etcd, NATS and one apiserver. */
import { join } from 'node:path'
import { realClock, silentLogger, systemRandom } from '@drydock/base'
import { EtcdStore } from '@drydock/storage'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Rig } from '../integration/rig.ts'
import { compare, verdict } from './known.ts'

let rig: Rig
beforeAll(async () => {
  rig = await Rig.start()
  // The records were made on a server old enough to have forgotten its first versions.
  const store = new EtcdStore({ endpoints: [rig.etcdUrl], clock: realClock, random: systemRandom, log: silentLogger })
  await store.compact(await store.currentRevision())
  store.close()
})
afterAll(async () => { await rig?.stop() })

const server = () => { const pki = join(rig.folder, 'pki'); return ['--server', `https://127.0.0.1:${rig.restPorts[0]}`, '--ca', `${pki}/ca.crt`, '--cert', `${pki}/admin.crt`, '--key', `${pki}/admin.key`] }

test.each(['smoke', 'discovery', 'create tables', 'lists watches watchlists', 'patches apply', 'writes deletes bodies', 'admission subresources', 'updates', 'mutations'])('%s: as Kubernetes answers', async (families) => {
  expect(verdict(await compare('parity.mjs', server(), families.split(' ')))).toEqual([])
})
