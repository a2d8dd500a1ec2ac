/**
 * /openapi/v3, its document per group and version, and /openapi/v2, made from the table on first use. Version 2 is also
 * served as protobuf, which is the only form that client-go asks for; version 3 is JSON alone.
 */
import { createHash } from 'node:crypto'
import { resourceFacts } from '@drydock/api'
import { rawType, rawTypeNames } from '@drydock/api/schema'
import type { NonResource, Reply } from '../request.ts'
import { namedGroups } from '../discovery/documents.ts'
import { pathsOf } from './paths.ts'
import { closure } from './schemas.ts'
import { encodeSwagger } from './swagger-protobuf.ts'

const info = { title: 'Kubernetes', version: '1.35' }
const bearer = { BearerToken: { type: 'apiKey', in: 'header', name: 'authorization', description: 'Bearer Token authentication' } }

/** Documents by path: `apis/apps/v1`. What has no kinds of its own has an empty one. */
function documentPaths(): string[] {
  const groups = namedGroups(resourceFacts)
  return ['.well-known/openid-configuration', 'api', 'api/v1', 'apis', ...groups.flatMap((g) => [`apis/${g.group}`, ...g.versions.map((v) => `apis/${g.group}/${v}`)]), 'openid/v1/jwks', 'version'].sort()
}

function v3Document(path: string): Buffer {
  const [first, a, b] = path.split('/')
  const gv = first === 'api' && a ? { group: '', version: a } : first === 'apis' && a && b ? { group: a, version: b } : undefined
  const { paths, types } = gv ? pathsOf(gv, 3) : { paths: {}, types: new Set<string>() }
  if (gv) for (const n of rawTypeNames()) if (rawType(n)!.gvk?.some((k) => k.startsWith(`${gv.group}/${gv.version}/`)) && isOwn(n, gv.group)) types.add(n)
  return Buffer.from(JSON.stringify({ openapi: '3.0.0', info, paths, components: { schemas: closure(types, 3), securitySchemes: bearer } }))
}

// Types of meta/v1 name every group; they come in by reference where they are used.
const isOwn = (name: string, group: string): boolean => group === '' || !name.includes('.apis.meta.v1.')

function v2Document() {
  const { paths, types } = pathsOf(undefined, 2)
  for (const n of rawTypeNames()) if (rawType(n)!.gvk) types.add(n)
  return { swagger: '2.0', info: { title: 'Kubernetes', version: 'v1.35.6' }, paths, definitions: closure(types, 2), securityDefinitions: bearer, security: [{ BearerToken: [] }] }
}

const plain = 'text/plain; charset=utf-8'
const swaggerProtobuf = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

export function createOpenAPI(): NonResource {
  const known = new Set(documentPaths())
  const documents = new Map<string, { body: Buffer, hash: string }>()
  const document = (path: string) => {
    let d = documents.get(path)
    if (!d) {
      const body = v3Document(path)
      documents.set(path, d = { body, hash: createHash('sha512').update(body).digest('hex').toUpperCase() })
    }
    return d
  }
  let index: Buffer | undefined, swagger: Buffer | undefined, protobuf: Buffer | undefined
  const indexBody = () => (index ??= Buffer.from(`${JSON.stringify({ paths: Object.fromEntries([...known].map((p) => [p, { serverRelativeURL: `/openapi/v3/${p}?hash=${document(p).hash}` }])) })}\n`))

  return (r) => {
    const { path } = r.info
    if (path === '/openapi/v3' || path === '/openapi/v3/') return text(200, plain, indexBody())
    if (path === '/openapi/v2') {
      const accept = r.credentials.headers.accept ?? '*/*'
      if (/proto-openapi\.spec\.v2[@.]v1\.0\+protobuf/.test(accept)) return text(200, swaggerProtobuf, protobuf ??= encodeSwagger(v2Document()))
      return acceptsJson(accept) ? text(200, 'application/json', swagger ??= Buffer.from(JSON.stringify(v2Document())))  : text(406, '', '')
    }
    if (!path.startsWith('/openapi/v3/')) return undefined
    const name = path.slice('/openapi/v3/'.length)
    if (!known.has(name)) return text(404, '', '')
    if (!acceptsJson(r.credentials.headers.accept ?? '*/*')) return text(406, plain, '')
    return versioned(name, document(name), r.query.get('hash'))
  }
}

const acceptsJson = (accept: string): boolean => accept.split(',').some((a) => /^(\*\/\*|application\/(\*|json))$/.test(a.split(';')[0]!.trim()))

const text = (code: number, contentType: string, body: string | Buffer, headers: Record<string, string> = {}): Reply => ({ type: 'text', code, contentType, body, headers })

/** A document under its hash never changes; under a wrong one the client is sent to the right one. */
function versioned(name: string, d: { body: Buffer, hash: string }, hash: string | null): Reply {
  if (hash !== null && hash !== d.hash) return text(301, plain, '', { location: `/openapi/v3/${name}?hash=${d.hash}` })
  const cache: Record<string, string> = hash === null ? { 'cache-control': 'no-cache, private' } : { 'cache-control': 'public, immutable' }
  return text(200, 'application/json', d.body, { etag: `"${d.hash}"`, ...cache })
}
