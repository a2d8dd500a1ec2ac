/** Sub paths of volumes. Guarantees: what is mounted lies in the volume when it is looked at, whatever links the pod made. */
import { mkdir, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** The path to mount for `subPath` of the volume at `root`; makes directories that are not there. */
export async function resolveSubPath(root: string, subPath: string): Promise<string> {
  if (subPath.startsWith('/') || subPath.split('/').includes('..')) throw new Error(`subPath must be a relative path within the volume: ${JSON.stringify(subPath)}`)
  const base = await realpath(root), wanted = join(base, subPath)
  if (!await stat(wanted).catch(() => undefined)) {
    let existing = dirname(wanted) // the nearest directory there is must lie within the volume before anything is made below it
    while (!await stat(existing).catch(() => undefined)) existing = dirname(existing)
    inside(base, await realpath(existing), subPath)
    await mkdir(wanted, { recursive: true, mode: 0o755 })
  }
  const real = await realpath(wanted)
  inside(base, real, subPath)
  return real
}

function inside(base: string, path: string, subPath: string): void {
  if (path !== base && !path.startsWith(`${base}/`)) throw new Error(`failed to prepare subPath for volumeMount: ${JSON.stringify(subPath)} leaves the volume`)
}
