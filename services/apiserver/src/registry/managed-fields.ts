/** metadata.managedFields: who set which field. Until the machinery for it is there, objects carry none. */
import type { ApiObject } from '../admission/types.ts'
import type { WriteOptions } from './options.ts'
import type { Registry, ResourceRequest } from './parts.ts'

/** The object with its managedFields after a write other than apply. */
export function stampFields(_p: Registry, _r: ResourceRequest, _live: ApiObject | undefined, object: ApiObject, _options: WriteOptions): ApiObject {
  delete object.metadata['managedFields']
  return object
}
