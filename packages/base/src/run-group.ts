/**
 * Tasks that live and die together: the first to stop (by returning or throwing) aborts the others; all are awaited;
 * the first error is thrown. A task gets a signal of its own and must end soon after it aborts.
 */
export async function runGroup(parent: AbortSignal, tasks: ReadonlyArray<(signal: AbortSignal) => Promise<void>>): Promise<void> {
  // One signal for all would be a long list of listeners, which is walked whenever anybody begins or ends a wait.
  const own = tasks.map(() => new AbortController())
  const end = (reason: unknown) => { for (const c of own) c.abort(reason) }
  const onAbort = () => end(parent.reason)
  if (parent.aborted) onAbort()
  else parent.addEventListener('abort', onAbort, { once: true })
  let failure: { error: unknown } | undefined
  await Promise.all(tasks.map(async (task, i) => {
    const { signal } = own[i]!
    try {
      await task(signal)
    } catch (error) {
      if (!signal.aborted) failure ??= { error }
    } finally {
      end(new Error('a task of the run group stopped'))
    }
  }))
  parent.removeEventListener('abort', onAbort)
  if (failure) throw failure.error
}
