import { expect, test } from 'vitest'
import { negotiate } from './negotiate.ts'

const ask = (accept: string | undefined, watch = false) => negotiate({ accept, acceptEncoding: undefined, pretty: false, watch })

test.each([
  [undefined, { format: 'json', as: '' }], ['*/*', { format: 'json', as: '' }], ['application/yaml', { format: 'yaml', as: '' }],
  ['application/json;as=Table;v=v1;g=meta.k8s.io,application/json', { format: 'json', as: 'Table' }],
  ['application/json;as=Table;v=v2;g=meta.k8s.io,application/json', { format: 'json', as: '' }],
  ['application/json;q=0.5,application/yaml', { format: 'yaml', as: '' }],
])('%s', (accept, wanted) => expect(ask(accept)).toMatchObject(wanted))

test('what cannot be had is refused', () => {
  expect(() => ask('text/html')).toThrow(/only the following media types/)
  expect(() => ask('application/yaml', true)).toThrow(/stream=watch/)
})
