import { StatusError, forbidden, isStatus, notFound, resources } from '@drydock/api'
import type { Namespace } from '@drydock/api'
import { refuse } from '../errors.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../types.ts'
import type { PluginParts } from '../parts.ts'

const immortal = new Set(['default', 'kube-system', 'kube-public'])
const reviews = new Set(['localsubjectaccessreviews'])

/** Nothing is made in a namespace that is not there or that goes; the namespaces of the system are not deleted. */
export function namespaceLifecycle(parts: PluginParts): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    handles: (r) => r.operation !== 'CONNECT' && (r.namespace !== '' || isNamespace(r)),
    admit(r) {
      if (isNamespace(r)) {
        if (r.operation === 'DELETE' && immortal.has(r.name)) throw forbidden(resources.namespaces, r.name, 'this namespace may not be deleted')
        return
      }
      if (r.operation === 'DELETE' || reviews.has(r.resource.resource)) return
      const namespace = parts.reader.get(resources.namespaces, '', r.namespace)
      return namespace ? check(r, namespace) : live(parts, r).then((n) => check(r, n))
    },
  }
}

function check(r: AdmissionRequest, namespace: Namespace): void {
  if (r.operation === 'CREATE' && namespace.status?.phase === 'Terminating') throw terminating(r)
}

const isNamespace = (r: AdmissionRequest): boolean => r.resource.resource === 'namespaces' && r.resource.group === ''

/** A namespace that another apiserver made a moment ago is in the store, if not in this cache. */
async function live(parts: PluginParts, r: AdmissionRequest): Promise<Namespace> {
  try {
    return await parts.writer.update(resources.namespaces, '', r.namespace, () => undefined, { signal: r.signal })
  } catch (e) {
    throw isStatus(e, 'NotFound') ? notFound(resources.namespaces, r.namespace) : e
  }
}

function terminating(r: AdmissionRequest): StatusError {
  const e = refuse(r, `unable to create new content in namespace ${r.namespace} because it is being terminated`)
  const causes = [{ reason: 'NamespaceTerminating', message: `namespace ${r.namespace} is being terminated`, field: 'metadata.namespace' }]
  return new StatusError({ reason: 'Forbidden', message: e.message, details: { ...e.details, causes } })
}
