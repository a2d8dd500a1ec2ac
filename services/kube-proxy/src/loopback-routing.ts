/** Lets packets with loopback addresses through on one interface: replies to connections that loopback rules redirect. */
import { writeFileSync } from 'node:fs'

/** Only for an interface behind which are our own nodes; the loopback rules guard what comes in. */
export function allowLoopbackRouting(device: string): void {
  if (!/^[\w.:-]{1,15}$/.test(device)) throw new Error(`--nodes-interface: ${JSON.stringify(device)} is not the name of an interface`)
  writeFileSync(`/proc/sys/net/ipv4/conf/${device}/route_localnet`, '1')
}
