/** What keeps a cluster from coming up, found out instead of waited for. */
import { closeSync, existsSync, fstatSync, openSync, readSync, statfsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { layoutOf } from './cluster.ts'
import { UsageError, type ClusterConfig } from './config.ts'
import { launcherStatus, type LauncherStatus } from './control.ts'

const mebibyte = 2 ** 20
/** etcd alone reserves twice 64 MiB for its log when it begins; one that exists needs little more than it has. */
const neededBytes = (fresh: boolean) => (fresh ? 256 : 16) * mebibyte

function freeBytes(folder: string): number {
  const there = (function up(f: string): string { return existsSync(f) ? f : up(dirname(f)) })(folder), s = statfsSync(there)
  return s.bavail * s.bsize
}

/** Throws one clear line when there is no room for the cluster's data. */
export function checkDisk(c: ClusterConfig): void {
  const { folder } = layoutOf(c), fresh = !existsSync(join(folder, 'data')), free = freeBytes(folder), needed = neededBytes(fresh)
  if (free < needed) throw new UsageError(`the disk is full: ${Math.floor(free / mebibyte)} MiB are free below ${folder}, and ${fresh ? 'a new' : 'the'} cluster needs ${needed / mebibyte}. Free some space, or set DRYDOCK_HOME to a folder on another disk`)
}

/** Why it is no use to wait any longer, in one line; undefined where it may yet come. */
export async function trouble(c: ClusterConfig): Promise<string | undefined> {
  let s: LauncherStatus | undefined
  try { s = await launcherStatus(c) } catch { return undefined }
  if (!s) return undefined
  const full = freeBytes(layoutOf(c).folder) < neededBytes(false) ? '. The disk is full: free some space, and run the same command again' : ''
  if (s.failure) return s.failure + full
  // One that waits for another starts a few times; one that ends five times has a reason of its own.
  const p = s.processes.find((x) => x.wanted && x.restarts >= 5 && !x.alive)
  if (!p) return undefined
  const log = join(layoutOf(c).folder, 'logs', `${p.spec.name}.log`)
  return `${p.spec.name} keeps ending (${p.lastExit ?? 'unknown'}); the end of ${log}: ${lastLine(log)}${full}`
}

function lastLine(file: string): string {
  let fd: number | undefined
  try {
    fd = openSync(file, 'r')
    const { size } = fstatSync(fd), b = Buffer.alloc(Math.min(size, 4_096))
    readSync(fd, b, 0, b.length, size - b.length)
    return b.toString().trim().split('\n').pop()!.slice(0, 500)
  } catch { return '(nothing)' } finally { if (fd !== undefined) closeSync(fd) }
}
