/**
 * Starts processes, watches them, and starts them again when they end, after a growing pause (100 ms … 10 s; a minute of
 * life resets it). It also takes over processes that an earlier launcher left running: a launcher may be killed at any time
 * without touching what it started.
 */
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, renameSync, statSync, writeFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { backoffMs, type Clock } from '@drydock/base'
import type { ProcessSpec } from './processes.ts'
import { compileCache } from './programs.ts'

export interface ProcessState {
  spec: ProcessSpec
  pid?: number | undefined
  /** Start time in clock ticks since boot: with the pid it names a process for good. */
  startTicks?: string | undefined
  startedAt?: number | undefined
  restarts: number
  lastExit?: string | undefined
  wanted: boolean
}

/** Field 22 of /proc/<pid>/stat; undefined when there is no such process (or only its zombie). */
export function startTicks(pid: number): string | undefined {
  try {
    const f = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
    return f[0] === 'Z' ? undefined : f[19]
  } catch { return undefined }
}

const stateFile = (folder: string) => join(folder, 'run', 'processes.json')

interface KeptProcess { name: string, pid: number, startTicks: string, startedAt: number, restarts: number }
/** `held`: names of what somebody stopped on purpose. */
interface KeptState { running: KeptProcess[], held: string[] }

function readState(folder: string): KeptState {
  try {
    const kept = JSON.parse(readFileSync(stateFile(folder), 'utf8')) as KeptState
    return { running: kept.running.filter((k) => startTicks(k.pid) === k.startTicks), held: kept.held }
  } catch { return { running: [], held: [] } }
}

/** What a launcher wrote down as running and still is. */
export const leftRunning = (folder: string): KeptProcess[] => readState(folder).running

const logLimitBytes = 32 * 2 ** 20

export class Supervisor {
  readonly #folder: string
  readonly #clock: Clock
  readonly #restart: boolean
  readonly #processes = new Map<string, ProcessState>()
  readonly #cancels = new Map<string, () => void>()
  readonly #waiters = new Map<string, Set<() => void>>()

  constructor(o: { folder: string, clock: Clock, restart: boolean }) {
    this.#folder = o.folder; this.#clock = o.clock; this.#restart = o.restart
    mkdirSync(join(o.folder, 'logs'), { recursive: true }); mkdirSync(join(o.folder, 'run'), { recursive: true })
  }

  list(): ProcessState[] { return [...this.#processes.values()] }
  get(name: string): ProcessState | undefined { return this.#processes.get(name) }
  isAlive(name: string): boolean { const p = this.#processes.get(name); return p?.pid !== undefined && startTicks(p.pid) === p.startTicks }

  /** Takes over what an earlier launcher started and still runs, and with `holds` what it was told to leave stopped. */
  adopt(o: { holds?: boolean } = {}): void {
    const kept = readState(this.#folder)
    for (const k of kept.running) this.#processes.set(k.name, { spec: { name: k.name } as ProcessSpec, pid: k.pid, startTicks: k.startTicks, startedAt: k.startedAt, restarts: k.restarts, wanted: true })
    if (o.holds) for (const name of kept.held) if (!this.#processes.has(name)) this.#processes.set(name, { spec: { name } as ProcessSpec, restarts: 0, wanted: false })
  }

  /** Whether somebody stopped it on purpose. */
  isHeld(name: string): boolean { return this.#processes.get(name)?.wanted === false }

  /** Starts a process, or lets one that runs already run on under this specification. */
  start(spec: ProcessSpec): void {
    const old = this.#processes.get(spec.name)
    if (old && this.isAlive(spec.name)) { old.spec = spec; old.wanted = true; this.#pollExit(old); return }
    const p: ProcessState = old ?? { spec, restarts: 0, wanted: true }
    p.spec = spec; p.wanted = true
    this.#processes.set(spec.name, p)
    this.#spawn(p)
  }

  #spawn(p: ProcessState): void {
    const log = join(this.#folder, 'logs', `${p.spec.name}.log`)
    try { if (statSync(log).size > logLimitBytes) renameSync(log, `${log}.1`) } catch { /* no log yet */ }
    const fd = openSync(log, 'a')
    const [command, args] = p.spec.netns ? ['nsenter', [`--net=/run/netns/${p.spec.netns}`, p.spec.command, ...p.spec.args]] : [p.spec.command, p.spec.args]
    // One malloc arena: our processes are single-threaded where it counts, and each arena more is memory that stays. What is
    // large and freed goes back to the system; the largest that is made often, a read of a socket, is 64 KiB.
    // A group of its own: what a terminal sends to the command's group is not for the cluster.
    const child = spawn(command, args, { stdio: ['ignore', fd, fd], detached: true, cwd: this.#folder, env: { ...process.env, MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '98304', MALLOC_TRIM_THRESHOLD_: '131072', NODE_COMPILE_CACHE: compileCache } })
    closeSync(fd)
    p.pid = child.pid; p.startedAt = this.#clock.now(); p.startTicks = child.pid === undefined ? undefined : startTicks(child.pid)
    child.on('error', (e) => this.#ended(p, child.pid, `cannot be started: ${e.message}`))
    child.on('exit', (code, signal) => this.#ended(p, child.pid, signal ? `signal ${signal}` : `exit code ${code}`))
    this.#save()
  }

  // An adopted process is nobody's child here: its end shows only in /proc.
  #pollExit(p: ProcessState): void {
    const pid = p.pid
    const look = () => {
      if (p.pid !== pid) return
      if (this.isAlive(p.spec.name)) this.#cancels.set(p.spec.name, this.#clock.timer(250, look))
      else this.#ended(p, pid, 'ended while nobody was watching')
    }
    look()
  }

  #ended(p: ProcessState, pid: number | undefined, how: string): void {
    if (p.pid !== pid) return
    const lived = this.#clock.now() - (p.startedAt ?? 0)
    p.pid = undefined; p.startTicks = undefined; p.lastExit = how
    for (const w of this.#waiters.get(p.spec.name) ?? []) w()
    this.#waiters.delete(p.spec.name)
    if (p.wanted && this.#restart) {
      if (lived > 60_000) p.restarts = 0
      const attempt = p.restarts++
      // The first time at once: somebody killed it, and every millisecond is an outage.
      this.#cancels.set(p.spec.name, this.#clock.timer(attempt === 0 ? 0 : backoffMs(attempt - 1, { initialMs: 100, maxMs: 10_000 }), () => { if (p.wanted && p.pid === undefined) this.#spawn(p) }))
    }
    this.#save()
  }

  /** Asks a process to end (SIGTERM), then ends it; done when it is gone. */
  async stop(name: string, graceMs = 5_000): Promise<void> {
    const p = this.#processes.get(name)
    if (!p) return
    p.wanted = false
    this.#cancels.get(name)?.(); this.#cancels.delete(name)
    const pid = p.pid
    if (pid === undefined || !this.isAlive(name)) return
    const end = this.#clock.monotonic() + graceMs
    try { process.kill(pid, 'SIGTERM') } catch { return }
    while (this.isAlive(name)) {
      if (this.#clock.monotonic() > end) { try { process.kill(pid, 'SIGKILL') } catch { /* gone */ } }
      await this.#clock.sleep(20)
    }
    this.#save()
  }

  /** Kills a process as a crash would; whoever watches it brings it back. */
  crash(name: string): void {
    const pid = this.#processes.get(name)?.pid
    if (pid === undefined || !this.isAlive(name)) throw new Error(`process "${name}" does not run`)
    process.kill(pid, 'SIGKILL')
  }

  forget(name: string): void { this.#processes.delete(name); this.#save() }

  /** Ends a process in order that it starts again at once. */
  async restart(spec: ProcessSpec): Promise<void> {
    await this.stop(spec.name)
    const p = this.#processes.get(spec.name)
    if (p) p.restarts = 0
    this.start(spec)
  }

  #save(): void {
    const file = stateFile(this.#folder)
    const kept = { running: this.list().filter((p) => p.pid !== undefined).map((p) => ({ name: p.spec.name, pid: p.pid, startTicks: p.startTicks, startedAt: p.startedAt, restarts: p.restarts })), held: this.list().filter((p) => !p.wanted).map((p) => p.spec.name) }
    try { writeFileSync(`${file}.new`, JSON.stringify(kept)); renameSync(`${file}.new`, file) } catch { /* the folder is being removed */ }
  }
}
