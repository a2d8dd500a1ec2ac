/**
 * Tasks that live and die together: the first to stop (by returning or throwing) aborts the others; all are awaited;
 * the first error is thrown. A task gets the group's signal and must end soon after it aborts.
 */
export async function runGroup(parent: AbortSignal, tasks: ReadonlyArray<(signal: AbortSignal) => Promise<void>>): Promise<void> {
  const own = new AbortController()
  const signal = AbortSignal.any([parent, own.signal])
  let failure: { error: unknown } | undefined
  await Promise.all(tasks.map(async (task) => {
    try {
      await task(signal)
    } catch (error) {
      if (!signal.aborted) failure ??= { error }
    } finally {
      own.abort(new Error('a task of the run group stopped'))
    }
  }))
  if (failure) throw failure.error
}
