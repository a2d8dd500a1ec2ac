/** What of the API is served by nodes: logs, exec, attach, port-forward, proxies. Plugs into the chain by `connects`. */
import type { Parts } from '../registry/parts.ts'
import type { Connect } from '../request.ts'
import { createKubelets, type KubeletTls } from './kubelet-client.ts'
import { logs } from './logs.ts'
import { portForward } from './port-forward.ts'
import { nodeProxy, podProxy, serviceProxy } from './proxy.ts'
import { session } from './session.ts'

export function createNodeProxy(parts: Parts, tls: KubeletTls): Readonly<Record<string, Connect>> {
  const kubelets = createKubelets(parts, tls)
  return {
    'pods/log': logs(kubelets), 'pods/exec': session(kubelets, parts.clock, 'exec'), 'pods/attach': session(kubelets, parts.clock, 'attach'), 'pods/portforward': portForward(kubelets),
    'pods/proxy': podProxy(kubelets), 'services/proxy': serviceProxy(kubelets, parts), 'nodes/proxy': nodeProxy(kubelets),
  }
}
