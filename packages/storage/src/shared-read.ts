/**
 * One read at a time, shared: whoever asks while a read is under way gets the answer of the next one, so that the answer is
 * never older than the question and a thousand questions cost two reads.
 */
export class SharedRead<T> {
  readonly #read: () => Promise<T>
  #current: Promise<T> | undefined
  #next: Promise<T> | undefined

  constructor(read: () => Promise<T>) { this.#read = read }

  read(signal?: AbortSignal): Promise<T> {
    const answer = this.#current ? (this.#next ??= this.#current.then(() => this.#start(), () => this.#start())) : this.#start()
    return signal ? orAborted(answer, signal) : answer
  }

  #start(): Promise<T> {
    this.#next = undefined
    const run = this.#read().finally(() => { if (this.#current === run) this.#current = undefined })
    this.#current = run
    return run
  }
}

function orAborted<T>(p: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason as Error)
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
    p.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
