/**
 * Builds the images that a cluster starts with from deploy/images and Debian's static busybox, as docker archives that
 * containerd imports. Made once: the file's name carries the hash of what went in (of busybox, its size and time).
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from './programs.ts'

interface ImageSpec {
  tags: string[]
  /** Files of deploy/images put at the image's root. */ files: string[]
  entrypoint: string[]
  env?: string[]
}

export const sampleImage = (version: 'v1' | 'v2'): string => `drydock.local/sample:${version}`
const path = 'PATH=/bin:/sbin:/usr/bin:/usr/sbin'
const specs: ImageSpec[] = [
  { tags: ['drydock.local/pause:1', 'registry.k8s.io/pause:3.6'], files: ['pause/pause'], entrypoint: ['/pause'] },
  { tags: ['docker.io/library/busybox:1', 'docker.io/library/busybox:latest'], files: [], entrypoint: [] },
  { tags: [sampleImage('v1')], files: ['sample/serve'], entrypoint: ['/serve'], env: ['VERSION=v1'] },
  { tags: [sampleImage('v2')], files: ['sample/serve'], entrypoint: ['/serve'], env: ['VERSION=v2'] },
]

const sha256 = (b: Buffer | string) => createHash('sha256').update(b).digest('hex')
const busybox = () => ['/bin/busybox', '/usr/bin/busybox'].find((f) => existsSync(f)) ?? ''
// Times and owners fixed: the same content gives the same layer on every machine.
const tar = (folder: string, out: string) => execFileSync('tar', ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '-C', folder, '-cf', out, '.'])

function baseFiles(folder: string): void {
  for (const d of ['bin', 'etc', 'tmp', 'root', 'home', 'usr/bin', 'var/run', 'dev', 'proc', 'sys']) mkdirSync(join(folder, d), { recursive: true })
  chmodSync(join(folder, 'tmp'), 0o1777)
  copyFileSync(busybox(), join(folder, 'bin/busybox')); chmodSync(join(folder, 'bin/busybox'), 0o755)
  for (const a of execFileSync(busybox(), ['--list'], { encoding: 'utf8' }).trim().split('\n')) if (a !== 'busybox') symlinkSync('/bin/busybox', join(folder, 'bin', a))
  writeFileSync(join(folder, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n')
  writeFileSync(join(folder, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n')
  writeFileSync(join(folder, 'etc/nsswitch.conf'), 'hosts: files dns\n')
}

/** One archive with all images (they share busybox's layer); answers its path. */
export function buildImages(): string {
  const sources = specs.flatMap((s) => s.files).map((f) => readFileSync(join(repository, 'deploy/images', f)))
  const box = statSync(busybox()), id = sha256(Buffer.concat([Buffer.from(`${box.size} ${box.mtimeMs} ${JSON.stringify(specs)}`), ...sources])).slice(0, 16)
  const out = join(repository, '.tools/images', `${id}.tar`)
  if (existsSync(out)) return out
  const work = `${out}.${process.pid}`
  rmSync(work, { recursive: true, force: true }); mkdirSync(join(work, 'archive'), { recursive: true })
  const layer = (name: string, fill: (folder: string) => void): string => {
    const folder = join(work, name); mkdirSync(folder); fill(folder)
    const file = join(work, `${name}.tar`); tar(folder, file)
    const digest = sha256(readFileSync(file)); renameSync(file, join(work, 'archive', `${digest}.tar`))
    return digest
  }
  const base = layer('base', baseFiles)
  const manifest = specs.map((s, i) => {
    const layers = [base]
    if (s.files.length) layers.push(layer(`files-${i}`, (folder) => { for (const f of s.files) { const to = join(folder, f.split('/').pop()!); copyFileSync(join(repository, 'deploy/images', f), to); chmodSync(to, 0o755) } }))
    const config = JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch, os: 'linux', created: '1970-01-01T00:00:00Z',
      config: { Env: [path, ...(s.env ?? [])], ...(s.entrypoint.length ? { Entrypoint: s.entrypoint } : { Cmd: ['sh'] }) },
      rootfs: { type: 'layers', diff_ids: layers.map((d) => `sha256:${d}`) }, history: layers.map(() => ({ created: '1970-01-01T00:00:00Z' })),
    })
    writeFileSync(join(work, 'archive', `${sha256(config)}.json`), config)
    return { Config: `${sha256(config)}.json`, RepoTags: s.tags, Layers: layers.map((d) => `${d}.tar`) }
  })
  writeFileSync(join(work, 'archive', 'manifest.json'), JSON.stringify(manifest))
  tar(join(work, 'archive'), join(work, 'all.tar'))
  renameSync(join(work, 'all.tar'), out); rmSync(work, { recursive: true, force: true })
  return out
}
