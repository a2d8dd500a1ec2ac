import type { HealthChecks } from './types.ts'

interface Check { name: string, check: () => void | Promise<void>, readyOnly: boolean }

/** Health checks with upstream's paths and texts (k8s.io/apiserver/pkg/server/healthz): /healthz, /livez, /readyz, each also per check. */
export function createHealth(): HealthChecks {
  const checks: Check[] = [{ name: 'ping', check() {}, readyOnly: false }]
  return {
    add(name, check, o) { checks.push({ name, check, readyOnly: o?.readyOnly ?? false }) },
    async answer(path, query) {
      const m = /^\/(healthz|livez|readyz)(?:\/([^/]+))?\/?$/.exec(path)
      if (!m) return undefined
      const kind = m[1]!
      const asked = checks.filter((c) => kind === 'readyz' || !c.readyOnly)
      if (m[2] === undefined) return answerAll(kind, asked, query)
      const one = asked.find((c) => c.name === m[2])
      if (!one) return { code: 404, body: '404 page not found\n' }
      const failure = await failureOf(one)
      return failure === undefined ? { code: 200, body: 'ok' } : { code: 500, body: `internal server error: ${failure}\n` }
    },
  }
}

async function answerAll(kind: string, checks: readonly Check[], query: URLSearchParams): Promise<{ code: number, body: string }> {
  const excluded = new Set(query.getAll('exclude'))
  const results = await Promise.all(checks.map(async (c) => ({ name: c.name, failure: excluded.has(c.name) ? null : await failureOf(c) })))
  // The reason stays in the log: these paths are open to everyone.
  const lines = results.map((r) => (r.failure === null ? `[+]${r.name} excluded: ok` : r.failure === undefined ? `[+]${r.name} ok` : `[-]${r.name} failed: reason withheld`))
  const failed = results.some((r) => typeof r.failure === 'string')
  if (failed) return { code: 500, body: `${lines.join('\n')}\n${kind} check failed\n` }
  return { code: 200, body: query.has('verbose') ? `${lines.join('\n')}\n${kind} check passed\n` : 'ok' }
}

async function failureOf(c: Check): Promise<string | undefined> {
  try { await c.check(); return undefined } catch (e) { return e instanceof Error ? e.message : String(e) }
}
