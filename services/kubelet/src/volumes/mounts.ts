/** Mount points made and undone through mount(8): tmpfs alone is ever mounted by the kubelet. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Mounter {
  tmpfs(at: string, options: string): Promise<void>
  unmount(at: string): Promise<void>
  /** Mount points at or below a directory, deepest first. */
  below(dir: string): Promise<string[]>
}

const unescape = (s: string) => s.replace(/\\([0-7]{3})/g, (_m, o: string) => String.fromCharCode(parseInt(o, 8)))

export const systemMounter: Mounter = {
  async tmpfs(at, options) { await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', at], { timeout: 10_000 }) },
  async unmount(at) { await run('umount', [at], { timeout: 10_000 }).catch(() => run('umount', ['-l', at], { timeout: 10_000 })) },
  async below(dir) {
    const text = await readFile('/proc/self/mounts', 'utf8')
    return text.split('\n').map((l) => unescape(l.split(' ')[1] ?? '')).filter((m) => m === dir || m.startsWith(`${dir}/`)).sort((a, b) => b.length - a.length)
  },
}
