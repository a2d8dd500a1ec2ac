/** net/url's Parse, as far as validation asks for it. */
export interface GoURL { scheme: string, user: string | undefined, host: string, query: string, fragment: string }

/** The parts of a URL, or the error in Go's words. */
export function parseGoURL(raw: string): GoURL | string {
  const wrong = (why: string): string => `parse ${JSON.stringify(raw)}: ${why}`
  // eslint-disable-next-line no-control-regex
  if (/[\x00-\x1f\x7f]/.test(raw)) return wrong('net/url: invalid control character in URL')
  const [whole, fragment] = cut(raw, '#')
  if (whole.startsWith(':')) return wrong('missing protocol scheme')
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(whole)?.[1] ?? ''
  const [rest, query] = cut(whole.slice(scheme ? scheme.length + 1 : 0), '?')
  const url: GoURL = { scheme: scheme.toLowerCase(), user: undefined, host: '', query, fragment }
  if (!rest.startsWith('/')) {
    if (scheme) return url
    if (cut(rest, '/')[0].includes(':')) return wrong('first path segment in URL cannot contain colon')
  }
  let path = rest
  if (rest.startsWith('//') && (scheme || !rest.startsWith('///'))) {
    const authority = rest.slice(2).split('/', 1)[0]!
    path = rest.slice(2 + authority.length)
    const at = authority.lastIndexOf('@')
    url.host = authority.slice(at + 1)
    if (at >= 0) url.user = authority.slice(0, at)
    const bad = badHost(url.host)
    if (bad) return wrong(bad)
  }
  const escape = /%(?![0-9A-Fa-f]{2}).{0,2}/.exec(path)
  return escape ? wrong(`invalid URL escape ${JSON.stringify(escape[0])}`) : url
}

function cut(s: string, at: string): [before: string, after: string] {
  const i = s.indexOf(at)
  return i < 0 ? [s, ''] : [s.slice(0, i), s.slice(i + 1)]
}

function badHost(host: string): string | undefined {
  const name = host.startsWith('[') ? host.slice(0, host.lastIndexOf(']') + 1) : host.replace(/:[^:]*$/, '')
  const port = host.slice(name.length)
  if (!/^(:\d*)?$/.test(port)) return `invalid port ${JSON.stringify(port)} after host`
  const bad = /[^A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"%\x80-\uffff]/.exec(host)
  return bad ? `invalid character ${JSON.stringify(bad[0])} in host name` : undefined
}
