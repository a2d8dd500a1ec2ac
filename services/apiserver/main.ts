/** kube-apiserver: flags → parts → doors. */
import { runService } from '@drydock/service'
import { createService } from './src/compose.ts'
import { flags } from './config.ts'

await runService({
  name: 'kube-apiserver',
  description: 'The API of the cluster: validates objects and keeps them in etcd.',
  flags, serving: false,
  examples: ['kube-apiserver --etcd-servers http://127.0.0.1:2379 --secure-port 6443 --tls-cert-file tls.crt --tls-private-key-file tls.key --client-ca-file ca.crt'],
  create: createService,
})
