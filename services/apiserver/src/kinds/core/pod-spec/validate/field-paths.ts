const plain = new Set([
  'metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.restartPolicy', 'spec.serviceAccountName',
  'spec.schedulerName', 'spec.hostNetwork', 'status.phase', 'status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs',
])

/** podFieldSelector labels (AddFieldLabelConversionsForPod): the path in today's words, or why there is none. */
export function convertFieldPath(apiVersion: string, path: string): string | { error: string } {
  if (apiVersion !== 'v1') return { error: `unsupported pod version: ${apiVersion}` }
  const sub = /^(.*)\['(.*)'\]$/s.exec(path)
  if (sub) return sub[1] === 'metadata.annotations' || sub[1] === 'metadata.labels' ? path : { error: `field label does not support subscript: ${path}` }
  if (path === 'spec.host') return 'spec.nodeName'
  return plain.has(path) ? path : { error: `field label not supported: ${path}` }
}
