import { describe, expect, expectTypeOf, test } from 'vitest'
import { flag, formatDuration, helpText, mergeFlags, parseArguments, parseConfig, parseDuration, parseEnvironment } from './flags.ts'

const table = {
  'node-name': flag.string('', 'name of the node'),
  'max-pods': flag.number(110, 'pods at most'),
  'leader-elect': flag.boolean(true, 'elect'),
  'sync-period': flag.durationMs('1m30s', 'how often'),
  server: flag.list(['a:1'], 'apiservers'),
  'node-labels': flag.map({}, 'labels'),
  v: flag.number(0, 'verbosity', { short: 'v' }),
}
const read = (argv: string[], env: Record<string, string> = {}, file: unknown = undefined) =>
  mergeFlags(table, [parseArguments(table, argv), parseEnvironment(table, 'kube-proxy', env), parseConfig(table, file, 'f.yaml')])

describe('durations', () => {
  test.each([['5s', 5000], ['1m30s', 90_000], ['0', 0], ['1.5h', 5_400_000], ['100ms', 100], ['-2s', -2000]])('%s', (text, ms) => expect(parseDuration(text)).toBe(ms))
  test.each(['', '5', '5x', 's'])('refuses %j', (text) => expect(() => parseDuration(text)).toThrow(/invalid duration/))
  test.each([[90_000, '1m30s'], [0, '0s'], [500, '500ms'], [3_600_000, '1h']])('%d is shown as %s', (ms, text) => expect(formatDuration(ms)).toBe(text))
})

describe('the command line', () => {
  test.each<[string[], object]>([
    [[], { nodeName: '', maxPods: 110, leaderElect: true, syncPeriod: 90_000, server: ['a:1'], v: 0 }],
    [['--node-name', 'n1', '--max-pods=5'], { nodeName: 'n1', maxPods: 5 }],
    [['--leader-elect=false'], { leaderElect: false }],
    [['--leader-elect', '--sync-period=3s'], { leaderElect: true, syncPeriod: 3000 }],
    [['--server=a:1,b:2', '--server', 'c:3'], { server: ['a:1', 'b:2', 'c:3'] }],
    [['--node-labels=a=b,c=', '--node-labels=d=e=f'], { nodeLabels: { a: 'b', c: '', d: 'e=f' } }],
    [['-v', '4'], { v: 4 }],
    [['-v=4'], { v: 4 }],
    [['-v4'], { v: 4 }],
    [['--node_name=x'], { nodeName: 'x' }],
    [['--node-name='], { nodeName: '' }],
  ])('%j', (argv, want) => expect(read(argv)).toMatchObject(want))

  test.each<[string[], string]>([
    [['--nope'], 'unknown flag: --nope'],
    [['-x'], 'unknown flag: -x'],
    [['--max-pods', 'many'], '--max-pods: "many" is not a number'],
    [['--leader-elect=perhaps'], '--leader-elect: "perhaps" is not true or false'],
    [['--node-name'], 'flag needs an argument: --node-name'],
    [['what'], 'unexpected argument "what"'],
    [['--node-labels=x'], '--node-labels: "x" is not of the form name=value'],
  ])('%j is refused', (argv, message) => expect(() => read(argv)).toThrow(message))
})

test('flag over environment over file over default', () => {
  const file = { nodeName: 'file', 'max-pods': 7, server: ['x:1'], syncPeriod: '2s', 'node-labels': { a: 1 } }
  expect(read([], {}, file)).toMatchObject({ nodeName: 'file', maxPods: 7, server: ['x:1'], syncPeriod: 2000, nodeLabels: { a: '1' } })
  const env = { DRYDOCK_KUBE_PROXY_NODE_NAME: 'env', DRYDOCK_KUBE_PROXY_SERVER: 'e:1,e:2' }
  expect(read([], env, file)).toMatchObject({ nodeName: 'env', maxPods: 7, server: ['e:1', 'e:2'] })
  expect(read(['--node-name=arg'], env, file)).toMatchObject({ nodeName: 'arg' })
})

test.each<[unknown, string]>([[{ nope: 1 }, 'unknown key "nope"'], [[1], 'want a mapping'], [{ server: { a: 1 } }, 'want a list'], [{ maxPods: 'x' }, 'is not a number']])('the file %j is refused', (file, message) => expect(() => read([], {}, file)).toThrow(message))

test('values are typed by the table', () => {
  const v = read([])
  expectTypeOf(v.nodeName).toBeString()
  expectTypeOf(v.syncPeriod).toBeNumber()
  expectTypeOf(v.server).toEqualTypeOf<readonly string[]>()
})

test('help shows defaults and examples', () => {
  const text = helpText({ name: 'kube-proxy', description: 'Programs services.', examples: ['kube-proxy --node-name n1'], table })
  expect(text).toContain('--sync-period duration')
  expect(text).toContain('how often (default 1m30s)')
  expect(text).toContain('kube-proxy --node-name n1')
  expect(text).toContain('DRYDOCK_KUBE_PROXY_<FLAG>')
})
