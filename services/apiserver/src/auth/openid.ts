import { StatusError } from '@drydock/api'
import type { NonResource } from '../request.ts'
import type { Tokens } from './tokens.ts'

/**
 * Where others learn how to verify service account tokens: OpenID provider configuration and key set, as upstream serves
 * them (RBAC lets service accounts read them: system:service-account-issuer-discovery).
 */
export function openIdPaths(tokens: Tokens, external: string): NonResource {
  const headers = { 'cache-control': 'public, max-age=3600' }
  const body = async (path: string): Promise<{ contentType: string, body: string } | undefined> => {
    if (path === '/openid/v1/jwks') return { contentType: 'application/jwk-set+json', body: JSON.stringify(await tokens.jwks()) }
    if (path !== '/.well-known/openid-configuration') return undefined
    return {
      contentType: 'application/json',
      body: JSON.stringify({
        issuer: tokens.issuer, jwks_uri: `https://${external}/openid/v1/jwks`, response_types_supported: ['id_token'], subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: [...new Set((await tokens.jwks()).keys.map((k) => k.alg))],
      }),
    }
  }
  return async (request) => {
    if (request.method !== 'GET') return undefined
    const found = await body(request.info.path), accept = request.credentials.headers.accept
    if (found && accept && !accept.includes('*/*') && !accept.includes(found.contentType)) throw new StatusError({ reason: 'NotAcceptable', message: `406: Not Acceptable\n\nAvailable representations: ${found.contentType}`, details: {} })
    return found && { type: 'text', code: 200, headers, ...found }
  }
}
