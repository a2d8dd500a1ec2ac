/** The node agent: runs the pods that are bound to this node, and tells the API of them. */
import { readFileSync } from 'node:fs'
import { realClock, systemRandom } from '@drydock/base'
import { createBus, createClient, createEventRecorder, createInformerFactory } from '@drydock/client'
import { runService, tlsFiles } from '@drydock/service'
import { check, flags } from './config.ts'
import { whole } from './src/pods/quantity.ts'
import { createCri } from './src/cri/client.ts'
import { runImageGC } from './src/images/gc.ts'
import { createKubelet } from './src/kubelet.ts'
import { addPodMetrics, measured } from './src/metrics.ts'
import { runRotation } from './src/logs/rotate.ts'
import { openDoor } from './src/streaming/server.ts'

/** A pod's start and its events would compete for the same processors. */
const eventDelayMs = 250

await runService({
  name: 'kubelet',
  description: 'Runs the pods of one node through a CRI runtime.',
  flags,
  examples: ['kubelet --hostname-override node-1 --container-runtime-endpoint unix:///run/containerd/containerd.sock --server 127.0.0.1:6444 --ca-file ca.crt --cert-file node.crt --key-file node.key'],
  async create({ flags: f, log, signal, health, metrics }) {
    const config = check(f), clock = realClock, random = systemRandom, files = tlsFiles(f)
    const tls = { ca: readFileSync(files.caFile), cert: readFileSync(files.certFile), key: readFileSync(files.keyFile) }
    const cri = measured(createCri({ endpoint: f.containerRuntimeEndpoint, timeoutMs: f.runtimeRequestTimeout, clock }), metrics, clock)
    const client = createClient({ servers: f.server, tls, userAgent: 'kubelet', clock, random })
    const informers = createInformerFactory({ client, log, clock, random, bus: createBus({ servers: f.natsServers, tls, name: `kubelet-${config.nodeName}`, log, clock }) })
    const events = createEventRecorder({ client, component: 'kubelet', host: config.nodeName, delayMs: eventDelayMs, log, clock })
    // The runtime of a node that has just been started may be a moment behind.
    for (let n = 0; ; n++) {
      try { await cri.version({ timeoutMs: 1_000 }); break } catch (e) {
        if (n === 0) log.info({ endpoint: f.containerRuntimeEndpoint, error: String(e) }, 'waiting for the container runtime')
        await clock.sleep(50, signal)
      }
    }
    const kubelet = await createKubelet(config, { client, informers, events, cri, clock, random, log }, signal)
    addPodMetrics(metrics, { pods: kubelet.pods, nodeName: config.nodeName })
    health.add('runtime', () => { if (!kubelet.node.ready) throw new Error('the container runtime is not ready') }, { readyOnly: true })
    const certFile = f.tlsCertFile || f.certFile, keyFile = f.tlsPrivateKeyFile || f.keyFile, clientCaFile = f.clientCaFile || f.caFile
    const door = await openDoor({ address: f.address, port: f.port, certFile, keyFile, clientCaFile }, { cri, clock, log, pods: kubelet.pods, nodeName: config.nodeName, metrics: () => metrics.metrics() })
    const side = [
      runRotation({ cri, clock, log, maxBytes: whole(f.containerLogMaxSize), maxFiles: f.containerLogMaxFiles }, signal),
      runImageGC({ cri, clock, log, dir: config.rootDir, highPercent: f.imageGcHighThreshold, lowPercent: f.imageGcLowThreshold, minAgeMs: f.imageMinimumGcAge }, signal),
    ]
    return {
      run: (s) => kubelet.run(s),
      async stop() {
        door.close()
        await Promise.allSettled([...side, kubelet.pods.idle(), events.flush(AbortSignal.timeout(2_000))])
        client.close()
        cri.close()
      },
    }
  },
})
