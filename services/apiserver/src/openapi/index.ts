/**
 * /openapi/v3, its document per group and version, and /openapi/v2, made from the table on first use. Version 2 is also
 * served as protobuf, which is the only form that client-go asks for; version 3 is JSON alone. Custom resources are in version 3.
 */
import { createHash } from 'node:crypto'
import { resourceFacts } from '@drydock/api'
import { rawType, rawTypeNames } from '@drydock/api/schema'
import type { NonResource, Reply } from '../request.ts'
import { namedGroups } from '../discovery/documents.ts'
import type { ResourceType, ResourceTypes } from '../registry/resource-type.ts'
import { customSchemas } from './custom.ts'
import { pathsOf } from './paths.ts'
import { closure } from './schemas.ts'
import { encodeSwagger } from './swagger-protobuf.ts'

const info = { title: 'Kubernetes', version: '1.35' }
const bearer = { BearerToken: { type: 'apiKey', in: 'header', name: 'authorization', description: 'Bearer Token authentication' } }

/** Documents by path: `apis/apps/v1`. What has no kinds of its own has an empty one. */
function documentPaths(types: ResourceTypes): string[] {
  const groups = namedGroups(types.all.map((t) => t.fact))
  return ['.well-known/openid-configuration', 'api', 'api/v1', 'apis', ...groups.flatMap((g) => [`apis/${g.group}`, ...g.versions.map((v) => `apis/${g.group}/${v}`)]), 'openid/v1/jwks', 'version'].sort()
}

function v3Document(path: string, all: readonly ResourceType[]): Buffer {
  const [first, a, b] = path.split('/')
  const gv = first === 'api' && a ? { group: '', version: a } : first === 'apis' && a && b ? { group: a, version: b } : undefined
  const mine = gv ? all.filter((t) => t.group === gv.group && t.version === gv.version) : []
  const custom = customSchemas(mine)
  const { paths, types } = pathsOf(mine.map((t) => t.fact), 3, custom.schemas)
  if (gv) for (const n of rawTypeNames()) if (rawType(n)!.gvk?.some((k) => k.startsWith(`${gv.group}/${gv.version}/`)) && isOwn(n, gv.group)) types.add(n)
  return Buffer.from(JSON.stringify({ openapi: '3.0.0', info, paths, components: { schemas: { ...closure([...types, ...custom.refers], 3), ...custom.schemas }, securitySchemes: bearer } }))
}

// Types of meta/v1 name every group; they come in by reference where they are used.
const isOwn = (name: string, group: string): boolean => group === '' || !name.includes('.apis.meta.v1.')

function v2Document() {
  const { paths, types } = pathsOf(resourceFacts, 2)
  for (const n of rawTypeNames()) if (rawType(n)!.gvk) types.add(n)
  return { swagger: '2.0', info: { title: 'Kubernetes', version: 'v1.35.6' }, paths, definitions: closure(types, 2), securityDefinitions: bearer, security: [{ BearerToken: [] }] }
}

const plain = 'text/plain; charset=utf-8'
const swaggerProtobuf = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

interface Document { body: Buffer, hash: string }

/** Version 3 as of one generation of the types. */
class Documents {
  readonly generation: number
  readonly #types: ResourceTypes
  readonly #paths: readonly string[]
  readonly #made: Map<string, Document>
  #index: Buffer | undefined

  /** Documents of the table's groups are those that were made before. */
  constructor(types: ResourceTypes, before?: Documents) {
    this.generation = types.generation
    this.#types = types
    this.#paths = documentPaths(types)
    this.#made = new Map([...(before ? before.#made : [])].filter(([p]) => tablePaths.has(p)))
  }

  get(path: string): Document | undefined {
    let d = this.#made.get(path)
    if (!d && this.#paths.includes(path)) {
      const body = v3Document(path, this.#types.all)
      this.#made.set(path, d = { body, hash: createHash('sha512').update(body).digest('hex').toUpperCase() })
    }
    return d
  }

  get index(): Buffer {
    return (this.#index ??= Buffer.from(`${JSON.stringify({ paths: Object.fromEntries(this.#paths.map((p) => [p, { serverRelativeURL: `/openapi/v3/${p}?hash=${this.get(p)!.hash}` }])) })}\n`))
  }
}
const tablePaths: ReadonlySet<string> = new Set(namedGroups(resourceFacts).flatMap((g) => g.versions.map((v) => `apis/${g.group}/${v}`)).concat('api/v1'))

export function createOpenAPI(types: ResourceTypes): NonResource {
  let made = new Documents(types)
  const documents = () => (made.generation === types.generation ? made : (made = new Documents(types, made)))
  let swagger: Buffer | undefined, protobuf: Buffer | undefined

  return (r) => {
    const { path } = r.info
    if (path === '/openapi/v3' || path === '/openapi/v3/') return text(200, plain, documents().index)
    if (path === '/openapi/v2') {
      const accept = r.credentials.headers.accept ?? '*/*'
      if (/proto-openapi\.spec\.v2[@.]v1\.0\+protobuf/.test(accept)) return text(200, swaggerProtobuf, protobuf ??= encodeSwagger(v2Document()))
      return acceptsJson(accept) ? text(200, 'application/json', swagger ??= Buffer.from(JSON.stringify(v2Document())))  : text(406, '', '')
    }
    if (!path.startsWith('/openapi/v3/')) return undefined
    const name = path.slice('/openapi/v3/'.length)
    const document = documents().get(name)
    if (!document) return text(404, '', '')
    if (!acceptsJson(r.credentials.headers.accept ?? '*/*')) return text(406, plain, '')
    return versioned(name, document, r.query.get('hash'))
  }
}

const acceptsJson = (accept: string): boolean => accept.split(',').some((a) => /^(\*\/\*|application\/(\*|json))$/.test(a.split(';')[0]!.trim()))

const text = (code: number, contentType: string, body: string | Buffer, headers: Record<string, string> = {}): Reply => ({ type: 'text', code, contentType, body, headers })

/** A document under its hash never changes; under a wrong one the client is sent to the right one. */
function versioned(name: string, d: Document, hash: string | null): Reply {
  if (hash !== null && hash !== d.hash) return text(301, plain, '', { location: `/openapi/v3/${name}?hash=${d.hash}` })
  const cache: Record<string, string> = hash === null ? { 'cache-control': 'no-cache, private' } : { 'cache-control': 'public, immutable' }
  return text(200, 'application/json', d.body, { etag: `"${d.hash}"`, ...cache })
}
