/** Where webhooks are: apiserver/pkg/util/webhook/validation.go. */
import { dns1123Subdomain, invalid, required } from '@drydock/api'
import { parseGoURL } from './go-url.ts'
import type { Errors } from './validate.ts'

const FORM = '; desired format: https://host[/path]'

/** ValidateWebhookURL. */
export function webhookURL(path: string, url: string): Errors {
  const u = parseGoURL(url)
  if (typeof u === 'string') return [required(path, `url must be a valid URL: ${u}${FORM}`)]
  const out: Errors = []
  if (u.scheme !== 'https') out.push(invalid(path, u.scheme, `'https' is the only allowed URL scheme${FORM}`))
  if (!u.host) out.push(invalid(path, u.host, `host must be specified${FORM}`))
  if (u.user !== undefined) out.push(invalid(path, u.user, 'user information is not permitted in the URL'))
  if (u.fragment) out.push(invalid(path, u.fragment, 'fragments are not permitted in the URL'))
  if (u.query) out.push(invalid(path, u.query, 'query parameters are not permitted in the URL'))
  return out
}

/** ValidateWebhookService. Upstream's callers confuse name and namespace: the one that is missing is told as the other. */
export function webhookService(at: string, s: { name?: string, namespace?: string, path?: string, port?: number }): Errors {
  const out: Errors = []
  if (!s.name) out.push(required(`${at}.namespace`))
  if (!s.namespace) out.push(required(`${at}.name`))
  const port = s.port ?? 443
  if (port < 1 || port > 65535) out.push(invalid(`${at}.port`, port, 'port is not valid: must be between 1 and 65535, inclusive'))
  return [...out, ...servicePath(`${at}.path`, s.path)]
}

function servicePath(at: string, path: string | undefined): Errors {
  if (!path || path === '/') return []
  if (path === '//') return [invalid(at, path, 'segment[0] may not be empty')]
  const out: Errors = path.startsWith('/') ? [] : [invalid(at, path, "must start with a '/'")]
  for (const [i, step] of path.slice(1).replace(/\/$/, '').split('/').entries()) {
    if (step === '') out.push(invalid(at, path, `segment[${i}] may not be empty`))
    else for (const m of dns1123Subdomain(step)) out.push(invalid(at, path, `segment[${i}]: ${m}`))
  }
  return out
}
