/** `$(VAR)` in commands, arguments and values: k8s.io/kubernetes/third_party/forked/golang/expansion. Pure. */

/** Replaces `$(NAME)`; an unknown name stays as written, `$$` is a dollar. */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  let out = ''
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '$' || i + 1 >= text.length) { out += text[i]; continue }
    const next = text[i + 1]
    if (next === '$') { out += '$'; i++; continue }
    const end = next === '(' ? text.indexOf(')', i + 2) : -1
    if (end < 0) { out += next === '(' ? '$(' : `$${next}`; i++; continue }
    const name = text.slice(i + 2, end)
    out += lookup(name) ?? `$(${name})`
    i = end
  }
  return out
}
