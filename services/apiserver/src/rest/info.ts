/** Health and metrics at the REST door, behind authentication and authorization like every path. */
import type { HealthChecks, Registry } from '@drydock/service'
import type { NonResource } from '../request.ts'

const plain = 'text/plain; charset=utf-8'
const headers = { 'cache-control': 'no-cache, private', 'x-content-type-options': 'nosniff' }

export const healthPaths = (health: HealthChecks): NonResource => async ({ info, query }) => {
  if (info.path.endsWith('/')) return undefined
  if (info.path.endsWith('/')) return undefined
  const answer = await health.answer(info.path, query)
  return answer && { type: 'text', code: answer.code, contentType: plain, body: answer.body, headers }
}

export const metricsPath = (registry: Registry): NonResource => async ({ info, method }) => {
  if (info.path !== '/metrics' || method !== 'GET') return undefined
  return { type: 'text', code: 200, contentType: registry.contentType, body: await registry.metrics(), headers }
}
