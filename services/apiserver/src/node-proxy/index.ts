/** What of the API is served by nodes: logs, exec, attach, port-forward, proxies. Plugs into the chain by `connects`. */
import type { Parts } from '../registry/parts.ts'
import { StatusError } from '@drydock/api'
import type { Connect } from '../request.ts'
import { createKubelets, type KubeletTls } from './kubelet-client.ts'
import { logs } from './logs.ts'
import { portForward } from './port-forward.ts'
import { nodeProxy, podProxy, serviceProxy } from './proxy.ts'
import { session } from './session.ts'

export function createNodeProxy(parts: Parts, tls: KubeletTls): Readonly<Record<string, Connect>> {
  const kubelets = createKubelets(parts, tls)
  return {
    'pods/log': logs(kubelets), 'pods/exec': streaming(session(kubelets, parts.clock, 'exec')), 'pods/attach': streaming(session(kubelets, parts.clock, 'attach')), 'pods/portforward': streaming(portForward(kubelets)),
    'pods/proxy': podProxy(kubelets), 'services/proxy': serviceProxy(kubelets, parts), 'nodes/proxy': nodeProxy(kubelets),
  }
}

/** Streams are opened by GET and POST alone. */
const streaming = (connect: Connect): Connect => async (request, ...rest) => {
  if (request.method !== 'GET' && request.method !== 'POST') throw new StatusError({ reason: 'MethodNotAllowed', message: 'the server does not allow this method on the requested resource', details: {} })
  return connect(request, ...rest)
}
