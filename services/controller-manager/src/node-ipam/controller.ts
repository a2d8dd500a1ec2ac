import { isStatus, resources, type Node } from '@drydock/api'
import type { ControllerDefinition } from '../shared/context.ts'
import { CidrPool } from './plan.ts'

/**
 * Gives every node its pod range. One at a time, and a range stays reserved for its node from the moment that it is
 * chosen: none is given twice, whatever the view shows. After a restart the first list says what is taken.
 */
export const nodeIpam: ControllerDefinition = {
  name: 'node-ipam-controller',
  create(c) {
    if (!c.settings.allocateNodeCidrs || !c.settings.clusterCidr) return { run: (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })) }
    const pool = new CidrPool(c.settings.clusterCidr, c.settings.nodeCidrMaskSize)
    const events = c.recorder('cidrAllocator')
    const nodes = c.informers.informer(resources.nodes)
    const controller = c.controller({
      name: 'node-ipam-controller',
      workers: 1,
      async reconcile(name, signal) {
        const node = nodes.store.get(name)
        if (!node || node.spec?.podCIDR) return
        const cidr = pool.held(name) ?? pool.allocate(name)
        if (!cidr) {
          events.event({ apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name } }, 'Normal', 'CIDRNotAvailable', `Node ${name} status is now: CIDRNotAvailable`)
          throw new Error(`no pod range is left for node ${name}`)
        }
        try {
          await c.client.patch(resources.nodes, name, { type: 'merge', body: { metadata: { uid: node.metadata?.uid }, spec: { podCIDR: cidr, podCIDRs: [cidr] } } }, { signal })
        } catch (e) {
          if (!isStatus(e, 'NotFound')) throw e
        }
      },
    })
    const seen = (n: Node) => {
      const name = n.metadata?.name ?? ''
      if (!n.spec?.podCIDR) return controller.enqueue(name)
      const held = pool.held(name)
      if (held && held !== n.spec.podCIDR) pool.release(name)
      pool.occupy(n.spec.podCIDR, name)
    }
    nodes.on({ add: seen, update: seen, delete: (n) => pool.release(n.metadata?.name ?? '') })
    return controller
  },
}
