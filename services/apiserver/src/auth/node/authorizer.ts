import type { PolicyRule } from '@drydock/api'
import type { Attributes, Decision } from '../types.ts'
import { nodeOf } from '../users.ts'
import { allows } from '../rbac/rules.ts'
import type { NodeGraph, Vertex } from './graph.ts'

type Asked = Attributes & { resource: NonNullable<Attributes['resource']> }
const yes: Decision = { allowed: true, reason: '' }
const no = (reason: string): Decision => ({ allowed: false, reason })

/**
 * The Node authorizer (plugin/pkg/auth/authorizer/node): a kubelet gets at what its own pods need, its own Node, Lease and
 * CSINode, and what every node may (role system:node). No opinion about anyone else.
 */
export function authorizeNode(graph: NodeGraph, nodeRules: readonly PolicyRule[], a: Attributes): Decision {
  const node = nodeOf(a.user)
  if (node === undefined) return no('')
  if (!node) return no(`unknown node for user ${JSON.stringify(a.user.name)}`)
  const special = a.resource && specials[a.resource.group ? `${a.resource.group}/${a.resource.resource}` : a.resource.resource]
  if (special) return special(node, a as Asked, graph)
  return nodeRules.some((rule) => allows(rule, a)) ? yes : no('')
}

const specials: Record<string, (node: string, a: Asked, g: NodeGraph) => Decision> = {
  secrets: (n, a, g) => readNamespaced(n, 'secret', a, g),
  configmaps: (n, a, g) => readNamespaced(n, 'configmap', a, g),
  persistentvolumeclaims: (n, a, g) => (a.resource.subresource === 'status' ? updateStatus(n, 'pvc', a, g) : get(n, 'pvc', a, g)),
  persistentvolumes: (n, a, g) => get(n, 'pv', a, g),
  'resource.k8s.io/resourceclaims': (n, a, g) => get(n, 'resourceclaim', a, g),
  'storage.k8s.io/volumeattachments': (n, a, g) => get(n, 'volumeattachment', a, g),
  serviceaccounts: serviceAccounts,
  'coordination.k8s.io/leases': leases,
  'storage.k8s.io/csinodes': csiNodes,
  'resource.k8s.io/resourceslices': resourceSlices,
  nodes,
  pods,
}

function related(node: string, vertex: Vertex, a: Asked, g: NodeGraph): Decision {
  if (!a.resource.name) return no('No Object name found')
  return g.reaches(node, vertex, a.resource.namespace, a.resource.name) ? yes : no(`no relationship found between node '${node}' and this object`)
}

function readNamespaced(node: string, vertex: Vertex, a: Asked, g: NodeGraph): Decision {
  if (!['get', 'list', 'watch'].includes(a.verb)) return no('can only read resources of this type')
  if (a.resource.subresource) return no('cannot read subresource')
  if (!a.resource.namespace) return no('can only read namespaced object of this type')
  return related(node, vertex, a, g)
}

function get(node: string, vertex: Vertex, a: Asked, g: NodeGraph): Decision {
  if (a.verb !== 'get') return no('can only get individual resources of this type')
  if (a.resource.subresource) return no('cannot get subresource')
  return related(node, vertex, a, g)
}

function updateStatus(node: string, vertex: Vertex, a: Asked, g: NodeGraph): Decision {
  if (a.verb !== 'update' && a.verb !== 'patch') return no('can only get/update/patch this type')
  return related(node, vertex, a, g)
}

function serviceAccounts(node: string, a: Asked, g: NodeGraph): Decision {
  if (a.verb === 'get' && !a.resource.subresource) return related(node, 'serviceaccount', a, g)
  if (a.verb !== 'create' || !a.resource.name) return no('can only create tokens for individual service accounts')
  if (a.resource.subresource !== 'token') return no('can only create token subresource of serviceaccount')
  return related(node, 'serviceaccount', a, g)
}

const ownVerbs = ['get', 'create', 'update', 'patch', 'delete']

function leases(node: string, a: Asked): Decision {
  if (!ownVerbs.includes(a.verb)) return no('can only get, create, update, patch, or delete a node lease')
  if (a.resource.namespace !== 'kube-node-lease') return no('can only access leases in the "kube-node-lease" system namespace')
  // The name of a create is in its body: NodeRestriction sees to that.
  return a.verb === 'create' || a.resource.name === node ? yes : no('can only access node lease with the same name as the requesting node')
}

function csiNodes(node: string, a: Asked): Decision {
  if (!ownVerbs.includes(a.verb)) return no('can only get, create, update, patch, or delete a CSINode')
  if (a.resource.subresource) return no('cannot authorize CSINode subresources')
  return a.verb === 'create' || a.resource.name === node ? yes : no('can only access CSINode with the same name as the requesting node')
}

function resourceSlices(node: string, a: Asked): Decision {
  if (a.resource.subresource) return no('cannot authorize ResourceSlice subresources')
  if (a.verb === 'create' || (['get', 'update', 'patch', 'delete'].includes(a.verb) && a.resource.name)) return yes
  if (['list', 'watch', 'deletecollection'].includes(a.verb)) return selects(a.fieldSelector, 'spec.nodeName', node) ? yes : no('can only list/watch/deletecollection resourceslices with nodeName field selector')
  return no('can only get, create, update, patch, or delete a ResourceSlice')
}

function nodes(node: string, a: Asked): Decision {
  const { subresource, name } = a.resource
  // What a node may change of nodes is for NodeRestriction to say.
  if (subresource === 'status') return a.verb === 'update' || a.verb === 'patch' ? yes : no('')
  if (subresource) return no('')
  if (['create', 'update', 'patch'].includes(a.verb)) return yes
  if (!['get', 'list', 'watch'].includes(a.verb)) return no('')
  if (name === node) return yes
  return no(`node '${node}' cannot read ${name ? `'${name}'` : 'all nodes'}, only its own Node object`)
}

function pods(node: string, a: Asked, g: NodeGraph): Decision {
  const { subresource } = a.resource
  if (subresource === 'status') return a.verb === 'update' || a.verb === 'patch' ? yes : no('')
  if (subresource === 'eviction') return a.verb === 'create' ? yes : no('')
  if (subresource) return no('')
  if (a.verb === 'get') return related(node, 'pod', a, g)
  if (a.verb === 'list' || a.verb === 'watch') return selects(a.fieldSelector, 'spec.nodeName', node) ? yes : no('can only list/watch pods with spec.nodeName field selector')
  return a.verb === 'create' || a.verb === 'delete' ? yes : no('')
}

/** Whether a field selector requires `field` to be exactly `value`. */
function selects(selector: string | undefined, field: string, value: string): boolean {
  return (selector ?? '').split(',').some((term) => /^([^!=]+)==?(.*)$/.exec(term.trim())?.slice(1).join('=') === `${field}=${value}`)
}
