/** Server-side apply: PATCH with application/apply-patch+yaml. */
import { badRequest } from '@drydock/api'
import { applyConfiguration, isObject, parseYAML, YAMLSyntaxError } from '@drydock/api/schema'
import type { ApiObject } from '../admission/types.ts'
import type { Reply } from '../request.ts'
import { defaulted } from './decode.ts'
import { fieldContext } from './managed-fields.ts'
import { writeOptions, type WriteOptions } from './options.ts'
import { type Registry, type ResourceRequest, warn } from './parts.ts'
import { applyScale } from './scale.ts'
import { changeObject } from './update.ts'

export async function apply(p: Registry, r: ResourceRequest): Promise<Reply> {
  const options = writeOptions(r.query, 'PatchOptions', true)
  const config = parseConfig(r, options)
  if (r.info.subresource === 'scale') return applyScale(p, r, config)
  return changeObject(p, r, {
    options, kind: 'PatchOptions', createIfMissing: r.info.subresource === '', managed: true,
    change: (live) => applied(p, r, live, config, options),
  })
}

/** The live object with the configuration merged in, defaults and managedFields set. */
export function applied(p: Registry, r: ResourceRequest, live: ApiObject | undefined, config: ApiObject, options: WriteOptions): ApiObject {
  const object = applyConfiguration(live, config, { ...fieldContext(p, r, options), force: options.force ?? false })
  return defaulted(r.type, object as ApiObject)
}

interface ParsedConfig { value: unknown, duplicates: readonly string[] }

function parseBody(text: string): ParsedConfig {
  if (text.startsWith('{')) {
    try {
      return { value: JSON.parse(text), duplicates: [] }
    } catch { /* YAML's words for it, below */ }
  }
  try {
    return parseYAML(text)
  } catch (e) {
    if (e instanceof YAMLSyntaxError) throw badRequest(`error decoding YAML: ${e.message}`)
    throw e
  }
}

function parseConfig(r: ResourceRequest, options: WriteOptions): ApiObject {
  const { value, duplicates } = parseBody(r.body.toString('utf8'))
  const config = value ?? {}
  if (!isObject(config)) throw badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${Array.isArray(config) ? 'array' : typeof config} into Go value of type map[string]interface {}`)
  if (duplicates.length && options.fieldValidation === 'Strict') throw badRequest(`error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  ${duplicates.join('\n  ')}`)
  if (options.fieldValidation === 'Warn') for (const d of duplicates) warn(r.warnings, d)
  return { ...config, metadata: isObject(config['metadata']) ? config['metadata'] : config['metadata'] ?? {} } as ApiObject
}
