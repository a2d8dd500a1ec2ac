// A service that does nothing, for run-service.test.ts and for measuring what an empty service costs.
import { flag, runService, StartError } from '../index.ts'

await runService({
  name: 'sample',
  description: 'Does nothing until it is told to stop.',
  flags: { greeting: flag.string('hello', 'what to say'), fail: flag.string('', 'where to fail') },
  examples: ['sample --greeting hi'],
  create({ flags, log }) {
    if (flags.fail === 'start') throw new StartError('refuses to start')
    log.debug({}, flags.greeting)
    const idle = setInterval(() => {}, 1000)
    return {
      async run(signal) {
        if (flags.fail === 'run') throw new Error('lost its way')
        await new Promise<void>((resolve) => { signal.addEventListener('abort', () => resolve()) })
      },
      async stop() {
        if (flags.fail === 'stop') await new Promise(() => {})
        clearInterval(idle)
        log.info({}, 'closed')
      },
    }
  },
})
