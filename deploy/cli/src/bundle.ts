/** Bundles our services, one file each, when their sources are newer: a cold start is mostly module loading. */
import { build } from 'esbuild'
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { dist, repository, services } from './programs.ts'

/** Time of the latest change below a folder, ms. */
function newest(folder: string): number {
  let t = 0
  for (const e of readdirSync(folder, { withFileTypes: true })) {
    if (e.name === 'node_modules') continue
    const path = join(folder, e.name)
    if (e.isDirectory()) t = Math.max(t, newest(path))
    else if (/\.(ts|json|yaml)$/.test(e.name)) t = Math.max(t, statSync(path).mtimeMs)
  }
  return t
}

/** Bundles each service into one file, because a cold start is mostly module loading; skips those that are up to date. */
export async function bundle(names: readonly string[] = services): Promise<void> {
  mkdirSync(dist, { recursive: true })
  const shared = newest(join(repository, 'packages'))
  const stale = [...names, 'launcher'].filter((n) => {
    const out = join(dist, `${n}.mjs`), source = n === 'launcher' ? join(repository, 'deploy/cli/src') : join(repository, 'services', n)
    return !existsSync(out) || statSync(out).mtimeMs < Math.max(shared, newest(source))
  })
  await Promise.all(stale.map((n) => build({
    entryPoints: [n === 'launcher' ? join(repository, 'deploy/cli/src/launcher.ts') : join(repository, 'services', n, 'main.ts')],
    outfile: join(dist, `${n}.mjs`), bundle: true, platform: 'node', target: 'node24', format: 'esm', legalComments: 'none', logLevel: 'error',
    loader: { '.yaml': 'text' }, external: ['esbuild', 'bufferutil', 'utf-8-validate'],
    banner: { js: "import{createRequire as __cr}from'node:module';import{fileURLToPath as __fu}from'node:url';import{dirname as __dn}from'node:path';const require=__cr(import.meta.url),__filename=__fu(import.meta.url),__dirname=__dn(__filename);" },
  })))
}
