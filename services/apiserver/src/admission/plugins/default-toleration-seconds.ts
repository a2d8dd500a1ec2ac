import type { PodSpec, Toleration } from '@drydock/api'
import type { AdmissionPlugin } from '../types.ts'

export interface TolerationSeconds { /** --default-not-ready-toleration-seconds; default 300. */ notReady?: number, /** --default-unreachable-toleration-seconds; default 300. */ unreachable?: number }

/** Pods leave a node that is not ready or not reachable after five minutes, unless they say otherwise. */
export function defaultTolerationSeconds(o: TolerationSeconds = {}): AdmissionPlugin {
  return {
    name: 'DefaultTolerationSeconds',
    handles: (r) => r.resource.resource === 'pods' && !r.resource.group && !r.subresource && (r.operation === 'CREATE' || r.operation === 'UPDATE'),
    admit(r) {
      const spec = r.object!['spec'] as PodSpec
      const given = spec.tolerations ?? []
      const covered = (key: string) => given.some((t) => (!t.key || t.key === key) && (!t.effect || t.effect === 'NoExecute'))
      const add = (key: string, tolerationSeconds: number): Toleration[] => (covered(key) ? [] : [{ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds }])
      const more = [...add('node.kubernetes.io/not-ready', o.notReady ?? 300), ...add('node.kubernetes.io/unreachable', o.unreachable ?? 300)]
      if (more.length) spec.tolerations = [...given, ...more]
    },
  }
}
