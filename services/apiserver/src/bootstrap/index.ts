import { isStatus, resources } from '@drydock/api'
import { formatTime } from '@drydock/base'
import { ensureKubernetesService, keepKubernetesService } from './kubernetes-service.ts'
import type { KubernetesServiceOptions } from './kubernetes-service.ts'
import { reconcileObjects } from './objects.ts'

export interface BootstrapOptions extends KubernetesServiceOptions {
  /** PEM of the client CA: published in kube-system/extension-apiserver-authentication, as extension servers expect. */
  clientCa?: string | undefined
}

/**
 * What a cluster is born with, made if missing: done before the apiserver is ready, while it serves already. Safe to run
 * in any number of apiservers at once and again at every start.
 */
export async function bootstrap(o: BootstrapOptions, signal: AbortSignal): Promise<void> {
  const start = o.clock.monotonic()
  const [written] = await Promise.all([
    reconcileObjects({ reader: o.reader, writer: o.writer, signal }),
    ensureKubernetesService(o, signal).then(() => readyServiceCidr(o, signal)),
    o.clientCa ? publishClientCa(o, o.clientCa, signal) : undefined,
  ])
  o.log.info({ written, ms: Math.round(o.clock.monotonic() - start) }, 'bootstrap objects are there')
}

/** Keeps the `kubernetes` Service's endpoints until the signal aborts. */
export const keepBootstrapped = (o: BootstrapOptions, signal: AbortSignal): Promise<void> => keepKubernetesService(o, signal)

async function readyServiceCidr(o: BootstrapOptions, signal: AbortSignal): Promise<void> {
  const ready = { type: 'Ready', status: 'True', reason: '', message: 'Kubernetes default Service CIDR is ready' }
  await o.writer.update(resources.servicecidrs, '', 'kubernetes', (c) => {
    if (c.status?.conditions?.some((x) => x.type === 'Ready' && x.status === 'True')) return undefined
    return { ...c, status: { ...c.status, conditions: [{ ...ready, lastTransitionTime: formatTime(o.clock.now()) }] } }
  }, { signal })
}

async function publishClientCa(o: BootstrapOptions, ca: string, signal: AbortSignal): Promise<void> {
  const name = 'extension-apiserver-authentication', namespace = 'kube-system'
  const data = { 'client-ca-file': ca }
  const now = o.reader.get(resources.configmaps, namespace, name)
  if (now?.data?.['client-ca-file'] === ca) return
  try {
    await o.writer.create(resources.configmaps, { metadata: { name, namespace }, data }, { signal })
  } catch (e) {
    if (!isStatus(e, 'AlreadyExists')) throw e
    await o.writer.update(resources.configmaps, namespace, name, (c) => (c.data?.['client-ca-file'] === ca ? undefined : { ...c, data: { ...c.data, ...data } }), { signal })
  }
}

export type { KubernetesServiceOptions }
