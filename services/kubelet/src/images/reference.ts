/** Image names as distribution/reference reads them: the default tag, the registry, and upstream's complaints. Pure. */

const tagPattern = /^[\w][\w.-]{0,127}$/
const digestPattern = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/
const pathPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
const domainPattern = /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?$/

export interface Reference { domain: string, path: string, tag?: string, digest?: string }

/** Throws with the words that follow `couldn't parse image name "…": `. */
export function parseReference(name: string): Reference {
  const bad = (why = '') => new Error(`invalid reference format${why}`)
  if (/^[a-f0-9]{64}$/.test(name)) throw new Error(`invalid repository name (${name}), cannot specify 64-byte hexadecimal strings`)
  const slash = name.indexOf('/'), first = name.slice(0, slash)
  const hasDomain = slash > 0 && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first)
  let domain = hasDomain ? first : 'docker.io', rest = hasDomain ? name.slice(slash + 1) : name
  if (domain === 'index.docker.io') domain = 'docker.io'
  if (domain === 'docker.io' && !rest.includes('/')) rest = `library/${rest}`
  const colon = rest.indexOf(':'), remote = colon > -1 ? rest.slice(0, colon) : rest
  if (remote.toLowerCase() !== remote) throw bad(`: repository name (${remote}) must be lowercase`)
  const at = rest.indexOf('@'), digest = at >= 0 ? rest.slice(at + 1) : undefined
  const named = at >= 0 ? rest.slice(0, at) : rest, c = named.lastIndexOf(':')
  const tag = c >= 0 ? named.slice(c + 1) : undefined, path = c >= 0 ? named.slice(0, c) : named
  if (!domainPattern.test(domain) || !pathPattern.test(path) || (tag !== undefined && !tagPattern.test(tag)) || (digest !== undefined && !digestPattern.test(digest))) throw bad()
  if (`${domain}/${path}`.length > 255) throw new Error('repository name must not be more than 255 characters')
  return { domain, path, ...(tag && { tag }), ...(digest && { digest }) }
}

/** util/parsers' applyDefaultTag: what is asked of the runtime. */
export function withDefaultTag(image: string): string {
  let r: Reference
  try {
    r = parseReference(image)
  } catch (e) {
    throw new Error(`couldn't parse image name ${JSON.stringify(image)}: ${(e as Error).message}`, { cause: e })
  }
  return r.tag || r.digest ? image : `${image}:latest`
}
