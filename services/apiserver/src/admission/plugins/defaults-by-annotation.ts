type Annotated = { metadata?: { name?: string | undefined, creationTimestamp?: string | undefined, annotations?: Record<string, string> | undefined } | undefined }

/** The object that an annotation marks as the default: of several the newest, then the first by name (as upstream's util.GetDefaultClass). */
export function defaultOf<T extends Annotated>(all: readonly T[], annotations: readonly string[]): T | undefined {
  const marked = all.filter((o) => annotations.some((a) => o.metadata?.annotations?.[a] === 'true'))
  const time = (o: T) => o.metadata?.creationTimestamp ?? '', name = (o: T) => o.metadata?.name ?? ''
  return marked.sort((a, b) => (time(a) === time(b) ? (name(a) < name(b) ? -1 : 1) : time(a) > time(b) ? -1 : 1))[0]
}
