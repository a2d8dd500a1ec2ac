/** What this machine is and has: for the Node's capacity and nodeInfo. Reads /proc and /etc; changes nothing. */
import { readFile, statfs } from 'node:fs/promises'
import os from 'node:os'

export interface Machine {
  cpus: number
  memoryBytes: number
  /** Of the file system that holds the root directory. */ diskBytes: number
  machineID: string
  systemUUID: string
  bootID: string
  kernelVersion: string
  osImage: string
  architecture: string
  /** Whether the kernel confines programs by AppArmor profiles. */ appArmor: boolean
}

const text = (path: string) => readFile(path, 'utf8').then((s) => s.trim(), () => '')
const architectures: Record<string, string> = { x64: 'amd64', arm64: 'arm64', arm: 'arm', ia32: '386', s390x: 's390x', ppc64: 'ppc64le' }

export async function readMachine(rootDir: string): Promise<Machine> {
  const [machineID, systemUUID, bootID, release, appArmor, fs] = await Promise.all([text('/etc/machine-id'), text('/sys/class/dmi/id/product_uuid'), text('/proc/sys/kernel/random/boot_id'), text('/etc/os-release'), text('/sys/module/apparmor/parameters/enabled'), statfs(rootDir).catch(() => undefined)])
  return {
    cpus: os.availableParallelism(), memoryBytes: os.totalmem(), diskBytes: fs ? fs.blocks * fs.bsize : 0,
    machineID, systemUUID: systemUUID || machineID, bootID, kernelVersion: os.release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(release)?.[1] ?? 'Linux', architecture: architectures[process.arch] ?? process.arch, appArmor: appArmor.startsWith('Y'),
  }
}

export async function freeDisk(dir: string): Promise<{ available: number, capacity: number }> {
  const s = await statfs(dir)
  return { available: s.bavail * s.bsize, capacity: s.blocks * s.bsize }
}
