/** A node's own containerd: configuration, and images loaded into it. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { join } from 'node:path'
import type { NodeLayout } from './layout.ts'

const run = promisify(execFile)
export const pauseImage = 'drydock.local/pause:1'
export const socketOf = (n: NodeLayout): string => join(n.folder, 'containerd.sock')

export function containerdConfig(n: NodeLayout): string {
  const q = JSON.stringify, path = (p: string) => q(join(n.folder, p))
  return `version = 2
root = ${path('containerd/root')}
state = ${path('containerd/state')}
oom_score = -999
# Snapshotters and plugins that this machine has no use for; the opt plugin would make /opt/containerd.
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp"]

[grpc]
  address = ${q(socketOf(n))}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${q(pauseImage)}
  stream_server_address = "127.0.0.1"
  enable_selinux = false
  # Never below our own score: without the capability to lower it runc would fail.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = ${path('cni')}
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    discard_unpacked_layers = false
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
`
}

/** Below a node's folder for containerd: the archives whose images it has. */
export const imagesMark = 'images-loaded'

/** Imports an image archive (docker or OCI layout, as \`docker save\` writes it) into a node. */
export async function importImage(n: NodeLayout, tar: string, signal?: AbortSignal): Promise<string> {
  const { stdout } = await run('ctr', ['--address', socketOf(n), '--namespace', 'k8s.io', 'images', 'import', tar], { ...(signal && { signal }), maxBuffer: 1 << 20 })
  return stdout.trim()
}
