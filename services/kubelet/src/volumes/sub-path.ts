/**
 * Sub paths of volumes. Guarantees: what is mounted lies in the volume when it is looked at, whatever links the pod made.
 * Its refusals are upstream's, which say nothing of the node's file system.
 */
import { chmod, mkdir, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** The path to mount for `subPath` of the volume at `root`; makes directories that are not there, with the volume's mode. `mount`: `volumeMount "v" of container "c"`. */
export async function resolveSubPath(root: string, subPath: string, mount: string): Promise<string> {
  if (subPath.startsWith('/')) throw new Error(`error SubPath \`${subPath}\` must not be an absolute path`)
  if (subPath.split('/').includes('..')) throw new Error(`unable to provision SubPath \`${subPath}\`: must not contain '..'`)
  const base = await realpath(root), wanted = join(base, subPath)
  if (!await stat(wanted).catch(() => undefined)) await makeInside(base, wanted).catch((e: unknown) => { throw new Error(`failed to create subPath directory for ${mount}`, { cause: e }) })
  const real = await realpath(wanted).catch(() => '')
  if (!inside(base, real)) throw new Error(`failed to prepare subPath for ${mount}`)
  return real
}

async function makeInside(base: string, wanted: string): Promise<void> {
  const missing: string[] = []
  let existing = wanted // the nearest directory there is must lie within the volume before anything is made below it
  for (; !await stat(existing).catch(() => undefined); existing = dirname(existing)) missing.unshift(existing)
  if (!inside(base, await realpath(existing))) throw new Error('it leads out of the volume')
  const mode = (await stat(base)).mode & 0o7777
  for (const dir of missing) { await mkdir(dir); await chmod(dir, mode) }
}

const inside = (base: string, path: string) => path === base || path.startsWith(`${base}/`)
