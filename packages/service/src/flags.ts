/**
 * Flags as upstream's components take them (pflag): `--name value`, `--name=value`, booleans as `--name` or `--name=false`,
 * lists repeated or with commas, durations such as 5s or 1m30s. One table gives parsing, types, help, environment and file.
 */

/** A mistake in what the process was started with; `message` is the one line that the user sees. */
export class UsageError extends Error {}

export interface Flag<T> {
  readonly kind: 'string' | 'number' | 'boolean' | 'duration' | 'list' | 'map'
  readonly default: T
  readonly help: string
  /** One letter: -v. */
  readonly short?: string
  /** The values that are allowed. */
  readonly choices?: readonly string[]
  /** Not in the help. */
  readonly hidden?: boolean
}
type More = { short?: string, choices?: readonly string[], hidden?: boolean }

/** Makers of flags. Durations are milliseconds in code. */
export const flag = {
  string: (initial: string, help: string, o: More = {}): Flag<string> => ({ kind: 'string', default: initial, help, ...o }),
  number: (initial: number, help: string, o: More = {}): Flag<number> => ({ kind: 'number', default: initial, help, ...o }),
  boolean: (initial: boolean, help: string, o: More = {}): Flag<boolean> => ({ kind: 'boolean', default: initial, help, ...o }),
  durationMs: (initial: string, help: string, o: More = {}): Flag<number> => ({ kind: 'duration', default: parseDuration(initial), help, ...o }),
  list: (initial: readonly string[], help: string, o: More = {}): Flag<readonly string[]> => ({ kind: 'list', default: initial, help, ...o }),
  /** `a=1,b=2`: node labels, feature gates, reserved resources. */
  map: (initial: Readonly<Record<string, string>>, help: string, o: More = {}): Flag<Readonly<Record<string, string>>> => ({ kind: 'map', default: initial, help, ...o }),
}

// `any` because a table holds flags of all value types.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type FlagTable = Readonly<Record<string, Flag<any>>>
type Camel<S extends string> = S extends `${infer A}-${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S
/** The values of a table: `bind-address` becomes `bindAddress`. */
export type FlagValues<F extends FlagTable> = { -readonly [K in keyof F as Camel<K & string>]: F[K] extends Flag<infer T> ? T : never }

export const camel = (name: string): string => name.replace(/-([a-z0-9])/g, (_, c: string) => c.toUpperCase())

const durationUnits: Record<string, number> = { ns: 1e-6, us: 1e-3, 'µs': 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Go's time.ParseDuration, in milliseconds. A bare 0 is allowed, other bare numbers are not. */
export function parseDuration(text: string): number {
  if (text === '0') return 0
  const sign = text.startsWith('-') ? -1 : 1
  let rest = text.replace(/^[+-]/, '')
  let ms = 0
  if (rest === '') throw new UsageError(`invalid duration ${JSON.stringify(text)}`)
  while (rest !== '') {
    const part = /^(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/.exec(rest)
    if (!part) throw new UsageError(`invalid duration ${JSON.stringify(text)}: want something like 5s or 1m30s`)
    ms += Number(part[1]) * durationUnits[part[2]!]!
    rest = rest.slice(part[0].length)
  }
  return sign * ms
}

/** A duration as one types it: 90000 is 1m30s. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  if (ms < 1000) return `${ms}ms`
  const h = Math.floor(ms / 3_600_000), m = Math.floor((ms % 3_600_000) / 60_000), s = (ms % 60_000) / 1000
  return `${h ? `${h}h` : ''}${m ? `${m}m` : ''}${s || (!h && !m) ? `${s}s` : ''}`
}

/** One value from text, as the flag's kind wants it; `where` names the source in the error. */
export function parseValue(f: Flag<unknown>, text: string, where: string): unknown {
  if (f.choices && f.kind !== 'list' && !f.choices.includes(text)) throw new UsageError(`${where}: ${JSON.stringify(text)} is not one of ${f.choices.join(', ')}`)
  switch (f.kind) {
    case 'string': return text
    case 'number': {
      const n = Number(text)
      if (text.trim() === '' || !Number.isFinite(n)) throw new UsageError(`${where}: ${JSON.stringify(text)} is not a number`)
      return n
    }
    case 'boolean': {
      if (/^(true|t|1|yes)$/i.test(text)) return true
      if (/^(false|f|0|no)$/i.test(text)) return false
      throw new UsageError(`${where}: ${JSON.stringify(text)} is not true or false`)
    }
    case 'duration':
      try { return parseDuration(text) } catch (e) { throw new UsageError(`${where}: ${(e as Error).message}`) }
    case 'list': return text === '' ? [] : text.split(',').map((s) => s.trim()).filter((s) => s !== '')
    case 'map': return parseMap(text, where)
  }
}

function parseMap(text: string, where: string): Record<string, string> {
  const out: Record<string, string> = {}
  for (const pair of text.split(',').map((s) => s.trim()).filter((s) => s !== '')) {
    const i = pair.indexOf('=')
    if (i < 1) throw new UsageError(`${where}: ${JSON.stringify(pair)} is not of the form name=value`)
    out[pair.slice(0, i)] = pair.slice(i + 1)
  }
  return out
}

/** Values found in one source, by kebab name. Repeated lists and maps add up; of anything else the last stands. */
export type Found = Map<string, unknown>

function put(found: Found, name: string, f: Flag<unknown>, value: unknown): void {
  const before = found.get(name)
  if (f.kind === 'list' && before) found.set(name, [...(before as string[]), ...(value as string[])])
  else if (f.kind === 'map' && before) found.set(name, { ...(before as object), ...(value as object) })
  else found.set(name, value)
}

/** Reads the command line. Throws UsageError for what the table does not know. */
export function parseArguments(table: FlagTable, argv: readonly string[]): Found {
  const shorts = new Map(Object.entries(table).flatMap(([name, f]) => (f.short ? [[f.short, name] as const] : [])))
  const found: Found = new Map()
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i]!
    const m = /^--?([^=]+)(?:=([\s\S]*))?$/.exec(arg)
    if (!m || !arg.startsWith('-')) throw new UsageError(`unexpected argument ${JSON.stringify(arg)}`)
    const written = m[1]!
    // -v4 is -v 4, as pflag reads it.
    const glued = !arg.startsWith('--') && written.length > 1 && shorts.has(written[0]!) ? written.slice(1) : undefined
    const name = arg.startsWith('--') ? written.replaceAll('_', '-') : shorts.get(written[0]!) ?? written
    const f = table[name]
    if (!f) throw new UsageError(`unknown flag: ${arg.startsWith('--') ? '--' : '-'}${written}`)
    let text = m[2] ?? glued
    if (text === undefined && f.kind === 'boolean') text = 'true'
    if (text === undefined) text = argv[++i]
    if (text === undefined) throw new UsageError(`flag needs an argument: --${name}`)
    put(found, name, f, parseValue(f, text, `--${name}`))
  }
  return found
}

/** Reads the environment: DRYDOCK_KUBELET_NODE_NAME is --node-name of the kubelet. Variables of other services are left alone. */
export function parseEnvironment(table: FlagTable, service: string, env: Readonly<Record<string, string | undefined>>): Found {
  const found: Found = new Map()
  for (const [name, f] of Object.entries(table)) {
    const variable = environmentName(service, name)
    const text = env[variable]
    if (text !== undefined) put(found, name, f, parseValue(f, text, variable))
  }
  return found
}
export const environmentName = (service: string, name: string): string => `DRYDOCK_${service}_${name}`.replaceAll('-', '_').toUpperCase()

/** Reads a parsed YAML file: keys are flag names, in kebab or camel case. */
export function parseConfig(table: FlagTable, config: unknown, file: string): Found {
  const found: Found = new Map()
  if (config === null || config === undefined) return found
  if (typeof config !== 'object' || Array.isArray(config)) throw new UsageError(`${file}: want a mapping of flag names to values`)
  const names = new Map(Object.keys(table).flatMap((n) => [[n, n], [camel(n), n]]))
  for (const [key, value] of Object.entries(config)) {
    if (key === 'apiVersion' || key === 'kind') continue
    const name = names.get(key)
    if (!name) throw new UsageError(`${file}: unknown key ${JSON.stringify(key)}`)
    put(found, name, table[name]!, fromConfig(table[name]!, value, `${file}: ${key}`))
  }
  return found
}

function fromConfig(f: Flag<unknown>, value: unknown, where: string): unknown {
  if (f.kind === 'list' && Array.isArray(value)) return value.map(String)
  if (f.kind === 'map' && value !== null && typeof value === 'object' && !Array.isArray(value)) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, String(v)]))
  if (value === null || typeof value === 'object') throw new UsageError(`${where}: want a ${f.kind}`)
  return parseValue(f, String(value), where)
}

/** Flag over environment over file over default. */
export function mergeFlags<F extends FlagTable>(table: F, sources: readonly Found[]): FlagValues<F> {
  const out: Record<string, unknown> = {}
  for (const [name, f] of Object.entries(table)) out[camel(name)] = sources.find((s) => s.has(name))?.get(name) ?? f.default
  return out as FlagValues<F>
}

/** The text of --help. */
export function helpText(o: { name: string, description: string, examples: readonly string[], table: FlagTable }): string {
  const show = (f: Flag<unknown>): string => {
    if (f.kind === 'duration') return formatDuration(f.default as number)
    if (f.kind === 'list') return (f.default as string[]).join(',')
    if (f.kind === 'map') return Object.entries(f.default as object).map(([k, v]) => `${k}=${v}`).join(',')
    return String(f.default)
  }
  const lines = Object.entries(o.table).filter(([, f]) => !f.hidden).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, f]) => {
    const left = `${f.short ? `-${f.short}, ` : '    '}--${name}${f.kind === 'boolean' ? '' : ` ${f.choices ? f.choices.join('|') : f.kind}`}`
    const initial = show(f)
    return `  ${left.padEnd(44)} ${f.help}${initial === '' || initial === 'false' ? '' : ` (default ${initial})`}`
  })
  const examples = o.examples.length ? `\nExamples:\n${o.examples.map((e) => `  ${e}`).join('\n')}\n` : ''
  return `${o.description}\n\nUsage: ${o.name} [flags]\n${examples}\nFlags:\n${lines.join('\n')}\n\n`
    + `Each flag can also stand in the file of --config (YAML) and in the environment as ${environmentName(o.name, 'some-flag').replace('SOME_FLAG', '<FLAG>')}.\n`
    + 'A flag on the command line wins over the environment, that over the file.\n'
}
