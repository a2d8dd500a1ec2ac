/** kubectl's verbs on a cluster of two nodes, with right and wrong input; and Helm, where it is installed. */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get as httpGet } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCluster, traces, until, type Cluster } from './cluster.ts'

let c: Cluster
let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dd-verbs-'))
  c = await createCluster('verbs', ['--no-sample'])
})
afterAll(async () => {
  const { name, folder: kept } = c
  await c.down()
  rmSync(folder, { recursive: true, force: true })
  expect(traces(name, kept)).toEqual([])
})

const image = 'docker.io/library/busybox:1'
const stay = ['sh', '-c', "trap 'exit 0' TERM; sleep 3600 & wait"]
const file = (name: string, content: string | object): string => { const f = join(folder, name); writeFileSync(f, typeof content === 'string' ? content : JSON.stringify(content)); return f }
const web = (replicas = 1) => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' },
  spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'a', image, command: ['sh', '-c', "mkdir -p /w; echo page > /w/index.html; busybox httpd -p 8080 -h /w; trap 'exit 0' TERM; sleep 3600 & wait"] }] } } },
})
const podOf = (name: string, command: string[]) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 1, containers: [{ name: 'a', image, command }] } })
const running = (name: string) => until(`${name} running`, async () => (await c.get('pod', name)).status.phase === 'Running')

/** What kubectl prints under these variables, with this on its standard input. */
const kubectlIn = (variables: Record<string, string>, ...args: string[]): Promise<string> => new Promise((resolve) => {
  execFile('kubectl', args, { env: { ...process.env, ...variables, KUBECONFIG: join(c.folder, 'kubeconfig') }, timeout: 60_000 }, (_, out, err) => resolve(out + err)).stdin!.end(variables['STDIN'])
})

type Case = [command: string | string[], says: string | RegExp, code?: number]
/** Runs each in turn; what it prints, to either stream, holds `says`. */
async function each(cases: Case[]): Promise<void> {
  for (const [command, says, code = 0] of cases) {
    const args = typeof command === 'string' ? command.split(' ') : command, r = await c.kubectl(...args)
    const printed = r.stdout + r.stderr
    if (typeof says === 'string') expect(printed, `kubectl ${args.join(' ')}`).toContain(says)
    else expect(printed, `kubectl ${args.join(' ')}`).toMatch(says)
    expect(r.code, `kubectl ${args.join(' ')}: ${printed}`).toBe(code)
  }
}

describe('what there is', () => {
  it('the server, its kinds, and who asks', () => each([
    ['version', /Server Version: v1\.35/],
    ['cluster-info', 'Kubernetes control plane is running at https://'],
    ['api-versions', /^apps\/v1$/m],
    ['api-resources --api-group=apps', /deployments\s+deploy\s+apps\/v1\s+true\s+Deployment/],
    ['auth whoami', /Username\s+admin/],
    ['auth can-i create pods', 'yes'],
    ['auth can-i delete nodes --as=system:serviceaccount:default:default', 'no', 1],
    ['explain pod.spec.containers.ports', /containerPort\t<integer> -required-/],
    ['explain pod.spec.nosuch', 'field "nosuch" does not exist', 1],
    ['get nosuch', 'the server doesn\'t have a resource type "nosuch"', 1],
    ['get pods -n nosuch', 'No resources found in nosuch namespace.'],
    ['get pods --field-selector status.nosuch=1', 'field label not supported: status.nosuch', 1],
    ['get --raw /readyz', 'ok'],
    ['get events --field-selector reason=NodeReady', /Normal\s+NodeReady\s+node\/\S+-node-1/],
  ]))
})

describe('making and changing', () => {
  it('create, in all its forms', () => each([
    ['create namespace play', 'namespace/play created'],
    ['create namespace play', 'Error from server (AlreadyExists): namespaces "play" already exists', 1],
    [['create', 'deployment', 'd1', `--image=${image}`, '--', ...stay], 'deployment.apps/d1 created'],
    ['create configmap c1 --from-literal=a=1', 'configmap/c1 created'],
    ['create secret generic s1 --from-literal=p=w', 'secret/s1 created'],
    [['create', 'job', 'j1', `--image=${image}`, '--', 'true'], 'job.batch/j1 created'],
    [['create', 'cronjob', 'cj', `--image=${image}`, '--schedule=0 0 1 1 *', '--', 'true'], 'cronjob.batch/cj created'],
    [['create', 'cronjob', 'no', `--image=${image}`, '--schedule=soon'], 'spec.schedule: Invalid value: "soon": expected exactly 5 fields, found 1: [soon]', 1],
    ['create job j2 --from=cronjob/cj', 'job.batch/j2 created'],
    ['create serviceaccount sa1', 'serviceaccount/sa1 created'],
    ['create token sa1', /^eyJ[\w-]+\.[\w-]+\.[\w-]+\s*$/],
    ['create role r1 --verb=get --resource=pods', 'role.rbac.authorization.k8s.io/r1 created'],
    ['create rolebinding rb1 --role=r1 --serviceaccount=default:sa1', 'rolebinding.rbac.authorization.k8s.io/rb1 created'],
    ['auth can-i get pods --as=system:serviceaccount:default:sa1', 'yes'],
    ['create quota q1 --hard=pods=50', 'resourcequota/q1 created'],
    ['create pdb p1 --selector=app=none --min-available=1', 'poddisruptionbudget.policy/p1 created'],
    ['create service nodeport sn --tcp=80:8080', 'service/sn created'],
    ['create deployment d2 --image=x --dry-run=server -o name', 'deployment.apps/d2'],
    ['get deployment d2', 'Error from server (NotFound): deployments.apps "d2" not found', 1],
    [['create', '-f', file('bad.json', { ...podOf('bad', stay), spec: { containers: [{ name: 'a', image, imagee: 'y' }] } })], 'strict decoding error: unknown field "spec.containers[0].imagee"', 1],
    [['create', '-f', file('type.json', { ...podOf('bad', stay), spec: { containers: [{ name: 'a', image, ports: [{ containerPort: 'eighty' }] }] } })], 'json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32', 1],
  ]))

  it('apply, server-side too, replace, patch, edit', async () => {
    const one = file('web.json', web()), two = file('web2.json', web(2))
    await each([
      [['apply', '-f', one], 'deployment.apps/web created'],
      [['apply', '-f', one], 'deployment.apps/web unchanged'],
      [['diff', '-f', two], /-  replicas: 1\n\+  replicas: 2/, 1],
      [['apply', '-f', two], 'deployment.apps/web configured'],
      [['apply', '--server-side', '--field-manager=other', '-f', one], /conflict with "kubectl-client-side-apply"[^]*\.spec\.replicas/, 1],
      [['apply', '--server-side', '--field-manager=other', '--force-conflicts', '-f', one], 'deployment.apps/web serverside-applied'],
      [['replace', '-f', two], 'deployment.apps/web replaced'],
      [['patch', 'deployment', 'web', '-p', '{"spec":{"replicas":1}}'], 'deployment.apps/web patched'],
      [['patch', 'deployment', 'web', '--type=json', '-p', '[{"op":"replace","path":"/spec/replicas","value":2}]'], 'deployment.apps/web patched'],
      [['patch', 'deployment', 'web', '--subresource=scale', '--type=merge', '-p', '{"spec":{"replicas":1}}'], 'scale.autoscaling/web patched'],
      [['patch', 'deployment', 'web', '--type=merge', '-p', '{"spec":{"selector":{"matchLabels":{"x":"y"}}}}'], 'field is immutable', 1],
      [['patch', 'deployment', 'web', '-p', '{bad'], 'Error from server (BadRequest): invalid character \'b\' looking for beginning of object key string', 1],
      ['annotate deployment web note=x --resource-version=1', 'Error from server (Conflict): Operation cannot be fulfilled on deployments.apps "web": the object has been modified', 1],
    ])
    expect(await kubectlIn({ EDITOR: "sed -i 's/replicas:.*/replicas: 2/'" }, 'edit', 'deployment', 'web')).toContain('deployment.apps/web edited')
    expect(await kubectlIn({ EDITOR: 'true' }, 'edit', 'deployment', 'web')).toContain('Edit cancelled, no changes made.')
    expect((await c.get('deployment', 'web')).spec.replicas).toBe(2)
  })

  it('label, annotate, set, scale, expose, autoscale', () => each([
    ['label deployment web a=b', 'deployment.apps/web labeled'],
    ['label deployment web a=c', '\'a\' already has a value (b), and --overwrite is false', 1],
    ['label deployment web a-', 'deployment.apps/web unlabeled'],
    [['label', 'deployment', 'web', 'bad key=x'], 'name part must consist of alphanumeric characters', 1],
    ['annotate deployment web note=x', 'deployment.apps/web annotated'],
    ['set env deployment/web A=b', 'deployment.apps/web env updated'],
    ['set resources deployment/web --limits=cpu=200m', 'deployment.apps/web resource requirements updated'],
    ['set image deployment/web nosuch=x', 'unable to find container named "nosuch"', 1],
    ['scale deployment web --replicas=3 --current-replicas=9', 'Expected replicas to be 9, was 2', 1],
    ['scale deployment web --replicas=1', 'deployment.apps/web scaled'],
    ['expose deployment web --port=80 --target-port=8080', 'service/web exposed'],
    ['expose deployment web --port=80', 'Error from server (AlreadyExists): services "web" already exists', 1],
    ['autoscale deployment d1 --min=1 --max=3', 'horizontalpodautoscaler.autoscaling/d1 autoscaled'],
  ]))
})

describe('rollouts', () => {
  it('status, history, restart, undo, pause and resume', async () => {
    await each([
      ['rollout status deployment/web --timeout=60s', 'successfully rolled out'],
      ['rollout restart deployment/web', 'deployment.apps/web restarted'],
      ['rollout status deployment/web --timeout=60s', 'successfully rolled out'],
    ])
    const revisions = (await c.kubectl('rollout', 'history', 'deployment/web')).stdout.split('\n').filter((l) => /^\d/.test(l)).map((l) => Number.parseInt(l, 10))
    expect(revisions.length).toBeGreaterThan(1)
    await each([
      [`rollout history deployment/web --revision=${revisions.at(-1)}`, 'kubectl.kubernetes.io/restartedAt'],
      ['rollout undo deployment/web', 'deployment.apps/web rolled back'],
      ['rollout undo deployment/web --to-revision=99', 'unable to find specified revision 99 in history', 1],
      ['rollout pause deployment/web', 'deployment.apps/web paused'],
      ['rollout pause deployment/web', 'deployments.apps "web" is already paused', 1],
      ['rollout restart deployment/web', "can't restart paused deployment", 1],
      ['rollout resume deployment/web', 'deployment.apps/web resumed'],
      ['rollout status deployment/web --timeout=60s', 'successfully rolled out'],
      ['wait --for=condition=Available deployment/web --timeout=30s', 'deployment.apps/web condition met'],
      ['wait --for=jsonpath={.status.readyReplicas}=9 deployment/web --timeout=1s', 'timed out waiting for the condition on deployments/web', 1],
    ])
  })
})

describe('into pods', () => {
  it('logs: followed, of before, the last lines, since', async () => {
    await c.apply(podOf('talker', ['sh', '-c', 'i=0; while [ $i -lt 1000 ]; do i=$((i+1)); echo line $i; sleep 0.1; done']), { ...podOf('again', ['sh', '-c', 'echo once; exit 1']), spec: { ...podOf('', []).spec, restartPolicy: 'Always', containers: [{ name: 'a', image, command: ['sh', '-c', 'echo once; exit 1'] }] } })
    await running('talker')
    const follow = spawn('kubectl', ['logs', '-f', 'talker'], { env: { ...process.env, KUBECONFIG: join(c.folder, 'kubeconfig') } })
    let seen = ''
    follow.stdout.on('data', (d: Buffer) => { seen += d.toString() })
    await until('lines that come while it is followed', async () => /line 3\nline 4\n/.test(seen))
    follow.kill()
    await until('the log of its first life', async () => (await c.kubectl('logs', 'again', '--previous')).stdout === 'once\n')
    await each([
      ['logs talker --tail=1', /^line \d+\n$/],
      ['logs talker --since=1h --timestamps --limit-bytes=60', /^\d{4}-\d\d-\d\dT\S+Z line 1\n/],
      ['logs deployment/web --tail=1', ''],
      ['logs nosuch', 'pods "nosuch" not found', 1],
      ['logs talker -c nosuch', 'container nosuch is not valid for pod talker', 1],
      ['logs talker --previous', 'previous terminated container "a" in pod "talker" not found', 1],
    ])
  })

  it('exec, cp, attach, port-forward, run', async () => {
    await c.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s')
    await c.apply(podOf('box', stay))
    await running('box')
    const env = { ...process.env, KUBECONFIG: join(c.folder, 'kubeconfig') }
    expect(await kubectlIn({ STDIN: 'through' }, 'exec', '-i', 'box', '--', 'cat')).toBe('through')
    const up = file('up.txt', 'carried')
    await each([
      ['exec box -- nosuch', 'executable file not found in $PATH', 1],
      ['exec nosuch -- true', 'Error from server (NotFound): pods "nosuch" not found', 1],
      ['exec box -c nosuch -- true', 'container nosuch is not valid for pod box', 1],
      [['cp', up, 'box:/tmp/up.txt'], ''],
      ['exec box -- cat /tmp/up.txt', 'carried'],
      [['cp', 'box:/tmp/up.txt', join(folder, 'down.txt')], ''],
      ['attach nosuch', 'Error from server (NotFound): pods "nosuch" not found', 1],
      [['run', 'brief', `--image=${image}`, '--restart=Never', '--rm', '--attach', '--', 'sh', '-c', 'sleep 1; echo late; exit 4'], /late\n[^]*deleted/, 4],
      ['run Bad_Name --image=x', 'a lowercase RFC 1123 subdomain', 1],
      ['port-forward service/nosuch 1:2', 'Error from server (NotFound): services "nosuch" not found', 1],
    ])
    expect(readFileSync(join(folder, 'down.txt'), 'utf8')).toBe('carried')
    const forward = spawn('kubectl', ['port-forward', 'service/web', ':80'], { env })
    const port = await new Promise<number>((resolve, reject) => { let s = ''; forward.stderr.on('data', (d: Buffer) => { s += d.toString() }); forward.stdout.on('data', (d: Buffer) => { s += d.toString(); const m = /127\.0\.0\.1:(\d+) ->/.exec(s); if (m) resolve(Number(m[1])) }); forward.on('exit', () => reject(new Error(s))) })
    const page = await new Promise<string>((resolve, reject) => httpGet({ host: '127.0.0.1', port, agent: false }, (r) => { let s = ''; r.on('data', (d: Buffer) => { s += d.toString() }); r.on('end', () => resolve(s)) }).on('error', reject))
    forward.kill()
    expect(page).toBe('page\n')
  })
})

describe('nodes', () => {
  it('cordon, taint, drain and back', async () => {
    const node = `${c.name}-node-1`
    await each([
      [`cordon ${node}`, `node/${node} cordoned`],
      [`cordon ${node}`, `node/${node} already cordoned`],
      [`get node ${node}`, /Ready,SchedulingDisabled/],
      [`uncordon ${node}`, `node/${node} uncordoned`],
      [`taint node ${node} k=v:NoSchedule`, `node/${node} tainted`],
      [`taint node ${node} k=v:NoSchedule`, `already has k taint(s) with same effect(s)`, 1],
      [`taint node ${node} k-`, `node/${node} untainted`],
      ['drain nosuch', 'Error from server (NotFound): nodes "nosuch" not found', 1],
      ['top nodes', 'Metrics API not available', 1],
    ])
    const drained = await c.kubectl('drain', node, '--force', '--ignore-daemonsets', '--grace-period=1', '--timeout=60s')
    expect(drained.stdout + drained.stderr).toContain(`node/${node} drained`)
    const left = (await c.get('pods', '-A', '--field-selector', `spec.nodeName=${node}`)).items as { status: { phase: string } }[]
    expect(left.filter((p) => p.status.phase === 'Running')).toEqual([])
    await each([[`uncordon ${node}`, `node/${node} uncordoned`]])
  })
})

describe('deleting', () => {
  it('by name, label, all, file; what is not there; with its dependents or without', () => each([
    ['delete pod nosuch', 'Error from server (NotFound): pods "nosuch" not found', 1],
    ['delete pod nosuch --ignore-not-found', ''],
    ['delete service -l app=nosuch', 'No resources found'],
    ['delete configmap c1 --dry-run=server', /configmap "c1" deleted.*\(server dry run\)/],
    ['get configmap c1 -o name', 'configmap/c1'],
    ['delete job j1 j2', /job.batch "j1" deleted[^]*job.batch "j2" deleted/],
    ['delete deployment d1 --cascade=orphan', 'deployment.apps "d1" deleted'],
    ['get replicaset -l app=d1 -o name', 'replicaset.apps/d1-'],
    ['delete replicaset -l app=d1 --cascade=foreground', 'replicaset.apps "d1-'],
    ['get pods -l app=d1', 'No resources found'],
    ['delete namespace play', 'namespace "play" deleted'],
    ['delete namespace default', 'Error from server (Forbidden): namespaces "default" is forbidden: this namespace may not be deleted', 1],
    [['delete', '-f', file('gone.json', podOf('gone', stay))], 'pods "gone" not found', 1],
    ['delete pod', 'resource(s) were provided, but no name was specified', 1],
  ]))
})

const helm = (() => { try { return execFileSync('helm', ['version', '--short'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }) } catch { return '' } })()

// Helm comes with kubectl where set-up brings that; a machine with a kubectl of its own may have none.
describe.skipIf(!helm)('Helm', () => {
  const chart = () => {
    const f = join(folder, 'chart')
    mkdirSync(join(f, 'templates'), { recursive: true })
    writeFileSync(join(f, 'Chart.yaml'), 'apiVersion: v2\nname: demo\nversion: 0.1.0\n')
    writeFileSync(join(f, 'values.yaml'), 'replicas: 1\ntext: one\n')
    const name = '{{ .Release.Name }}'
    writeFileSync(join(f, 'templates/all.yaml'), [
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {text: {{ .Values.text }}}`,
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}}\nspec:\n  replicas: {{ .Values.replicas }}\n  selector: {matchLabels: {app: ${name}}}\n  template:\n    metadata: {labels: {app: ${name}, text: {{ .Values.text }}}}\n    spec: {terminationGracePeriodSeconds: 1, containers: [{name: a, image: "${image}", command: [sleep, "3600"]}]}`,
      `apiVersion: batch/v1\nkind: Job\nmetadata: {name: ${name}-hook, annotations: {"helm.sh/hook": post-install, "helm.sh/hook-delete-policy": hook-succeeded}}\nspec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: "${image}", command: ["true"]}]}}}`,
    ].join('\n---\n') + '\n')
    return f
  }
  const run = (...a: string[]) => new Promise<string>((resolve) => execFile('helm', a, { env: { ...process.env, KUBECONFIG: join(c.folder, 'kubeconfig'), HELM_CACHE_HOME: join(folder, 'hc'), HELM_CONFIG_HOME: join(folder, 'hf'), HELM_DATA_HOME: join(folder, 'hd') }, timeout: 90_000 }, (_, out, err) => resolve(out + err)))
  const text = async () => (await c.get('configmap', 'demo')).data.text as string

  it('installs, upgrades, rolls back and uninstalls, waiting for what it made', async () => {
    const f = chart()
    expect(await run('install', 'demo', f, '--wait', '--timeout', '60s')).toContain('STATUS: deployed')
    expect((await c.get('deployment', 'demo')).status.availableReplicas).toBe(1)
    expect((await c.get('secret', 'sh.helm.release.v1.demo.v1')).type).toBe('helm.sh/release.v1')
    expect(await run('install', 'demo', f)).toContain('cannot reuse a name that is still in use')
    expect(await run('upgrade', 'demo', f, '--set', 'text=two,replicas=2', '--wait', '--timeout', '60s')).toContain('has been upgraded')
    expect([await text(), (await c.get('deployment', 'demo')).status.availableReplicas]).toEqual(['two', 2])
    expect(await run('rollback', 'demo', '1', '--wait', '--timeout', '60s')).toContain('Rollback was a success')
    expect(await text()).toBe('one')
    expect(await run('history', 'demo')).toMatch(/superseded[^]*superseded[^]*deployed/)
    expect(await run('uninstall', 'demo', '--wait')).toContain('release "demo" uninstalled')
    expect((await c.kubectl('get', 'deployment,configmap', 'demo')).stderr).toContain('not found')
  })
})
