/** postStart and preStop: exec, http, sleep (pkg/kubelet/lifecycle). A failed hook throws with upstream's words. */
import type { Container, LifecycleHandler } from '@drydock/api'
import type { Clock } from '@drydock/base'
import { CriError, type Cri } from '../cri/client.ts'
import { portOf, runHandler } from '../probes/run.ts'

export interface HookTarget { cri: Cri, clock: Clock, container: Container, containerId: string, ip: string, signal?: AbortSignal | undefined }

export async function runHook(h: LifecycleHandler, t: HookTarget): Promise<void> {
  if (h.exec) {
    const what = `Exec lifecycle hook (${JSON.stringify(h.exec.command ?? [])}) for Container "${t.container.name}" failed`
    let r
    try {
      r = await t.cri.execSync(t.containerId, h.exec.command ?? [], 0, { signal: t.signal })
    } catch (e) {
      throw new Error(`${what} - error: ${e instanceof CriError ? e.message : String(e)}`, { cause: e })
    }
    if (r.exitCode !== 0) throw new Error(`${what} - error: command '${(h.exec.command ?? []).join(' ')}' exited with ${r.exitCode}: ${Buffer.concat([r.stdout, r.stderr]).toString().trim()}, message: ${JSON.stringify(Buffer.concat([r.stdout, r.stderr]).toString())}`)
  } else if (h.httpGet) {
    const v = await runHandler({ httpGet: h.httpGet }, { cri: t.cri, container: t.container, containerId: t.containerId, ip: t.ip, timeoutMs: 30_000, now: () => t.clock.now(), ...(t.signal && { signal: t.signal }) })
    if (v.result !== 'success' && !v.output.startsWith('HTTP probe failed')) throw new Error(`HTTP lifecycle hook (${h.httpGet.path ?? ''}:${portOf(h.httpGet.port, t.container)}) for Container "${t.container.name}" failed - error: ${v.output}`)
  } else if (h.sleep) {
    await t.clock.sleep(h.sleep.seconds * 1000, t.signal)
  } else if (h.tcpSocket) {
    throw new Error('tcpSocket is not a lifecycle handler')
  }
}
