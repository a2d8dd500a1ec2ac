/** Which kernel parameters a pod may set here (kubelet/sysctl): those that its namespaces keep apart, and what the node allows besides. Pure. */
import type { Pod } from '@drydock/api'

const safe: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start', 'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes', 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem',
])
/** The namespace that keeps a parameter apart: of two pods, or of a pod and the node. */
const namespaceOf = (name: string): 'IPC' | 'Net' | undefined => (/^(kernel\.(msg|sem|shm)|fs\.mqueue\.)/.test(name) ? 'IPC' : name.startsWith('net.') ? 'Net' : undefined)

/** Why a pod's parameters are refused; undefined if they are not. `allowed`: names, or prefixes ending in `*`. */
export function forbiddenSysctl(pod: Pod, allowed: readonly string[]): string | undefined {
  for (const { name: given } of pod.spec?.securityContext?.sysctls ?? []) {
    const name = given.replaceAll('/', '.')
    if (!safe.has(name) && !allowed.some((a) => (a.endsWith('*') ? name.startsWith(a.slice(0, -1)) : a === name))) return `${JSON.stringify(given)} not allowlisted`
    const ns = namespaceOf(name)
    if ((ns === 'IPC' && pod.spec?.hostIPC) || (ns === 'Net' && pod.spec?.hostNetwork)) return `${JSON.stringify(given)} not allowed with host ${ns} enabled`
  }
  return undefined
}
