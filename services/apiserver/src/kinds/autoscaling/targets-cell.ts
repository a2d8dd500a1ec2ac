import type { ApiObject } from '../../admission/types.ts'

interface Target { type?: string, averageUtilization?: number, averageValue?: string, value?: string }
interface Current { averageUtilization?: number, averageValue?: string, value?: string }

const MAX_SHOWN = 2
const UNKNOWN = '<unknown>'

/** formatHPAMetrics: `cpu: 50%/80%, …`, two at most. */
export function targetsCell(o: ApiObject): string {
  const specs: ApiObject[] = o.spec?.metrics ?? []
  const statuses: ApiObject[] = o.status?.currentMetrics ?? []
  if (specs.length === 0) return '<none>'
  const list = specs.map((s, i) => one(s, statuses[i]))
  if (list.length <= MAX_SHOWN) return list.join(', ')
  return `${list.slice(0, MAX_SHOWN).join(', ')} + ${list.length - MAX_SHOWN} more...`
}

function one(spec: ApiObject, status: ApiObject | undefined): string {
  switch (spec.type) {
    case 'External': return `${values(spec.external.target, status?.external?.current)}${spec.external.target.averageValue !== undefined ? ' (avg)' : ''}`
    case 'Pods': return `${status?.pods?.current?.averageValue ?? UNKNOWN}/${spec.pods.target.averageValue}`
    case 'Object': return `${values(spec.object.target, status?.object?.current)}${spec.object.target.averageValue !== undefined ? ' (avg)' : ''}`
    case 'Resource': return `${spec.resource.name}: ${resource(spec.resource.target, status?.resource?.current)}`
    case 'ContainerResource': return `${spec.containerResource.name}: ${resource(spec.containerResource.target, status?.containerResource?.current)}`
    default: return '<unknown type>'
  }
}

function values(target: Target, current: Current | undefined): string {
  if (target.averageValue !== undefined) return `${current?.averageValue ?? UNKNOWN}/${target.averageValue}`
  return `${current?.value ?? UNKNOWN}/${target.value}`
}

function resource(target: Target, current: Current | undefined): string {
  if (target.averageValue !== undefined) return `${current?.averageValue ?? UNKNOWN}/${target.averageValue}`
  const now = current?.averageUtilization === undefined ? UNKNOWN : `${current.averageUtilization}%`
  return `${now}/${target.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`}`
}
