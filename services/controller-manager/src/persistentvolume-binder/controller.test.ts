import type { Node, PersistentVolume, PersistentVolumeClaim } from '@drydock/api'
import { describe, expect, it } from 'vitest'
import { findVolume } from './controller.ts'

const claim = (spec: object = {}): PersistentVolumeClaim => ({ metadata: { name: 'c', namespace: 'ns', uid: 'c' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } }, ...spec } })
const volume = (name: string, storage: string, spec: object = {}, phase = 'Available'): PersistentVolume => ({ metadata: { name }, spec: { accessModes: ['ReadWriteOnce'], capacity: { storage }, ...spec }, status: { phase } })
const on = (node: string) => ({ nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'host', operator: 'In', values: [node] }] }] } } })
const node = (name: string): Node => ({ metadata: { name, labels: { host: name } } })

describe('the volume of a claim', () => {
  it.each([
    ['the smallest that is large enough', claim(), [volume('large', '9Gi'), volume('fits', '2Gi'), volume('small', '1Gi')], 'fits'],
    ['one reserved for it before all others', claim(), [volume('fits', '2Gi'), volume('mine', '9Gi', { claimRef: { namespace: 'ns', name: 'c' } })], 'mine'],
    ['none that is another\'s', claim(), [volume('taken', '2Gi', { claimRef: { namespace: 'ns', name: 'd', uid: 'd' } }, 'Bound')], undefined],
    ['none of another class', claim({ storageClassName: 'fast' }), [volume('slow', '2Gi')], undefined],
    ['none with less than it must do', claim({ accessModes: ['ReadWriteMany'] }), [volume('once', '2Gi')], undefined],
    ['the one that it names', claim({ volumeName: 'large' }), [volume('fits', '2Gi'), volume('large', '9Gi')], 'large'],
    ['none that was released', claim(), [volume('used', '2Gi', {}, 'Released')], undefined],
  ] as [string, PersistentVolumeClaim, PersistentVolume[], string | undefined][])('%s', (_, c, volumes, name) => expect(findVolume(c, volumes)?.metadata?.name).toBe(name))
  it('is one that the node of its first pod reaches', () => {
    const volumes = [volume('there', '2Gi', on('a')), volume('here', '3Gi', on('b'))]
    expect(findVolume(claim(), volumes, node('b'))?.metadata?.name).toBe('here')
    expect(findVolume(claim(), volumes)?.metadata?.name).toBe('there')
  })
})
