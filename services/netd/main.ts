import { realClock, runGroup } from '@drydock/base'
import { connect } from '@drydock/client'
import { addInformerMetrics, runService, tlsFiles } from '@drydock/service'
import { check, flags } from './config.ts'
import { cleanup, createNetd } from './src/service.ts'

await runService({
  name: 'netd', flags,
  description: 'Makes the pod network of a node: CNI configuration, overlay to the other nodes, masquerading, host ports.',
  examples: ['netd --hostname-override=node-1 --node-ip=10.0.0.2 --cluster-cidr=10.244.0.0/16 --server=10.0.0.1:6444 --ca-file=ca.crt --cert-file=netd.crt --key-file=netd.key'],
  async create(c) {
    const f = check(c.flags)
    if (f.cleanup) {
      await cleanup(f)
      process.exit(0)
    }
    const connection = connect({ server: f.server, natsServers: f.natsServers, ...tlsFiles(f), name: 'netd', log: c.log })
    addInformerMetrics(c.metrics, connection.informers)
    const netd = createNetd(c, { informers: connection.informers, clock: realClock })
    return { run: (signal) => runGroup(signal, [(s) => connection.run(s), (s) => netd.run(s)]) }
  },
})
