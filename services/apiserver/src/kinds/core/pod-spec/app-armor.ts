import type { AppArmorProfile, Container, Pod } from '@drydock/api'
import { semanticEqual } from '@drydock/api'
import { APPARMOR } from './validate/annotations.ts'

/**
 * AppArmor profiles were annotations before they were a field (applyAppArmorVersionSkew): each is written where the other
 * stands, so that old and new kubelets see the same. Changes the pod in place.
 */
export function mergeAppArmor(pod: Pod, warn: (text: string) => void): void {
  const spec = pod.spec!
  if (spec.os?.name === 'windows') return
  const whole = spec.securityContext?.appArmorProfile
  for (const c of [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])] as Container[]) {
    const key = APPARMOR + c.name
    const annotation = pod.metadata?.annotations?.[key]
    if (annotation === undefined || c.securityContext?.appArmorProfile) continue
    const profile = profileOf(annotation)
    if (profile && semanticEqual(profile, whole)) continue
    warn(`metadata.annotations[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`)
    if (profile) c.securityContext = { ...c.securityContext, appArmorProfile: profile }
  }
}

function profileOf(annotation: string): AppArmorProfile | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' }
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' }
  const name = annotation.startsWith('localhost/') ? annotation.slice('localhost/'.length) : ''
  return name ? { type: 'Localhost', localhostProfile: name } : undefined
}
