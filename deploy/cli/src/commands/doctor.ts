/** `drydock doctor`: what this machine lacks for a cluster, each with its fix. */
import { execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync, statSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
// @ts-expect-error plain JavaScript, shared with what runs before Node 24 is there
import { have, packages } from '../../setup/steps.mjs'
import { homeFolder } from '../layout.ts'
import { repository } from '../programs.ts'

export interface Finding { check: string, ok: boolean, fix?: string }

/** A container's first process is put into its root folder by pivot_root; who joins it later gets the namespace's own, which in a chroot is another. */
function joinsHere(): boolean {
  const here = statSync('/')
  return attempt(() => execFileSync('nsenter', ['--mount=/proc/self/ns/mnt', 'stat', '--format=%d:%i', '/'], { encoding: 'utf8' }).trim() === `${here.dev}:${here.ino}`)
}

const attempt = (f: () => unknown) => { try { return f() !== false } catch { return false } }
const kernelHas = (fs: string) => readFileSync('/proc/filesystems', 'utf8').includes(fs)

export function examine(): Finding[] {
  const out: Finding[] = [], say = (check: string, ok: boolean, fix: string) => out.push({ check, ok, ...(!ok && { fix }) })
  say('Linux', process.platform === 'linux', 'use a Debian 12 machine or virtual machine')
  const root = process.getuid?.() === 0
  say('root', root, 'run as root; without it only the control plane runs: --components etcd,nats,apiserver,scheduler,controller-manager')
  for (const [name, file] of Object.entries(packages as Record<string, string>)) say(name, have(file) as boolean, `apt-get install -y --no-install-recommends ${name}`)
  say('kubectl', attempt(() => execFileSync('sh', ['-c', 'command -v kubectl'])) || existsSync(join(repository, '.tools/kubectl/kubectl')), 'nothing to do: `npx drydock kubectl` brings its own')
  say('overlayfs', kernelHas('overlay'), 'modprobe overlay')
  say('cgroups', existsSync('/sys/fs/cgroup/cgroup.controllers') || existsSync('/sys/fs/cgroup/memory'), 'mount -t cgroup2 none /sys/fs/cgroup')
  say('the root folder is a mount', readFileSync('/proc/self/mountinfo', 'utf8').split('\n').some((x) => x.split(' ')[4] === '/'), 'in a chroot runc cannot pivot: `mount --bind FOLDER FOLDER` before `chroot FOLDER`')
  if (root) {
    say('whoever joins the mount namespace finds the same root folder', joinsHere(), 'this is a chroot, and `kubectl exec` would leave it: enter the folder by `unshare --mount` and pivot_root instead')
    const probe = `dd-probe-${process.pid}`, quiet = { stdio: 'ignore' as const }
    const link = (...args: string[]) => attempt(() => { execFileSync('ip', ['link', 'add', probe.slice(0, 15), ...args], quiet); execFileSync('ip', ['link', 'delete', probe.slice(0, 15)], quiet) })
    say('network namespaces', attempt(() => { execFileSync('ip', ['netns', 'add', probe], quiet); execFileSync('ip', ['netns', 'delete', probe], quiet) }), 'a kernel with CONFIG_NET_NS; in a container: run it privileged')
    say('bridges', link('type', 'bridge'), 'modprobe bridge')
    say('VXLAN', link('type', 'vxlan', 'id', '4000', 'dstport', '4789'), 'modprobe vxlan, or start with --set netd.backend=host-gw')
    say('nftables', attempt(() => execFileSync('nft', ['list', 'tables'], quiet)), 'modprobe nf_tables')
  }
  const parent = existsSync(homeFolder()) ? homeFolder() : join(homeFolder(), '..')
  say(`${homeFolder()} can be written`, attempt(() => accessSync(parent, constants.W_OK)), `give yourself write access to ${parent}, or set DRYDOCK_HOME to another folder`)
  const free = attempt(() => { const s = statfsSync(parent); return s.bavail * s.bsize > 2 * 2 ** 30 })
  say('2 GiB of disk free', free, `free some space below ${parent}, or set DRYDOCK_HOME to a folder on another disk`)
  return out
}
