/**
 * A pod by nothing but CRI: the kubelet's own sandbox, create and start, in a containerd and a network namespace of their own.
 * The limit for pod starts.
 */
import { spawn, execFileSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pod } from '@drydock/api'
import { realClock } from '@drydock/base'
import * as cri from '@drydock/proto/cri'
import { GrpcChannel } from '@drydock/proto/channel'
import { frame } from '@drydock/proto/frame'
import type { Codec } from '@drydock/proto/rpc-types'
import { buildImages } from '../../deploy/cli/src/images.ts'
import { containerdConfig, importImage, socketOf } from '../../deploy/cli/src/containerd.ts'
import { layout } from '../../deploy/cli/src/layout.ts'
import { removeNamespaces, sandboxNamespaces, unmountBelow } from '../../deploy/cli/src/cleanup.ts'
import { containerConfig, sandboxConfig } from '../../services/kubelet/src/runtime/config.ts'
import { parseResolvConf, podDNS } from '../../services/kubelet/src/runtime/dns.ts'
import { median } from './measure.ts'

/** The pod of the benches. */
export const benchPod = (name: string, node: string): Pod => ({
  metadata: { name }, spec: { nodeName: node, terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, containers: [{ name: 'c', image: 'docker.io/library/busybox:1', command: ['sh', '-c', 'trap "exit 0" TERM; sleep 100000 & wait'] }] },
})

export interface RawCri { /** Milliseconds of one sandbox, create and start. */ once(i: number): Promise<number>, close(): Promise<void> }

export async function rawCri(): Promise<RawCri> {
  const home = mkdtempSync(join(tmpdir(), 'ddraw-')), n = layout(`raw-${process.pid.toString(36)}`, 248, home).node(1)
  mkdirSync(join(n.folder, 'cni'), { recursive: true })
  execFileSync('ip', ['netns', 'add', n.netns])
  writeFileSync(join(n.folder, 'cni', '10-raw.conflist'), JSON.stringify({ cniVersion: '0.4.0', name: 'raw', plugins: [{ type: 'bridge', bridge: 'cni0', isGateway: true, ipMasq: false, ipam: { type: 'host-local', subnet: '10.244.0.0/24', dataDir: join(n.folder, 'ipam') } }] }))
  writeFileSync(join(n.folder, 'containerd.toml'), containerdConfig(n))
  const daemon: ChildProcess = spawn('nsenter', [`--net=/run/netns/${n.netns}`, 'containerd', '--config', join(n.folder, 'containerd.toml')], { stdio: 'ignore' })
  for (const end = realClock.monotonic() + 10_000; !existsSync(socketOf(n)) && realClock.monotonic() < end;) await realClock.sleep(20)
  await importImage(n, buildImages())
  const client = new GrpcChannel({ servers: [`unix://${socketOf(n)}`], clock: realClock, name: 'containerd', keepaliveMs: Infinity })
  const call = <Q, A>(name: string, request: Codec<Q>, answer: Codec<A>, q: Q): Promise<A> => client.unary(`/runtime.v1.RuntimeService/${name}`, frame(request.encode(q).finish()), (b) => answer.decode(b), { timeoutMs: 60_000 })
  for (const end = realClock.monotonic() + 10_000; ;) { // the CNI configuration is read a moment after the start
    const s = await call('Status', cri.StatusRequest, cri.StatusResponse, { verbose: false })
    if (s.status?.conditions.every((x) => x.status)) break
    if (realClock.monotonic() > end) throw new Error('raw containerd does not become ready')
    await realClock.sleep(50)
  }
  const made: string[] = []
  return {
    async once(i) {
      const t = realClock.monotonic(), name = `raw-${i}`, pod: Pod = { ...benchPod(name, 'raw'), metadata: { name, namespace: 'raw', uid: name } }, c = pod.spec!.containers[0]!, files = join(n.folder, 'files', `${i}`)
      mkdirSync(files, { recursive: true })
      const mounts = [['/etc/hosts', 'hosts'], ['/dev/termination-log', 'message']].map(([containerPath, file]) => { const hostPath = join(files, file!); writeFileSync(hostPath, ''); return cri.Mount.fromPartial({ containerPath: containerPath!, hostPath }) })
      const config = sandboxConfig({ pod, attempt: 0, hostname: name, dns: podDNS(pod, parseResolvConf(''), { servers: ['10.96.0.10'], domain: 'cluster.local' }).dns, logDir: join(n.folder, 'logs', name), cgroupParent: `/raw-${process.pid}/pod-${i}`, seccompRoot: '' })
      const { podSandboxId } = await call('RunPodSandbox', cri.RunPodSandboxRequest, cri.RunPodSandboxResponse, cri.RunPodSandboxRequest.fromPartial({ config }))
      const container = containerConfig({ pod, container: c, restartCount: 0, image: c.image!, imageUser: { uid: 0, username: '' }, env: new Map([['KUBERNETES_SERVICE_HOST', '10.96.0.1']]), mounts, memoryCapacity: 2 ** 32, seccompRoot: '' })
      const { containerId } = await call('CreateContainer', cri.CreateContainerRequest, cri.CreateContainerResponse, cri.CreateContainerRequest.fromPartial({ podSandboxId, sandboxConfig: config, config: container })) as cri.CreateContainerResponse
      await call('StartContainer', cri.StartContainerRequest, cri.StartContainerResponse, { containerId })
      made.push(podSandboxId)
      return realClock.monotonic() - t
    },
    async close() {
      for (const podSandboxId of made) { await call('StopPodSandbox', cri.StopPodSandboxRequest, cri.StopPodSandboxResponse, { podSandboxId }).catch(() => undefined); await call('RemovePodSandbox', cri.RemovePodSandboxRequest, cri.RemovePodSandboxResponse, { podSandboxId }).catch(() => undefined) }
      client.close()
      const ended = new Promise((r) => daemon.on('exit', r)), spaces = sandboxNamespaces(n.folder)
      daemon.kill(); await ended
      await unmountBelow(n.folder); await removeNamespaces(spaces)
      execFileSync('ip', ['netns', 'delete', n.netns])
      execFileSync('sh', ['-c', `for d in /sys/fs/cgroup/*/raw-${process.pid} /sys/fs/cgroup/raw-${process.pid}; do [ -d "$d" ] && find "$d" -depth -type d -exec rmdir {} \\; ; done; true`])
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Median of five. */
export async function rawPodMs(): Promise<number> {
  const raw = await rawCri()
  try { const runs: number[] = []; for (let i = 0; i < 6; i++) runs.push(await raw.once(i)); return median(runs.slice(1)) } finally { await raw.close() }
}
