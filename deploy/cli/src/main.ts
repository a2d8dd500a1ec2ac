/** The `drydock` command: parses, calls one function of commands/, and turns what it throws into one clear line. */
import { spawn } from 'node:child_process'
import { createReadStream, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { stringify } from 'yaml'
import { layoutOf } from './cluster.ts'
import { UsageError, parseSet, readConfigFile, type UpOptions } from './config.ts'
import { addNodes, down, loadImage, need, removeNode, stop } from './commands/lifecycle.ts'
import { completion } from './commands/completion.ts'
import { examine } from './commands/doctor.ts'
import { status, statusText } from './commands/status.ts'
import { up } from './commands/up.ts'
import { call } from './control.ts'
import { kubeconfig, writeKubeconfig } from './kubeconfig.ts'
import { repository } from './programs.ts'

const program = new Command('drydock').enablePositionalOptions().description('Runs whole Kubernetes clusters on this machine, as many real processes.').showHelpAfterError('(see --help)').version('0.1.0')
const name = () => new Option('--name <name>', 'which cluster').default('drydock').env('DRYDOCK_NAME')
const collect = (v: string, l: string[]) => [...l, v]
const whole = (v: string) => Number(v)

const upCommand = program.command('up').description('make a cluster, or change the one there is; load images; deploy a sample')
  .addOption(name())
  .option('--nodes <n>', 'worker nodes (default 2)', whole)
  .option('--apiservers <n>', 'apiservers, all equal (default 1)', whole)
  .option('--etcd <n>', 'members of etcd: 1, 3 or 5 (default 1)', whole)
  .option('--schedulers <n>', 'schedulers, one of them leading (default 1)', whole)
  .option('--controller-managers <n>', 'controller managers, one of them leading (default 1)', whole)
  .option('--components <list>', 'only these, comma-separated: etcd,nats,apiserver,scheduler,controller-manager,containerd,kubelet,kube-proxy,netd,host-proxy', (v) => v.split(',').map((x) => x.trim()).filter(Boolean))
  .option('--set <process.flag=value>', 'any flag of any process; may be given again', collect, [])
  .option('--service-cidr <cidr>', 'addresses of Services (default 10.96.0.0/16)')
  .option('--cluster-cidr <cidr>', 'addresses of pods (default 10.244.0.0/16)')
  .option('--config <file>', 'YAML file with any of these (keys: nodes, apiservers, etcd, …, set: {process: {flag: value}})')
  .option('--no-restart', 'leave a process that ends ended')
  .option('--no-sample', 'do not deploy the sample')
  .option('--no-kubeconfig', 'leave your own kubeconfig alone')
  .option('--wait <seconds>', 'how long to wait for it all to be ready', whole, 120)
  .addHelpText('after', `
Examples:
  drydock up                                        two nodes, a sample on them
  drydock up --name ha --apiservers 2 --etcd 3 --schedulers 2 --controller-managers 2
  drydock up --name api --components etcd,nats,apiserver --set apiserver.disable-admission-plugins=ServiceAccount
  drydock up --config cluster.yaml`)
  .action(async (o: UpOptions & { set: string[], config?: string, sample: boolean, kubeconfig: boolean, wait: number }) => {
    const file = o.config ? readConfigFile(o.config) : {}
    const given = Object.fromEntries(Object.entries(o).filter(([k, v]) => v !== undefined && upCommand.getOptionValueSource(k) === 'cli')) as Partial<UpOptions>
    const set = { ...file.set, ...parseSet(o.set) }
    const { set: _, ...flags } = given as Partial<UpOptions> & { config?: string }
    await up({ ...file, ...flags, name: given.name ?? file.name ?? o.name, ...(Object.keys(set).length && { set }) }, { sample: o.sample, kubeconfig: o.kubeconfig, wait: o.wait })
  })

program.command('down').description('remove a cluster: processes, namespaces, mounts, rules, cgroups, files').addOption(name()).action((o: { name: string }) => down(o.name))
program.command('stop').description('end all processes; objects, images and certificates stay').addOption(name()).action((o: { name: string }) => stop(o.name))
program.command('start').description('start a stopped cluster again').addOption(name()).option('--wait <seconds>', 'how long to wait', whole, 120)
  .action(async (o: { name: string, wait: number }) => { need(o.name); await up({ name: o.name }, { sample: false, kubeconfig: false, wait: o.wait }) })

program.command('status').description('what runs: pids, ports, health').addOption(name()).addOption(new Option('-o, --output <format>', 'text or json').choices(['text', 'json']).default('text'))
  .action(async (o: { name: string, output: string }) => {
    const s = await status(need(o.name))
    console.log(o.output === 'json' ? JSON.stringify(s, null, 2) : statusText(s))
    if (s.processes.some((p) => p.state !== 'running' || !['ok', 'running'].includes(p.health))) process.exitCode = 1
  })

program.command('logs').argument('<process>', 'a name as `drydock status` shows it, or launcher').description("a process's log").addOption(name()).option('-f, --follow', 'go on as it grows').option('--tail <lines>', 'only the last lines', whole)
  .addHelpText('after', '\nExamples:\n  drydock logs apiserver --tail 50\n  drydock logs -f kubelet@drydock-node-1')
  .action(async (p: string, o: { name: string, follow?: boolean, tail?: number }) => {
    const folder = join(layoutOf(need(o.name)).folder, 'logs'), file = join(folder, `${p}.log`)
    if (!existsSync(file)) throw new UsageError(`logs ${p}: there is no such process; there are ${readdirSync(folder).filter((f) => f.endsWith('.log')).map((f) => f.slice(0, -4)).join(', ')}`)
    if (o.follow || o.tail !== undefined) await child('tail', [...(o.follow ? ['-F'] : []), '-n', o.tail === undefined ? '+1' : String(o.tail), file])
    else await new Promise<void>((ok, bad) => { createReadStream(file).on('end', ok).on('error', bad).pipe(process.stdout) })
  })

program.command('kubectl').description('kubectl for a cluster, whatever your own context is').argument('[args...]').addOption(name()).allowUnknownOption().passThroughOptions().helpOption(false)
  .action(async (args: string[], o: { name: string }) => {
    const own = join(repository, '.tools/kubectl/kubectl')
    await child(existsSync(own) ? own : 'kubectl', args, { KUBECONFIG: writeKubeconfig(need(o.name)) })
  })

program.command('kubeconfig').description("print the administrator's kubeconfig").addOption(name()).action((o: { name: string }) => { console.log(stringify(kubeconfig(need(o.name))).trimEnd()) })

const node = program.command('node').description('add or remove nodes of a running cluster')
node.command('add').description('add nodes').option('--count <n>', 'how many', whole, 1).addOption(name()).action(async (o: { name: string, count: number }) => {
  const added = await addNodes(o.name, o.count); await up({ name: o.name }, { sample: false, kubeconfig: false, wait: 120 }); console.log(`added ${added.join(', ')}`)
})
node.command('remove').argument('<node>', 'its name').description('end a node and remove what it left; drain it first with kubectl').addOption(name()).action(async (n: string, o: { name: string }) => {
  await removeNode(o.name, n)
  await child('kubectl', ['delete', 'node', n, '--ignore-not-found'], { KUBECONFIG: writeKubeconfig(need(o.name)) })
})

const image = program.command('image').description("images in the nodes' containerd")
image.command('load').argument('<tar>', 'an archive as `docker save` writes it').description('load an image into every node').addOption(name()).action(async (tar: string, o: { name: string }) => { console.log((await loadImage(o.name, tar)).join('\n')) })

const proc = program.command('process').description('stop, start or restart one process of a running cluster')
for (const verb of ['stop', 'start', 'restart'] as const) proc.command(verb).argument('<process>').addOption(name()).action(async (p: string, o: { name: string }) => { await call(need(o.name), `process-${verb}`, { process: p }) })
for (const verb of ['stop', 'start'] as const) node.command(verb).argument('<node>').description(verb === 'stop' ? 'cut a node off, as a machine that loses power' : 'bring a stopped node back').addOption(name()).action(async (n: string, o: { name: string }) => { await call(need(o.name), `node-${verb}`, { node: n }) })

program.command('doctor').description('what this machine lacks, and the fix').action(() => {
  const found = examine()
  for (const f of found) console.log(`${f.ok ? '✔' : '✘'} ${f.check}${f.fix ? `\n    ${f.fix}` : ''}`)
  if (found.some((f) => !f.ok)) process.exitCode = 1
})
program.command('completion').argument('[shell]', 'bash or zsh', 'bash').description('a completion script: source <(npx drydock completion bash)').action((shell: string) => { console.log(completion(program, shell)) })

function child(command: string, args: string[], env: Record<string, string> = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const c = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } })
    c.on('error', reject); c.on('exit', (code, signal) => { process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1); resolve() })
  })
}

try {
  await program.parseAsync()
} catch (e) {
  const error = e as NodeJS.ErrnoException
  const hint = error.code === 'ENOSPC' ? ' — the disk is full: free some space and run the same command again' : error.code === 'EACCES' || error.code === 'EPERM' ? ' — no permission: run this as root, or set DRYDOCK_HOME to a folder of your own' : ''
  console.error(`drydock: ${error.message}${hint}`)
  if (process.env['DRYDOCK_DEBUG']) console.error(error.stack)
  process.exitCode = e instanceof UsageError ? 2 : 1
}
