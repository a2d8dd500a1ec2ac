/** Everything of the API lives under this prefix, so that one watch sees every revision. */
export const registryPrefix = '/registry/'

export interface ObjectKey { group: string, resource: string, namespace: string, name: string }

/** `/registry/<group|core>/<resource>/<namespace|->/<name>`. */
export const objectKey = (k: ObjectKey): string => `${registryPrefix}${k.group || 'core'}/${k.resource}/${k.namespace || '-'}/${k.name}`

/** Prefix of a resource, or of one namespace of it. */
export const collectionPrefix = (group: string, resource: string, namespace = ''): string =>
  `${registryPrefix}${group || 'core'}/${resource}/${namespace ? `${namespace}/` : ''}`

/** Undefined for a key of another shape: such keys are no objects. */
export function parseObjectKey(key: string): ObjectKey | undefined {
  const p = key.split('/')
  if (p.length !== 6 || p[1] !== 'registry') return undefined
  return { group: p[2] === 'core' ? '' : p[2]!, resource: p[3]!, namespace: p[4] === '-' ? '' : p[4]!, name: p[5]! }
}

/** The first key behind all that begin with `prefix` (etcd's range_end). Keys are ASCII, so the last character can grow. */
export const prefixEnd = (prefix: string): string => prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)
