/** Pod start, POST → Running as a watcher sees it, one by one and thirty at once; against the same pod by raw CRI. */
import { realClock } from '@drydock/base'
import { createCluster, until } from '../../e2e/cluster.ts'
import { connect } from '../connect.ts'
import { median, type Bench } from '../measure.ts'
import { benchPod, rawCri } from '../raw-cri.ts'

interface Seen { running: Map<string, number> }

export const bench: Bench = async (say) => {
  const c = await createCluster('bpods', ['--nodes', '1', '--no-sample'])
  try {
    const api = connect(c), node = `${c.name}-node-1`, seen: Seen = { running: new Map() }
    let buffer = ''
    await api.call('GET', '/api/v1/namespaces/default/pods?watch=1', undefined, (d) => {
      buffer += d
      for (let i = buffer.indexOf('\n'); i >= 0; i = buffer.indexOf('\n')) {
        const e = JSON.parse(buffer.slice(0, i)) as { object: { metadata: { name: string }, status?: { phase?: string } } }; buffer = buffer.slice(i + 1)
        const name = e.object.metadata.name
        if (e.object.status?.phase === 'Running' && !seen.running.has(name)) seen.running.set(name, realClock.monotonic())
      }
    })
    const start = async (name: string) => {
      const t = realClock.monotonic(), status = await api.call('POST', '/api/v1/namespaces/default/pods', benchPod(name, node))
      if (status !== 201) throw new Error(`POST pod ${name}: ${status}`)
      await until(`${name} Running`, async () => seen.running.has(name), 60_000)
      return seen.running.get(name)! - t
    }
    const raw = await rawCri()
    let limit: number, limitMany: number, all: number
    const one: number[] = [], runs: number[] = []
    try {
      await start('warm'); await raw.once(99)
      for (let i = 0; i < 7; i++) { one.push(await start(`one-${i}`)); runs.push(await raw.once(i)) } // in turns: what else the machine does meets both
      limit = median(runs)
      say(`one by one: ${one.map((x) => x.toFixed(0)).join(', ')} ms; raw CRI: ${runs.map((x) => x.toFixed(0)).join(', ')} ms`)
      const t = realClock.monotonic(); await Promise.all(Array.from({ length: 30 }, (_, i) => start(`many-${i}`)))
      all = Math.max(...[...seen.running].filter(([n]) => n.startsWith('many')).map(([, at]) => at)) - t
      const t2 = realClock.monotonic(); await Promise.all(Array.from({ length: 30 }, (_, i) => raw.once(100 + i))); limitMany = realClock.monotonic() - t2
    } finally { await raw.close() }
    return [
      { name: 'POST → Running, one by one', value: median(one), unit: 'ms', limit: { name: 'raw CRI', value: limit }, target: { atMost: 1.2 } },
      { name: '30 at once: all Running', value: all, unit: 'ms', limit: { name: 'raw CRI, 30 at once', value: limitMany } },
      { name: '30 at once', value: 30_000 / all, unit: 'pods/s', limit: { name: 'raw CRI', value: 30_000 / limitMany } },
      { name: '30 at once', value: 30_000 / all, unit: 'pods/s', target: { atLeast: 13 } },
    ]
  } finally { await c.down() }
}
