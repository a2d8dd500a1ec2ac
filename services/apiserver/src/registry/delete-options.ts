/** metav1.DeleteOptions of a request: from the body if there is one, else from the query. */
import { badRequest, StatusError } from '@drydock/api'
import { DecodeError, decodeStruct, isObject, JSONSyntaxError, parseJSON, parseYAML, structNamed, YAMLSyntaxError } from '@drydock/api/schema'
import { mediaTypes } from './decode.ts'
import type { ResourceRequest } from './parts.ts'

export function deleteOptionsOf(r: Pick<ResourceRequest, 'body' | 'contentType' | 'query'>): Record<string, unknown> {
  if (r.body.length > 0) return fromBody(parse(r))
  const q = r.query, out: Record<string, unknown> = {}
  if (q.size === 0) return out
  const grace = q.get('gracePeriodSeconds')
  if (grace !== null) {
    if (!/^[+-]?\d+$/.test(grace)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`)
    out['gracePeriodSeconds'] = Number(grace)
  }
  if (q.has('propagationPolicy')) out['propagationPolicy'] = q.get('propagationPolicy')
  for (const k of ['orphanDependents', 'ignoreStoreReadErrorWithClusterBreakingPotential'] as const) if (q.has(k)) out[k] = q.get(k) !== 'false' && q.get(k) !== '0'
  const uid = q.get('uid'), resourceVersion = q.get('resourceVersion')
  if (uid || resourceVersion) out['preconditions'] = { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) }
  if (q.has('dryRun')) out['dryRun'] = q.getAll('dryRun')
  return out
}

function parse(r: Pick<ResourceRequest, 'body' | 'contentType'>): unknown {
  const type = r.contentType.split(';')[0]!.trim(), text = r.body.toString()
  if (type !== '' && type !== 'application/json' && type !== 'application/yaml') {
    throw new StatusError({ reason: 'UnsupportedMediaType', message: `the body of the request was in an unknown format - accepted media types include: ${mediaTypes.join(', ')}` })
  }
  try {
    return type === 'application/yaml' ? parseYAML(text).value : parseJSON(text).value
  } catch (e) {
    if (e instanceof JSONSyntaxError || e instanceof YAMLSyntaxError) throw badRequest(`couldn't get version/kind; json parse error: ${e.message}`)
    throw e
  }
}

// DeleteOptions is known to every group version, so whatever apiVersion it says is fine.
function fromBody(value: unknown): Record<string, unknown> {
  const given = value ?? {}
  if (!isObject(given)) {
    const kind = Array.isArray(given) ? 'array' : typeof given === 'boolean' ? 'bool' : typeof given
    throw badRequest(`couldn't get version/kind; json parse error: json: cannot unmarshal ${kind} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`)
  }
  const kind = given['kind'] as string | undefined
  if (kind === 'Status') throw badRequest('converting (v1.Status) to (v1.DeleteOptions): unknown conversion')
  if (kind && kind !== 'DeleteOptions') throw badRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(given['apiVersion'] ?? '')} in scheme "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"`)
  try {
    return decodeStruct(structNamed('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions')!, given, { strict: false }).object
  } catch (e) {
    if (e instanceof DecodeError) throw badRequest(e.message)
    throw e
  }
}
