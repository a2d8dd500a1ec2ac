/**
 * What every main shares: flags, logs, metrics, health, signals, shutdown. A main is `await runService({ … })` and nothing
 * else. It guarantees: a mistake in flags or at start is one clear line on stderr and exit code 1; SIGTERM or SIGINT abort
 * `signal` and the process is gone within --shutdown-timeout; a second signal ends it at once.
 */
import { readFileSync } from 'node:fs'
import { type Clock, type Logger, realClock } from '@drydock/base'
import { baseFlags, servingFlags } from './common-flags.ts'
import { StartError } from './errors.ts'
import { type FlagTable, type FlagValues, helpText, mergeFlags, parseArguments, parseConfig, parseEnvironment, UsageError } from './flags.ts'
import { createHealth } from './health.ts'
import { createLogger, type LogLevel } from './logger.ts'
import { addProcessMetrics, Registry } from './metrics.ts'
import { collectThoroughly, collectWhenQuiet, processCpuMs } from './quiet.ts'
import { serve } from './serve.ts'
import type { Running, ServiceContext } from './types.ts'

export interface ServiceDefinition<F extends FlagTable> {
  /** Upstream's name of the component: stands in logs, help and environment variables. */
  name: string
  /** One sentence for --help. */
  description: string
  flags: F
  examples?: readonly string[]
  /** False: the service has a door of its own and answers health and metrics there. Default true. */
  serving?: boolean
  /** Makes the service: opens doors, wires parts. It is up once this has returned. */
  create(context: ServiceContext<ServiceFlags<F>>): Promise<Running> | Running
}

export interface ServiceEnvironment { argv?: readonly string[], env?: Readonly<Record<string, string | undefined>>, clock?: Clock }

/** Runs the service until a signal; never returns before that. */
export async function runService<F extends FlagTable>(definition: ServiceDefinition<F>, environment: ServiceEnvironment = {}): Promise<void> {
  const fail = (message: string): never => { process.stderr.write(`${definition.name}: ${message.split('\n')[0]}\n`); process.exit(1) }
  let flags: ServiceFlags<F>
  try {
    const parsed = await readFlags(definition, environment.argv ?? process.argv.slice(2), environment.env ?? process.env)
    if (parsed === 'help') return void process.stdout.write(helpText({ name: definition.name, description: definition.description, examples: definition.examples ?? [], table: tableOf(definition) }))
    flags = parsed
  } catch (e) {
    return fail(e instanceof UsageError ? `${e.message}\nRun with --help for the flags.` : String(e))
  }
  const clock = environment.clock ?? realClock
  const log = createLogger({ level: flags.v >= 4 ? 'debug' : flags.logLevel as LogLevel, clock, fields: { component: definition.name } })
  try {
    await live(definition, flags, log, clock)
  } catch (e) {
    if (!(e instanceof StartError || e instanceof UsageError)) log.error({ err: e }, 'stopped by an error')
    fail(e instanceof Error ? e.message : String(e))
  }
  process.exit(0)
}

/** The service's own flags and those that every service has. */
export type ServiceFlags<F extends FlagTable> = FlagValues<F> & FlagValues<typeof baseFlags> & FlagValues<typeof servingFlags>
const tableOf = (d: ServiceDefinition<FlagTable>): FlagTable => ({ ...baseFlags, ...(d.serving === false ? {} : servingFlags), ...d.flags })

/** Flag over environment over file over default; `help` where that is asked. */
export async function readFlags<F extends FlagTable>(d: ServiceDefinition<F>, argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<ServiceFlags<F> | 'help'> {
  const table = tableOf(d as unknown as ServiceDefinition<FlagTable>)
  const fromArguments = parseArguments(table, argv)
  if (fromArguments.get('help')) return 'help'
  const fromEnvironment = parseEnvironment(table, d.name, env)
  const file = (fromArguments.get('config') ?? fromEnvironment.get('config') ?? '') as string
  const fromFile = file ? parseConfig(table, await readYaml(file), file) : new Map<string, unknown>()
  return mergeFlags(table, [fromArguments, fromEnvironment, fromFile]) as unknown as ServiceFlags<F>
}

async function readYaml(file: string): Promise<unknown> {
  let text: string
  try { text = readFileSync(file, 'utf8') } catch (e) { throw new UsageError(`cannot read --config ${file}: ${(e as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (e as Error).message}`) }
  const { parse } = await import('yaml')
  try { return parse(text) } catch (e) { throw new UsageError(`${file}: ${(e as Error).message}`) }
}

async function live<F extends FlagTable>(d: ServiceDefinition<F>, flags: ServiceFlags<F>, log: Logger, clock: Clock): Promise<void> {
  const stopping = new AbortController()
  const onSignal = (name: NodeJS.Signals) => {
    if (stopping.signal.aborted) process.exit(1)
    log.info({ signal: name }, 'stopping')
    stopping.abort(new Error(`got ${name}`))
  }
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal)
  process.on('unhandledRejection', (e) => { log.error({ err: e }, 'unhandled rejection'); process.exit(1) })
  process.on('uncaughtException', (e) => { log.error({ err: e }, 'uncaught exception'); process.exit(1) })

  const metrics = new Registry()
  addProcessMetrics(metrics, clock.now() - process.uptime() * 1000)
  const health = createHealth()
  const running = await d.create({ flags, log, signal: stopping.signal, health, metrics })
  const door = d.serving !== false && flags.securePort > 0 ? await openDoor(flags, health, metrics, clock) : undefined
  log.info({ uptimeMs: Math.round(process.uptime() * 1000), ...(door && { port: door.port }) }, 'started')
  collectWhenQuiet({ clock, cpuMs: processCpuMs, memoryBytes: () => process.memoryUsage.rss(), collect: collectThoroughly }, stopping.signal)

  let early: { error?: unknown } | undefined
  const run = running.run?.(stopping.signal).then(() => { early = {} }, (error: unknown) => { early = { error } })
  await Promise.race([aborted(stopping.signal), ...(run ? [run] : [])])
  const byItself = !stopping.signal.aborted
  if (byItself) stopping.abort(new Error('the service stopped by itself'))
  await Promise.race([Promise.allSettled([run, running.stop?.(), door?.close()]), clock.sleep(flags.shutdownTimeout).then(() => log.warn({}, 'graceful stop took too long'))])
  if (byItself) throw early?.error ?? new Error('stopped by itself')
}

function openDoor(flags: ServiceFlags<{}>, health: ServiceContext<unknown>['health'], metrics: Registry, clock: Clock) {
  const own = flags as unknown as Record<string, string | undefined>
  return serve({
    address: flags.bindAddress, port: flags.securePort, health, metrics, clock,
    certFile: flags.tlsCertFile || own.certFile || '', keyFile: flags.tlsPrivateKeyFile || own.keyFile || '', clientCaFile: flags.clientCaFile || own.caFile || '',
  })
}

const aborted = (signal: AbortSignal): Promise<void> => new Promise((resolve) => {
  if (signal.aborted) resolve()
  else signal.addEventListener('abort', () => resolve(), { once: true })
})
