import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '@drydock/api'
import { describe, expect, test } from 'vitest'
import type { ApiObject } from '../../admission/types.ts'
import type { KindContext } from '../kind.ts'
import { persistentvolumeclaims } from './persistentvolumeclaims.ts'

const context = {} as KindContext
const claim = (spec: PersistentVolumeClaimSpec = {}, more: Partial<PersistentVolumeClaim> = {}): ApiObject => {
  const o = { metadata: { name: 'c', ...more.metadata }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } }, ...spec }, status: more.status } as unknown as ApiObject
  if (!o.status) delete o.status
  persistentvolumeclaims.defaults!(o)
  return o
}
function updated(now: ApiObject, was: ApiObject): string[] {
  persistentvolumeclaims.prepareForUpdate!(now, was, context)
  return persistentvolumeclaims.validateUpdate!(now, was, context).map((e) => `${e.field}: ${e.body().split('\n')[0]}`)
}
const bound = { status: { phase: 'Bound', capacity: { storage: '1Gi' } } }
const FROZEN = 'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'
const size = (storage: string): PersistentVolumeClaimSpec => ({ resources: { requests: { storage } } })
const noted = (name?: string) => ({ metadata: { annotations: name ? { 'volume.beta.kubernetes.io/storage-class': name } : {} } })
const odd = { apiGroup: 'example.com', kind: 'Odd', name: 'o' }

describe('updates of claims', () => {
  test.each<[string, ApiObject, ApiObject, string[]]>([
    ['a volume, once', claim({ volumeName: 'v' }), claim(), []],
    ['another volume', claim({ volumeName: 'w' }), claim({ volumeName: 'v' }), [FROZEN]],
    ['growth, unbound', claim(size('3Gi')), claim(), [FROZEN]],
    ['growth, bound', claim(size('3Gi')), claim({}, bound), []],
    ['back to what was not reached', claim(size('1500Mi')), claim({}, bound), []],
    ['below what there is', claim(size('1Gi')), claim({}, bound), ['spec.resources.requests.storage: Forbidden: field can not be less than status.capacity']],
    ['a class from its annotation', claim({ storageClassName: 'a' }), claim({}, noted('a')), []],
    ['a class where there was none', claim({ storageClassName: 'a' }), claim(), []],
    ['another annotation', claim({}, noted('b')), claim({}, noted('a')), ['metadata.annotations.volume.beta.kubernetes.io/storage-class: Invalid value: "b": field is immutable']],
    ['other attributes, unbound', claim({ volumeAttributesClassName: 'b' }), claim({ volumeAttributesClassName: 'a' }), [FROZEN]],
    ['other attributes, bound', claim({ volumeAttributesClassName: 'b' }), claim({ volumeAttributesClassName: 'a' }, bound), []],
    ['a source elsewhere is no source', claim({ dataSourceRef: { ...odd, namespace: 'other' } }), claim(), []],
    ['an odd source is no source', claim({ dataSource: odd }), claim(), []],
  ])('%s', (_, now, was, errors) => expect(updated(now, was)).toEqual(errors))
})
