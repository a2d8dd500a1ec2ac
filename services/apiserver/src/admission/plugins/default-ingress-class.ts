import { resources } from '@drydock/api'
import type { IngressSpec } from '@drydock/api'
import type { AdmissionPlugin } from '../types.ts'
import type { PluginParts } from '../parts.ts'
import { defaultOf } from './defaults-by-annotation.ts'

/** An ingress that names no class gets the default one, if there is one. */
export function defaultIngressClass(parts: PluginParts): AdmissionPlugin {
  return {
    name: 'DefaultIngressClass',
    handles: (r) => r.resource.resource === 'ingresses' && !r.subresource && r.operation === 'CREATE',
    admit(r) {
      const spec = (r.object!['spec'] ??= {}) as IngressSpec
      if (spec.ingressClassName !== undefined || r.object!.metadata['annotations']?.['kubernetes.io/ingress.class'] !== undefined) return
      const found = defaultOf(parts.reader.list(resources.ingressclasses), ['ingressclass.kubernetes.io/is-default-class'])
      if (found) spec.ingressClassName = found.metadata?.name
    },
  }
}
