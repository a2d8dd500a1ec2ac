/**
 * The tree of commands: names, options, help, and which function each calls. What a command does is loaded when it is
 * called: `up` is in a hurry, and `--help` needs none of it.
 */
import { spawn } from 'node:child_process'
import { createReadStream, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { layoutOf } from './cluster.ts'
import { UsageError, componentNames, mergeSets, parseSet, readConfigFile, type UpOptions } from './config.ts'
import { need } from './need.ts'
import { repository } from './programs.ts'

const name = () => new Option('--name <name>', 'which cluster').default('drydock').env('DRYDOCK_NAME')
const collect = (v: string, l: string[]) => [...l, v]
const lifecycle = () => import('./commands/lifecycle.ts')
const up = async (o: UpOptions, f: { sample: boolean, kubeconfig: boolean, wait: number }) => (await import('./commands/up.ts')).up(o, f)

const whole = (flag: string) => (v: string): number => {
  if (!/^\d+$/.test(v)) throw new UsageError(`${flag} ${v}: expected a whole number`)
  return Number(v)
}

/** Runs a program in the command's place; its exit code is the command's. */
function child(command: string, args: string[], env: Record<string, string> = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const c = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } })
    c.on('error', (e: NodeJS.ErrnoException) => reject(e.code === 'ENOENT' ? new Error(`${command} is not on this machine; \`npx drydock doctor\` says how to get it`) : e))
    c.on('exit', (code, signal) => { process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1); resolve() })
  })
}

/** The one that set-up brought, else the machine's. */
const kubectl = () => { const own = join(repository, '.tools/kubectl/kubectl'); return existsSync(own) ? own : 'kubectl' }

interface Named { name: string }

/** A command below `parent`, with its examples in the help. */
function command(parent: Command, usage: string, description: string, examples: readonly string[]): Command {
  const [verb = '', ...args] = usage.split(' '), c = parent.command(verb).description(description)
  for (const a of args) c.argument(a)
  return c.addHelpText('after', `\nExample${examples.length > 1 ? 's' : ''}:\n${examples.map((e) => `  ${e}`).join('\n')}`)
}

export function commandTree(): Command {
  const program = new Command('drydock').enablePositionalOptions().description('Runs whole Kubernetes clusters on this machine, as many real processes.').showHelpAfterError('(see --help)').version('0.1.0')
  program.addHelpText('after', '\nExamples:\n  drydock up                  a cluster of two nodes with a sample on it\n  drydock status              the processes behind it\n  drydock kubectl get nodes   kubectl, pointed at it\n  drydock down                remove all of it')
  addUp(program)
  addLifecycle(program)
  addLooking(program)
  addChanges(program)
  addMachine(program)
  return program
}

function addUp(program: Command): void {
  const c = command(program, 'up', 'make a cluster, or change the one there is; load images; deploy a sample', [
    'drydock up                                        two nodes, a sample on them',
    'drydock up --name ha --apiservers 2 --etcd 3 --schedulers 2 --controller-managers 2',
    'drydock up --name api --components etcd,nats,apiserver --set apiserver.disable-admission-plugins=ServiceAccount',
    'drydock up --config cluster.yaml                  where it says, say, {nodes: 3, set: {kubelet: {max-pods: 20}}}',
  ]).addOption(name())
    .option('--nodes <n>', 'worker nodes (default 2)', whole('--nodes'))
    .option('--apiservers <n>', 'apiservers, all equal (default 1)', whole('--apiservers'))
    .option('--etcd <n>', 'members of etcd: 1, 3 or 5 (default 1)', whole('--etcd'))
    .option('--schedulers <n>', 'schedulers, one of them leading (default 1)', whole('--schedulers'))
    .option('--controller-managers <n>', 'controller managers, one of them leading (default 1)', whole('--controller-managers'))
    .option('--components <list>', `only these, comma-separated: ${componentNames.join(',')}`, (v) => v.split(',').map((x) => x.trim()).filter(Boolean))
    .option('--set <process.flag=value>', 'any flag of any process; may be given again', collect, [])
    .option('--service-cidr <cidr>', 'addresses of Services (default 10.96.0.0/16)')
    .option('--cluster-cidr <cidr>', 'addresses of pods (default 10.244.0.0/16)')
    .option('--config <file>', 'YAML file with any of these (keys: nodes, apiservers, etcd, …, set: {process: {flag: value}})')
    .option('--no-restart', 'leave a process that ends ended')
    .option('--no-sample', 'do not deploy the sample')
    .option('--no-kubeconfig', 'leave your own kubeconfig alone')
    .option('--wait <seconds>', 'how long to wait for it all to be ready', whole('--wait'), 120)
  c.action(async (o: UpOptions & { set: string[], config?: string, sample: boolean, kubeconfig: boolean, wait: number }) => {
    const file = o.config ? await readConfigFile(o.config) : {}
    const given = Object.fromEntries(Object.entries(o).filter(([k]) => ['cli', 'env'].includes(c.getOptionValueSource(k) ?? ''))) as Partial<typeof o>
    const { set: _, sample, kubeconfig, wait, config: __, ...flags } = { ...file, ...given }
    await up({ ...flags, name: given.name ?? file.name ?? o.name, set: mergeSets(file.set, parseSet(o.set)) }, { sample: sample ?? true, kubeconfig: kubeconfig ?? true, wait: wait ?? o.wait })
  })
}

function addLifecycle(program: Command): void {
  command(program, 'down', 'remove a cluster: processes, namespaces, mounts, rules, cgroups, files', ['drydock down', 'drydock down --name ha']).addOption(name())
    .action(async (o: Named) => (await lifecycle()).down(o.name))
  command(program, 'stop', 'end all processes; objects, images and certificates stay', ['drydock stop', 'drydock stop --name ha']).addOption(name())
    .action(async (o: Named) => (await lifecycle()).stop(o.name))
  command(program, 'start', 'start a stopped cluster again', ['drydock start', 'drydock start --name ha --wait 60']).addOption(name()).option('--wait <seconds>', 'how long to wait', whole('--wait'), 120)
    .action(async (o: Named & { wait: number }) => { need(o.name); await up({ name: o.name }, { sample: false, kubeconfig: false, wait: o.wait }) })
}

function addLooking(program: Command): void {
  command(program, 'status', 'what runs: pids, ports, health; exit code 1 when something does not', ['drydock status', 'drydock status --name ha -o json']).addOption(name()).addOption(new Option('-o, --output <format>', 'text or json').choices(['text', 'json']).default('text'))
    .action(async (o: Named & { output: string }) => {
      const { status, statusText } = await import('./commands/status.ts'), s = await status(need(o.name))
      console.log(o.output === 'json' ? JSON.stringify(s, null, 2) : statusText(s))
      if (!s.launcher || s.processes.some((p) => p.state !== 'running' || !['ok', 'running'].includes(p.health))) process.exitCode = 1
    })
  command(program, 'logs <process>', "a process's log, by its name in `drydock status`, or launcher", ['drydock logs apiserver --tail 50', 'drydock logs -f kubelet@drydock-node-1']).addOption(name())
    .option('-f, --follow', 'go on as it grows').option('--tail <lines>', 'only the last lines', whole('--tail'))
    .action(async (p: string, o: Named & { follow?: boolean, tail?: number }) => {
      const folder = join(layoutOf(need(o.name)).folder, 'logs'), file = join(folder, `${p}.log`)
      if (!existsSync(file)) throw new UsageError(`logs ${p}: there is no such process; there are ${existsSync(folder) ? readdirSync(folder).filter((f) => f.endsWith('.log')).map((f) => f.slice(0, -4)).join(', ') : 'none'}`)
      if (o.follow || o.tail !== undefined) await child('tail', [...(o.follow ? ['-F'] : []), '-n', o.tail === undefined ? '+1' : String(o.tail), file])
      else await new Promise<void>((ok, bad) => { createReadStream(file).on('end', ok).on('error', bad).pipe(process.stdout) })
    })
  command(program, 'kubectl [args...]', 'kubectl for a cluster, whatever your own context is', ['drydock kubectl get pods -A', 'drydock kubectl --name ha get nodes -o wide']).addOption(name()).allowUnknownOption().passThroughOptions()
    .action(async (args: string[], o: Named) => {
      const { writeKubeconfig } = await import('./kubeconfig.ts')
      await child(kubectl(), args, { KUBECONFIG: writeKubeconfig(need(o.name)) })
    })
  command(program, 'kubeconfig', "print the administrator's kubeconfig", ['drydock kubeconfig > admin.kubeconfig']).addOption(name())
    .action(async (o: Named) => { const { kubeconfigText } = await import('./kubeconfig.ts'); console.log(kubeconfigText(need(o.name)).trimEnd()) })
}

function addChanges(program: Command): void {
  const node = command(program, 'node', 'add or remove nodes of a running cluster, or cut one off', ['drydock node add --count 2', 'drydock node stop drydock-node-2'])
  command(node, 'add', 'add nodes', ['drydock node add', 'drydock node add --count 3']).option('--count <n>', 'how many', whole('--count'), 1).addOption(name())
    .action(async (o: Named & { count: number }) => {
      const added = await (await lifecycle()).addNodes(o.name, o.count)
      await up({ name: o.name }, { sample: false, kubeconfig: false, wait: 120 }); console.log(`added ${added.join(', ')}`)
    })
  command(node, 'remove <node>', 'end a node and remove what it left; drain it first with kubectl', ['drydock kubectl drain drydock-node-2 --ignore-daemonsets && drydock node remove drydock-node-2']).addOption(name())
    .action(async (n: string, o: Named) => {
      await (await lifecycle()).removeNode(o.name, n)
      const { writeKubeconfig } = await import('./kubeconfig.ts')
      await child(kubectl(), ['delete', 'node', n, '--ignore-not-found'], { KUBECONFIG: writeKubeconfig(need(o.name)) })
    })
  for (const [verb, what] of [['stop', 'cut a node off, as a machine that loses power'], ['start', 'bring a stopped node back']] as const) {
    command(node, `${verb} <node>`, what, [`drydock node ${verb} drydock-node-2`]).addOption(name()).action(async (n: string, o: Named) => (await lifecycle()).tell(o.name, `node-${verb}`, { node: n }))
  }
  const image = command(program, 'image', "images in the nodes' containerd", ['docker save -o web.tar web:1 && drydock image load web.tar'])
  command(image, 'load <tar>', 'load an image into every node, from an archive as `docker save` writes it', ['docker save -o web.tar web:1 && drydock image load web.tar']).addOption(name())
    .action(async (tar: string, o: Named) => { console.log((await (await lifecycle()).loadImage(o.name, tar)).join('\n')) })
  const proc = command(program, 'process', 'stop, start, restart or kill one process of a running cluster', ['drydock process restart scheduler', 'drydock process kill apiserver'])
  for (const [verb, what] of [['stop', 'end a process, and leave it ended'], ['start', 'start a process that was stopped'], ['restart', 'end a process in order that it starts again'], ['kill', 'kill -9 a process, as a crash would: the launcher brings it back']] as const) {
    command(proc, `${verb} <process>`, what, [`drydock process ${verb} scheduler`, `drydock process ${verb} kubelet@drydock-node-1`]).addOption(name()).action(async (p: string, o: Named) => (await lifecycle()).tell(o.name, `process-${verb}`, { process: p }))
  }
}

function addMachine(program: Command): void {
  command(program, 'doctor', 'what this machine lacks, and the fix', ['drydock doctor']).action(async () => {
    const { examine } = await import('./commands/doctor.ts'), found = examine()
    for (const f of found) console.log(`${f.ok ? '✔' : '✘'} ${f.check}${f.fix ? `\n    ${f.fix}` : ''}`)
    if (found.some((f) => !f.ok)) process.exitCode = 1
  })
  command(program, 'completion [shell]', 'a completion script, for bash (the default) or zsh', ["alias drydock='npx drydock'; source <(drydock completion bash)", "alias drydock='npx drydock'; source <(drydock completion zsh)"])
    .action(async (shell = 'bash') => { const { completion } = await import('./commands/completion.ts'); console.log(completion(program, shell as string)) })
}
