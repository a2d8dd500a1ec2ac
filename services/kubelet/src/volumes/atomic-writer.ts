/**
 * Puts a set of files into a directory so that readers see all of the old ones or all of the new (volume/util.AtomicWriter):
 * files in `..<time>/`, which `..data` points to by a rename, and links `name → ..data/name` beside it.
 */
import { chmod, chown, lstat, mkdir, mkdtemp, readFile, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Payload } from './payload.ts'

const top = (path: string) => path.split('/')[0]!

/** True if it wrote; false if the directory shows these very files already. `now` in milliseconds since the epoch, for the name. */
export async function writeAtomically(dir: string, payload: Payload, now: number): Promise<boolean> {
  for (const path of payload.keys()) {
    if (path === '' || path.startsWith('/') || path.split('/').includes('..') || path.startsWith('..')) throw new Error(`invalid path in a volume: ${JSON.stringify(path)}`)
  }
  const old = await readlink(join(dir, '..data')).catch(() => undefined)
  if (old !== undefined && await same(join(dir, old), payload)) return false
  const stamp = new Date(now).toISOString().replace(/[-T:]/g, '_').slice(0, 19)
  const fresh = await mkdtemp(join(dir, `..${stamp}.`))
  await chmod(fresh, 0o755)
  for (const [path, file] of payload) {
    const at = join(fresh, path)
    if (path.includes('/')) await mkdir(dirname(at), { recursive: true, mode: 0o755 })
    await writeFile(at, file.data, { mode: file.mode })
    await chmod(at, file.mode) // whatever the umask
    if (file.uid !== undefined || file.gid !== undefined) await chown(at, file.uid ?? -1, file.gid ?? -1)
  }
  const name = fresh.slice(dir.length + 1)
  await rm(join(dir, '..data_tmp'), { force: true })
  await symlink(name, join(dir, '..data_tmp'))
  await rename(join(dir, '..data_tmp'), join(dir, '..data'))
  await link(dir, payload)
  if (old !== undefined) await rm(join(dir, old), { recursive: true, force: true })
  return true
}

async function link(dir: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map(top))
  for (const name of wanted) {
    if (!await lstat(join(dir, name)).catch(() => undefined)) await symlink(join('..data', name), join(dir, name))
  }
  for (const e of await readdir(dir)) if (!e.startsWith('..') && !wanted.has(e)) await rm(join(dir, e), { recursive: true, force: true })
}

async function same(dir: string, payload: Payload): Promise<boolean> {
  const found: string[] = []
  try {
    for (const e of await readdir(dir, { recursive: true, withFileTypes: true })) if (e.isFile()) found.push(join(e.parentPath, e.name).slice(dir.length + 1))
    if (found.length !== payload.size) return false
    for (const [path, file] of payload) {
      const at = join(dir, path)
      if (!(await readFile(at)).equals(file.data) || ((await lstat(at)).mode & 0o777) !== (file.mode & 0o777)) return false
    }
    return true
  } catch {
    return false // half-written by a kubelet that was killed
  }
}
