/** Checks of hostPath volumes (volume/hostpath), with upstream's words. */
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { MountError } from './payload.ts'

export async function checkHostPath(path: string, type: string | undefined): Promise<void> {
  if (!type) return
  const s = await stat(path).catch(() => undefined)
  if (type === 'DirectoryOrCreate' && !s) { await mkdir(path, { recursive: true, mode: 0o755 }); return }
  if (type === 'FileOrCreate' && !s) { await writeFile(path, '', { mode: 0o644, flag: 'wx' }); return }
  const kinds: Record<string, [boolean | undefined, string]> = {
    Directory: [s?.isDirectory(), 'a directory'], DirectoryOrCreate: [s?.isDirectory(), 'a directory'],
    File: [s?.isFile(), 'a file'], FileOrCreate: [s?.isFile(), 'a file'],
    Socket: [s?.isSocket(), 'a socket file'], CharDevice: [s?.isCharacterDevice(), 'a character device'], BlockDevice: [s?.isBlockDevice(), 'a block device'],
  }
  const [ok, what] = kinds[type] ?? [false, `a ${type}`]
  if (!ok) throw new MountError(`hostPath type check failed: ${path} is not ${what}`)
}
