import { exec, realClock, runGroup } from '@drydock/base'
import { connect } from '@drydock/client'
import { addInformerMetrics, runService, tlsFiles } from '@drydock/service'
import { check, flags } from './config.ts'
import { removeTable } from './src/nft/applier.ts'
import { createProxy } from './src/service.ts'

await runService({
  name: 'kube-proxy', flags,
  description: 'Makes Services reachable from a node: programs nftables from Services and EndpointSlices.',
  examples: [
    'kube-proxy --hostname-override=node-1 --cluster-cidr=10.244.0.0/16 --server=10.0.0.1:6444 --ca-file=ca.crt --cert-file=kube-proxy.crt --key-file=kube-proxy.key',
    'kube-proxy --nodeport-loopback --nodes-interface=br0 --nft-table=host-proxy …',
  ],
  async create(c) {
    const f = check(c.flags)
    if (f.cleanup) {
      await removeTable(f.nftTable, exec)
      process.exit(0)
    }
    const connection = connect({ server: f.server, natsServers: f.natsServers, ...tlsFiles(f), name: 'kube-proxy', log: c.log })
    addInformerMetrics(c.metrics, connection.informers)
    const proxy = createProxy(c, { informers: connection.informers, clock: realClock })
    return { ...proxy, run: (signal) => runGroup(signal, [(s) => connection.run(s), (s) => proxy.run(s)]) }
  },
})
