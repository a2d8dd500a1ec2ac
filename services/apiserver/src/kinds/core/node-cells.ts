import type { Node } from '@drydock/api'
import { age, byBytes } from '../lib/print.ts'

export function nodeCells(node: Node, now: number): unknown[] {
  const info = node.status?.nodeInfo
  const address = (type: string) => node.status?.addresses?.find((a) => a.type === type)?.address ?? '<none>'
  const orUnknown = (s: string | undefined) => s || '<unknown>'
  return [
    node.metadata?.name, status(node), roles(node), age(node as never, now), info?.kubeletVersion ?? '', address('InternalIP'), address('ExternalIP'),
    orUnknown(info?.osImage), orUnknown(info?.kernelVersion), orUnknown(info?.containerRuntimeVersion),
  ]
}

function status(node: Node): string {
  const ready = node.status?.conditions?.findLast((c) => c.type === 'Ready')
  const words = [ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown']
  if (node.spec?.unschedulable) words.push('SchedulingDisabled')
  return words.join(',')
}

const ROLE_PREFIX = 'node-role.kubernetes.io/'

/** findNodeRoles: from labels of the form node-role.kubernetes.io/<role> and the old kubernetes.io/role. */
function roles(node: Node): string {
  const found = new Set<string>()
  for (const [key, value] of Object.entries(node.metadata?.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length) found.add(key.slice(ROLE_PREFIX.length))
    else if (key === 'kubernetes.io/role' && value) found.add(value)
  }
  return [...found].sort(byBytes).join(',') || '<none>'
}
