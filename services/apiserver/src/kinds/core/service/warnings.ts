import type { Service } from '@drydock/api'
import { isHeadless } from './needs.ts'

/** pkg/api/service/warnings.go. */
export function warnings(service: Service): string[] {
  const s = service.spec ?? {}, out: string[] = []
  if (s.type === 'ExternalName' && s.externalIPs?.length) out.push('spec.externalIPs is ignored when spec.type is "ExternalName"')
  if (s.type !== 'ExternalName' && s.externalName) out.push('spec.externalName is ignored when spec.type is not "ExternalName"')
  if (isHeadless(s) && s.sessionAffinity === 'ClientIP') out.push('spec.SessionAffinity is ignored for headless services')
  if (s.trafficDistribution === 'PreferClose') out.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"')
  return out
}
