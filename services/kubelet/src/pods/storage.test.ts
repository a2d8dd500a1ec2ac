import type { PodSpec } from '@drydock/api'
import { expect, test } from 'vitest'
import { box, podOf } from '../testing/builders.ts'
import { isLimited, overLimit } from './storage.ts'

const limited = (name: string, limit: string) => box(name, { resources: { limits: { 'ephemeral-storage': limit } } })
const volume = (sizeLimit?: string, medium?: string): Partial<PodSpec> => ({ volumes: [{ name: 'v', emptyDir: { ...(sizeLimit && { sizeLimit }), ...(medium && { medium }) } }] })
const use = (volumes: Record<string, number>, containers: Record<string, number> = {}) => ({ volumes: new Map(Object.entries(volumes)), containers: new Map(Object.entries(containers)) })

test.each<[string, Partial<PodSpec>, ReturnType<typeof use>, string | undefined]>([
  ['a volume within its limit', volume('1Mi'), use({ v: 1_000_000 }), undefined],
  ['one beyond', volume('1Mi'), use({ v: 2_000_000 }), 'Usage of EmptyDir volume "v" exceeds the limit "1Mi". '],
  ['volumes count for the pod', { ...volume(), containers: [limited('a', '1Mi'), box('b')] }, use({ v: 1_000_000 }, { a: 100_000 }), 'Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. '],
  ['two limits are one for the pod', { containers: [limited('a', '512Ki'), limited('b', '512Ki')] }, use({}, { a: 700_000, b: 700_000 }), 'Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. '],
  ['a container beyond its own', { containers: [limited('a', '1Mi'), limited('b', '1Mi')] }, use({}, { a: 1_100_000 }), 'Container a exceeded its local ephemeral storage limit "1Mi". '],
])('%s', (_name, spec, used, want) => { expect(overLimit(podOf(spec), used)).toBe(want) })
test.each<[string, Partial<PodSpec>, boolean]>([
  ['no limits', volume(), false], ['a volume in memory is limited by its file system', volume('1Mi', 'Memory'), false], ['a volume', volume('1Mi'), true], ['a container', { containers: [limited('a', '1Gi')] }, true],
])('worth a look: %s', (_name, spec, want) => { expect(isLimited(podOf(spec))).toBe(want) })
