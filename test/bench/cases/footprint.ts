/** Memory of every process against an empty Node process, and the CPU of an idle cluster. */
import { spawn } from 'node:child_process'
import { realClock } from '@drydock/base'
import { createCluster } from '../../e2e/cluster.ts'
import { cpuMs, rssMiB, type Bench } from '../measure.ts'

export const bench: Bench = async (say) => {
  const empty = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e9)'], { stdio: 'ignore' })
  const c = await createCluster('bidle')
  try {
    await realClock.sleep(15_000) // what starts has settled
    const rows = (JSON.parse((await c.drydock('status', '-o', 'json')).stdout) as { processes: { name: string, component: string, pid: number }[] }).processes
    const before = rows.map((r) => cpuMs(r.pid)), t = realClock.monotonic()
    await realClock.sleep(20_000)
    const span = realClock.monotonic() - t, limit = { name: 'an empty Node process', value: rssMiB(empty.pid!) }
    const ours = rows.filter((r) => !['etcd', 'nats', 'containerd'].includes(r.component))
    rows.forEach((r, i) => say(`${r.name}: ${rssMiB(r.pid).toFixed(0)} MiB, ${((cpuMs(r.pid) - before[i]!) / span * 100).toFixed(2)} % of a core`))
    return [
      ...ours.map((r) => ({ name: `memory of ${r.name}`, value: rssMiB(r.pid), unit: 'MiB', limit, target: { atMost: 1.6 } })),
      { name: 'memory of all processes', value: rows.reduce((s, r) => s + rssMiB(r.pid), 0), unit: 'MiB' },
      { name: 'idle CPU of all processes', value: rows.reduce((s, r, i) => s + cpuMs(r.pid) - before[i]!, 0) / span * 100, unit: '% of a core', target: { atMost: 2 } },
    ]
  } finally { empty.kill(); await c.down() }
}
