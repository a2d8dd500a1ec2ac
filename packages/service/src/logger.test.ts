import { expect, test } from 'vitest'
import { realClock } from '@drydock/base'
import { createLogger } from './logger.ts'

function logger(level: 'debug' | 'info' | 'error' = 'info') {
  const lines: string[] = []
  return { log: createLogger({ level, clock: { ...realClock, now: () => 0 }, fields: { component: 'x' }, write: (l) => lines.push(l) }), lines }
}

test('a line is one JSON object with level, time, fields and message', () => {
  const { log, lines } = logger()
  log.info({ pod: 'a', n: 1, none: undefined }, 'says "hi"\n')
  expect(lines).toEqual(['{"level":"info","time":"1970-01-01T00:00:00.000Z","component":"x","pod":"a","n":1,"msg":"says \\"hi\\"\\n"}\n'])
})

test('lines below the level are not written', () => {
  const { log, lines } = logger('error')
  log.debug({}, 'a'); log.info({}, 'b'); log.warn({}, 'c'); log.error({}, 'd')
  expect(lines.map((l) => JSON.parse(l).msg)).toEqual(['d'])
})

test('a child adds its fields', () => {
  const { log, lines } = logger()
  log.child({ pod: 'a' }).info({}, 'm')
  expect(JSON.parse(lines[0]!)).toMatchObject({ component: 'x', pod: 'a', msg: 'm' })
})

test('an error is written with its causes', () => {
  const { log, lines } = logger()
  log.warn({ err: new TypeError('outer', { cause: new Error('inner') }) }, 'm')
  expect(JSON.parse(lines[0]!).err).toMatchObject({ type: 'TypeError', message: 'outer', stack: expect.stringContaining('logger.test'), cause: { type: 'Error', message: 'inner' } })
})

test('what JSON cannot say stops nothing', () => {
  const { log, lines } = logger(), loop: { self?: object } = {}
  loop.self = loop
  log.info({ n: 1n }, 'big'); log.info(loop, 'loop')
  expect(JSON.parse(lines[0]!)).toMatchObject({ n: '1', msg: 'big' })
  expect(JSON.parse(lines[1]!)).toMatchObject({ unprintable: expect.stringContaining('circular'), msg: 'loop' })
})
