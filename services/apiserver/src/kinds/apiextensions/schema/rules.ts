/** Rules of a schema (x-kubernetes-validations) as they are compiled with the definition. What they would cost is not estimated. */
import { invalid } from '@drydock/api'
import { type CelType, compile, type Scope } from '../../lib/cel/index.ts'
import type { Errors } from '../../lib/validate.ts'
import { goRule } from './shown.ts'
import { itemsOf, type Schema, valuesOf } from './types.ts'

export function compileRules(path: string, s: Schema, root: boolean): Errors {
  const self = typeOf(s, root)
  return (s['x-kubernetes-validations'] ?? []).flatMap((r, i) => {
    const at = `${path}[${i}]`
    const scope: Scope = new Map([['self', self], ['oldSelf', r.optionalOldSelf === undefined ? self : undefined]])
    const out: Errors = []
    const rule = compile(r.rule ?? '', scope)
    if (rule.error) out.push(invalid(`${at}.rule`, goRule(r), `compilation failed: ${rule.error}`))
    if (r.messageExpression) {
      const { error } = compile(r.messageExpression, scope)
      if (error) out.push(invalid(`${at}.messageExpression`, goRule(r), `messageExpression compilation failed: ${error}`))
    }
    if (r.optionalOldSelf !== undefined && !rule.uses('oldSelf')) out.push(invalid(`${at}.optionalOldSelf`, r.optionalOldSelf, 'may not be set if oldSelf is not used in rule'))
    return out
  })
}

/** What every resource shows of itself. */
const resource: ReadonlyArray<readonly [string, CelType]> = [['apiVersion', undefined], ['kind', undefined], ['metadata', { fields: new Map([['name', undefined], ['generateName', undefined]]) }]]

function typeOf(s: Schema, root = false): CelType {
  if (s['x-kubernetes-int-or-string']) return undefined
  const items = itemsOf(s), values = valuesOf(s)
  if (s.type === 'array') return { elements: items && typeOf(items) }
  if (s.type !== 'object') return undefined
  if (values) return { elements: typeOf(values) }
  const whole = root || s['x-kubernetes-embedded-resource'] === true
  const own = Object.entries(s.properties ?? {}).flatMap(([k, p]): Array<[string, CelType]> => [k, escaped(k)].map((name) => [name, typeOf(p)]))
  if (!whole && !own.length) return undefined
  return { fields: new Map([...own, ...(whole ? resource : [])]) }
}

const keywords = new Set(['true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import', 'let', 'loop', 'package', 'namespace', 'return', 'var', 'void', 'while'])

/** A property's name as expressions write it. */
const escaped = (name: string): string =>
  (keywords.has(name) ? `__${name}__` : name.replaceAll('__', '__underscores__').replaceAll('.', '__dot__').replaceAll('-', '__dash__').replaceAll('/', '__slash__'))
