/** postStart and preStop: exec, http, sleep (pkg/kubelet/lifecycle). A failed hook throws with upstream's words. */
import type { Container, LifecycleHandler } from '@drydock/api'
import type { Clock } from '@drydock/base'
import { CriError, type Cri } from '../cri/client.ts'
import { portOf, runHandler } from '../probes/run.ts'

export interface HookTarget { cri: Cri, clock: Clock, /** `name_namespace(uid)` */ pod: string, container: Container, containerId: string, ip: string, signal?: AbortSignal | undefined }

export async function runHook(h: LifecycleHandler, t: HookTarget): Promise<void> {
  if (h.exec) {
    const command = (h.exec.command ?? []).join(' '), what = `Exec lifecycle hook ([${command}]) for Container "${t.container.name}" in Pod "${t.pod}" failed`
    let r
    try {
      r = await t.cri.execSync(t.containerId, h.exec.command ?? [], 0, { signal: t.signal })
    } catch (e) {
      throw new Error(`${what} - error: ${e instanceof CriError ? e.message : String(e)}`, { cause: e })
    }
    if (r.exitCode !== 0) throw new Error(`${what} - error: command '${command}' exited with ${r.exitCode}: ${r.stderr.toString()}, message: ${JSON.stringify(Buffer.concat([r.stdout, r.stderr]).toString())}`)
  } else if (h.httpGet) {
    const v = await runHandler({ httpGet: h.httpGet }, { cri: t.cri, container: t.container, containerId: t.containerId, ip: t.ip, timeoutMs: 30_000, clock: t.clock, ...(t.signal && { signal: t.signal }) })
    if (v.result !== 'success' && !v.output.startsWith('HTTP probe failed')) throw new Error(`HTTP lifecycle hook (${h.httpGet.path ?? ''}:${portOf(h.httpGet.port, t.container)}) for Container "${t.container.name}" in Pod "${t.pod}" failed - error: ${v.output}`)
  } else if (h.sleep) {
    await t.clock.sleep(h.sleep.seconds * 1000, t.signal)
  } else if (h.tcpSocket) {
    throw new Error('tcpSocket is not a lifecycle handler')
  }
}
