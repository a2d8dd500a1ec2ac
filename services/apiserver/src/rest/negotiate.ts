/** Accept headers: which form an answer takes (endpoints/handlers/negotiation). */
import { StatusError } from '@drydock/api'

export interface Accepted {
  format: 'json' | 'yaml' | 'protobuf'
  pretty: boolean
  /** Table, PartialObjectMetadata, PartialObjectMetadataList. */
  as: '' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'
  gzip: boolean
  /** Tables and metadata-only forms under their old version, meta.k8s.io/v1beta1. */
  beta?: boolean
}

const plain: Accepted = { format: 'json', pretty: false, as: '', gzip: false }

export interface NegotiateOptions { accept: string | undefined, acceptEncoding: string | undefined, pretty: boolean, watch: boolean }

export function negotiate(o: NegotiateOptions): Accepted {
  const gzip = /\bgzip\b/.test(o.acceptEncoding ?? '')
  const { accept } = o
  if (!accept || accept === '*/*' || accept === 'application/json') return o.pretty || gzip ? { ...plain, pretty: o.pretty, gzip } : plain
  for (const clause of clauses(accept)) {
    const found = acceptable(clause, o)
    if (found) return { ...found, pretty: o.pretty || found.pretty, gzip }
  }
  throw new StatusError({ reason: 'NotAcceptable', message: `only the following media types are accepted: ${o.watch ? watchTypes : types}` })
}
const types = 'application/json, application/yaml, application/vnd.kubernetes.protobuf'
const watchTypes = 'application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch'

interface Clause { type: string, q: number, params: Map<string, string> }

// goautoneg: by quality, then the more exact, then as given.
function clauses(accept: string): Clause[] {
  return accept.split(',').map((part): Clause => {
    const [type = '', ...rest] = part.split(';').map((s) => s.trim())
    const params = new Map(rest.map((p): [string, string] => { const i = p.indexOf('='); return i < 0 ? [p, ''] : [p.slice(0, i).trim(), p.slice(i + 1).trim()] }))
    return { type, q: params.has('q') ? Number(params.get('q')) : 1, params }
  }).filter((c) => c.q > 0).sort((a, b) => b.q - a.q)
}

const formats: Readonly<Record<string, Accepted['format']>> = {
  'application/json': 'json', 'application/*': 'json', '*/*': 'json', 'application/yaml': 'yaml', 'application/vnd.kubernetes.protobuf': 'protobuf',
}

function acceptable(c: Clause, o: NegotiateOptions): Accepted | undefined {
  const format = formats[c.type]
  if (!format || (o.watch && format === 'yaml')) return undefined
  const as = c.params.get('as') ?? ''
  let beta = false
  if (format === 'protobuf' && as === 'Table') return undefined
  if (as) {
    const v = c.params.get('v')
    if (c.params.get('g') !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1')) return undefined
    beta = v === 'v1beta1'
    if (as !== 'Table' && as !== 'PartialObjectMetadata' && as !== 'PartialObjectMetadataList') return undefined
  }
  return { format, as: as as Accepted['as'], pretty: c.params.get('pretty') === '1', gzip: false, ...(beta && { beta }) }
}

/** What the router asks of a request before anything is done: one of the types by its plain name. Throws 406. */
export function checkAccept(accept: string | undefined, verb: string): void {
  if (!accept || accept === '*/*' || accept.startsWith('application/json')) return
  for (const part of accept.split(',')) {
    const type = part.split(';', 1)[0]!.trim()
    if (type === '*/*' || type === '' || (type in formats && type !== 'application/*')) return
  }
  throw new StatusError({ reason: 'NotAcceptable', message: `406: Not Acceptable\n\nAvailable representations: ${verb === 'list' || verb === 'watch' ? `${types}, ${watchTypes}` : types}`, details: {} })
}
