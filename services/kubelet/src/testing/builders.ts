/** Short ways to pods and runtime states for tests. */
import type { Container, Pod, PodSpec } from '@drydock/api'
import type { PodRuntime, RuntimeContainer, RuntimeSandbox } from '../runtime/types.ts'

export const box = (name = 'a', extra: Partial<Container> = {}): Container => ({ name, image: 'busybox:1', ...extra })
export const podOf = (spec: Partial<PodSpec> = {}, meta: Pod['metadata'] = {}): Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'n', uid: 'u', generation: 1, ...meta }, spec: { containers: [box()], restartPolicy: 'Always', ...spec }, status: {} })
export const sandboxOf = (extra: Partial<RuntimeSandbox> = {}): RuntimeSandbox => ({ id: 's', attempt: 0, ready: true, createdAt: 1, hostNetwork: false, ips: ['10.0.0.1'], ...extra })
export const containerOf = (name: string, state: RuntimeContainer['state'], extra: Partial<RuntimeContainer> = {}): RuntimeContainer => ({
  id: `${name}-${extra.restartCount ?? 0}`, name, sandboxId: 's', restartCount: 0, state, createdAt: 2, startedAt: 3, finishedAt: state === 'exited' ? 4 : 0, exitCode: 0, image: 'busybox:1', imageRef: 'sha256:1',
  reason: '', message: '', hash: '', logPath: '', terminationMessagePath: '', terminationMessagePolicy: 'File', terminationMessageFile: '', ...extra,
})
export const runtimeOf = (containers: RuntimeContainer[], sandboxes = [sandboxOf()]): PodRuntime => ({ uid: 'u', name: 'p', namespace: 'n', sandboxes, containers })
