/** The kubelet's door (proto/kubelet.proto): its messages, and its methods for both sides. */
import { method } from './rpc/types.ts'
import * as m from './gen/kubelet.ts'

export * from './gen/kubelet.ts'

const at = (name: string) => `/drydock.kubelet.v1.Kubelet/${name}`
export const methods = {
  logs: method(at('Logs'), m.LogsRequest, m.LogsChunk),
  exec: method(at('Exec'), m.SessionInput, m.SessionOutput),
  attach: method(at('Attach'), m.SessionInput, m.SessionOutput),
  portForward: method(at('PortForward'), m.PortForwardInput, m.PortForwardOutput),
  stats: method(at('Stats'), m.StatsRequest, m.JsonReply),
  http: method(at('Http'), m.HttpRequest, m.HttpReply),
}
