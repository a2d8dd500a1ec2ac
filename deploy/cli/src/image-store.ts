/**
 * The images that every node starts with, imported and unpacked once per machine: a containerd of its own makes the store
 * at set-up, and a new node's containerd finds a copy of it as its own. Importing into each node costs a third of a second
 * of processor time and a hundred waits for the disk, in the midst of a cold start.
 *
 * A store belongs to one archive and one containerd; where there is none that fits, nodes import as they do any image.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { exec, realClock } from '@drydock/base'
import { unmountBelow } from './cleanup.ts'
import { containerdConfig, importImage, imagesMark, socketOf } from './containerd.ts'
import type { NodeLayout } from './layout.ts'
import { find, repository } from './programs.ts'

const folder = join(repository, '.tools/images')
const current = join(folder, 'store')

/** Name of the store for an archive: it changes with the archive and with containerd. */
function storeFor(tar: string): string {
  const s = statSync(find('containerd')), id = createHash('sha256').update(`${basename(tar)} ${s.size} ${s.mtimeMs} ${containerdConfig(nodeAt('/'))}`).digest('hex').slice(0, 16)
  return join(folder, `store-${id}`)
}

/** As much of a node as a containerd that runs no container needs. */
const nodeAt = (at: string): NodeLayout => ({ index: 0, name: 'image-store', netns: '', address: '', vethHost: '', folder: at })

export const hasStore = (tar: string): boolean => { try { return readlinkSync(current) === basename(storeFor(tar)) && existsSync(join(current, imagesMark)) } catch { return false } }

/** Makes the store of an archive the one that nodes start with. Several at once each make their own, and one of them stays. */
export async function makeStore(tar: string): Promise<void> {
  const store = storeFor(tar), fresh = `${store}.${process.pid}`, work = mkdtempSync(join(tmpdir(), 'drydock-images-'))
  try {
    if (!existsSync(store)) {
      await fill(nodeAt(work), tar)
      await exec('cp', ['-a', join(work, 'containerd'), fresh], {})
      rmSync(join(fresh, 'state'), { recursive: true, force: true })
      writeFileSync(join(fresh, imagesMark), `${tar}\n`)
      if (!existsSync(store)) renameSync(fresh, store)
    }
    const link = `${current}.${process.pid}`
    symlinkSync(basename(store), link); renameSync(link, current)
    for (const f of readdirSync(folder)) if (/^store-[0-9a-f]{16}$/.test(f) && f !== basename(store)) rmSync(join(folder, f), { recursive: true, force: true })
  } finally {
    rmSync(fresh, { recursive: true, force: true })
    await unmountBelow(work)
    rmSync(work, { recursive: true, force: true })
  }
}

// Ends containerd and removes its folder also when the command is killed: the shell sees the end of its standard input.
const attended = `"$@" & containerd=$!
read -r word; kill $containerd; wait $containerd; [ "$word" = done ] || rm -rf --one-file-system "$0"`

async function fill(n: NodeLayout, tar: string): Promise<void> {
  mkdirSync(join(n.folder, 'cni'))
  writeFileSync(join(n.folder, 'containerd.toml'), containerdConfig(n))
  const child = spawn('/bin/sh', ['-c', attended, n.folder, find('containerd'), '--config', join(n.folder, 'containerd.toml')], { stdio: ['pipe', 'ignore', 'pipe'] })
  let log = '', over = false
  child.stdin.on('error', () => undefined)
  child.stderr.on('data', (d: Buffer) => { log = (log + d.toString()).slice(-2_000) })
  const ended = new Promise<void>((resolve) => { child.on('exit', () => resolve()); child.on('error', (e) => { log += e.message; resolve() }) }).then(() => { over = true })
  try {
    for (const end = realClock.monotonic() + 30_000; !existsSync(socketOf(n)); await realClock.sleep(20)) {
      if (over || realClock.monotonic() > end) throw new Error(`containerd does not start: ${log.trim().split('\n').pop() ?? ''}`)
    }
    await importImage(n, tar)
    await referencesOf(n)
  } finally {
    child.stdin.end('done\n')
    await Promise.race([ended, realClock.sleep(5_000)])
  }
}

// containerd's CRI adds names of its own (sha256:…) a moment after the import.
async function referencesOf(n: NodeLayout): Promise<void> {
  for (const end = realClock.monotonic() + 5_000; realClock.monotonic() < end; await realClock.sleep(20)) {
    const lines = (await exec('ctr', ['--address', socketOf(n), '--namespace', 'k8s.io', 'images', 'list'], {})).trim().split('\n').slice(1)
    if (lines.some((x) => x.startsWith('sha256:')) && lines.every((x) => x.includes('io.cri-containerd.image=managed'))) return
  }
}

// Layers and blobs are never written again, so that links will do; databases are. On another file system everything is copied.
const copy = `cp -al "$1" "$2" 2>/dev/null || { rm -rf "$2"; exec cp -a "$1" "$2"; }
cd "$1" && find . -name '*.db' -exec cp -a --remove-destination {} "$2/{}" \\;`

/** Gives a node that never ran the images of the store, if there is one. */
export async function seedImages(n: NodeLayout): Promise<void> {
  const to = join(n.folder, 'containerd'), fresh = `${to}.new`
  if (existsSync(to) || !existsSync(join(current, imagesMark))) return
  rmSync(fresh, { recursive: true, force: true })
  try {
    await exec('/bin/sh', ['-c', copy, 'sh', `${current}/.`, fresh], {})
    renameSync(fresh, to)
  } catch (e) {
    // Without it the node imports its images; a full disk will say so there.
    rmSync(fresh, { recursive: true, force: true })
    console.error(`images of ${n.name}: ${(e as Error).message}`)
  }
}
