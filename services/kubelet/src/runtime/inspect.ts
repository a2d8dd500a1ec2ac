/** Reads the state of pods from CRI. What it returns is one moment's view; who acts on it must look again. */
import { readFile } from 'node:fs/promises'
import * as cri from '@drydock/proto/cri'
import { isNotFound, type Cri } from '../cri/client.ts'
import { tailOfLog } from '../logs/tail.ts'
import { annotations, emptyRuntime, labels, type PodRuntime, type RuntimeContainer, type RuntimeSandbox } from './types.ts'

const ms = (nanos: string): number => (nanos === '0' || nanos.startsWith('-') || nanos === '' ? 0 : Number(BigInt(nanos) / 1_000_000n))
const states = ['created', 'running', 'exited', 'unknown'] as const

export async function inspectPod(c: Cri, pod: { uid: string, name: string, namespace: string }, signal?: AbortSignal): Promise<PodRuntime> {
  const labelSelector = { [labels.podUID]: pod.uid }, o = { ...(signal && { signal }) }
  const [sandboxes, containers] = await Promise.all([c.listPodSandbox({ labelSelector }, o), c.listContainers({ labelSelector }, o)])
  const rt = emptyRuntime(pod.uid, pod.name, pod.namespace)
  const [s, k] = await Promise.all([
    Promise.all(sandboxes.map((x) => orGone(c.podSandboxStatus(x.id, o).then((a) => sandbox(a.status!))))),
    Promise.all(containers.map((x) => orGone(c.containerStatus(x.id, o).then((a) => container(a.status!, x.podSandboxId))))),
  ])
  rt.sandboxes = s.filter((x) => x !== undefined).sort((a, b) => b.createdAt - a.createdAt)
  rt.containers = k.filter((x) => x !== undefined).sort((a, b) => b.createdAt - a.createdAt)
  return rt
}

/** Undefined if it is not there. */
export const inspectContainer = (c: Cri, id: string, sandboxId: string, signal?: AbortSignal): Promise<RuntimeContainer | undefined> =>
  orGone(c.containerStatus(id, { ...(signal && { signal }) }).then((a) => container(a.status!, sandboxId)))

/** Undefined for what was removed between the list and the look. */
async function orGone<T>(p: Promise<T>): Promise<T | undefined> {
  try {
    return await p
  } catch (e) {
    if (isNotFound(e)) return undefined
    throw e
  }
}

export function sandbox(s: cri.PodSandboxStatus): RuntimeSandbox {
  const hostNetwork = s.linux?.namespaces?.options?.network === cri.NamespaceMode.NamespaceMode_NODE
  const ips = [s.network?.ip ?? '', ...(s.network?.additionalIps ?? []).map((x) => x.ip)].filter(Boolean)
  return { id: s.id, attempt: s.metadata?.attempt ?? 0, ready: s.state === cri.PodSandboxState.SANDBOX_READY, createdAt: ms(s.createdAt), hostNetwork, ips }
}

export async function container(s: cri.ContainerStatus, sandboxId: string): Promise<RuntimeContainer> {
  const path = s.annotations[annotations.terminationMessagePath] ?? '', policy = s.annotations[annotations.terminationMessagePolicy] ?? 'File'
  const c: RuntimeContainer = {
    id: s.id, name: s.metadata?.name ?? '', sandboxId, restartCount: Number(s.annotations[annotations.restartCount] ?? s.metadata?.attempt ?? 0),
    state: (s.state < 0 ? undefined : states[s.state as 0 | 1 | 2 | 3]) ?? 'unknown', createdAt: ms(s.createdAt), startedAt: ms(s.startedAt), finishedAt: ms(s.finishedAt), exitCode: s.exitCode,
    image: s.image?.image ?? '', imageRef: s.imageRef, reason: s.reason, message: s.message, hash: s.annotations[annotations.hash] ?? '', logPath: s.logPath,
    terminationMessagePath: path, terminationMessagePolicy: policy, terminationMessageFile: s.mounts.find((m) => m.containerPath === path)?.hostPath ?? '',
  }
  if (c.state === 'exited') c.message = await terminationMessage(c) || c.message
  return c
}

const maxMessage = 4_096

/** From the file the container wrote, else (by its policy, after a failure) the last lines of its log. */
async function terminationMessage(c: RuntimeContainer): Promise<string> {
  if (c.terminationMessageFile) {
    const text = await readFile(c.terminationMessageFile).catch(() => undefined)
    if (text?.length) return text.subarray(0, maxMessage).toString()
  }
  if (c.terminationMessagePolicy === 'FallbackToLogsOnError' && c.exitCode !== 0 && c.logPath) return tailOfLog(c.logPath, 80, 2_048).catch(() => '')
  return ''
}
