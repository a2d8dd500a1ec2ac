/**
 * Bundles our services when their sources are newer: a cold start is mostly module loading, and every process keeps the
 * source of what it has loaded. A service is one file, with what it imports dynamically in chunks of its own that are read
 * when they are first needed; large tables stay JSON files beside them and are parsed, not compiled.
 */
import type { Plugin } from 'esbuild'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire, isBuiltin } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { compileCache, dist, repository, services } from './programs.ts'

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

// As a literal a table is parsed as code and kept twice, as source and as what the code makes of it.
const tables = (folder: string): Plugin => ({
  name: 'tables',
  setup(b) {
    b.onLoad({ filter: /\/facts\/[^/]+\.json$/ }, async ({ path }) => {
      const ascii = JSON.stringify(JSON.parse(await readFile(path, 'utf8'))).replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
      write(join(folder, 'facts', basename(path)), ascii)
      return { contents: `import { readFileSync } from 'node:fs'\nexport default JSON.parse(readFileSync(import.meta.dirname + '/facts/${basename(path)}', 'latin1'))`, loader: 'js' }
    })
  },
})

// An ES import of a builtin module reads every one of its exports, also those that load much when they are read: node:http
// brings all of fetch and WebSocket (14 MB and 25 ms a process), node:fs its promises, node:util its MIME types. Read one by
// one by calls without effects, only what is used stays in the bundle.
const builtins: Plugin = {
  name: 'builtins',
  setup(b) {
    b.onResolve({ filter: /^[a-z_:/0-9]+$/ }, ({ path, kind }) => (kind === 'import-statement' && isBuiltin(path) ? { path, namespace: 'builtin', sideEffects: false } : undefined))
    b.onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => {
      const names = Object.keys(process.getBuiltinModule(path) ?? {}).filter((n) => /^[A-Za-z_$][\w$]*$/.test(n) && n !== 'default')
      return { contents: `const all = /* @__PURE__ */ process.getBuiltinModule('${path}'), read = (n) => all[n]\nexport default all\n${names.map((n, i) => `const x${i} = /* @__PURE__ */ read('${n}')\nexport { x${i} as ${n} }`).join('\n')}`, loader: 'js' }
    })
  },
}

// A chunk of a CommonJS package would have no export but `default`: what it exports is found out by loading it here.
const latePackages: Plugin = {
  name: 'late packages',
  setup(b) {
    b.onResolve({ filter: /^[^./]/ }, ({ path, kind, resolveDir }) => (kind !== 'dynamic-import' || isBuiltin(path) || outside.includes(path) ? undefined : { path: createRequire(join(resolveDir, 'x.js')).resolve(path), namespace: 'late' }))
    b.onLoad({ filter: /./, namespace: 'late' }, ({ path }) => ({ contents: `export { ${Object.keys(createRequire(path)(path) as object).filter((n) => n !== 'default').join(', ')} } from ${JSON.stringify(path)}`, loader: 'js', resolveDir: dirname(path) }))
  },
}

// Packages that a process may never use although its sources import them: loaded when an export is first touched.
const atFirstUse: Plugin = {
  name: 'at first use',
  setup(b) {
    b.onResolve({ filter: /^(yaml|ws)$/ }, ({ path, kind, resolveDir, namespace }) => (kind !== 'import-statement' || namespace === 'late' ? undefined : { path: createRequire(join(resolveDir, 'x.js')).resolve(path), namespace: 'at first use', sideEffects: false }))
    b.onLoad({ filter: /./, namespace: 'at first use' }, ({ path }) => {
      const names = Object.keys(createRequire(path)(path) as object).filter((n) => n !== 'default')
      return {
        contents: `const traps = Object.getOwnPropertyNames(Reflect).filter((t) => typeof Reflect[t] === 'function')
const touched = (name) => new Proxy(function () {}, Object.fromEntries(traps.map((t) => [t, (_target, ...a) => Reflect[t](require(${JSON.stringify(path)})[name], ...a)])))
${names.map((n) => `export const ${n} = /* @__PURE__ */ touched('${n}')`).join('\n')}`,
        loader: 'js', resolveDir: dirname(path),
      }
    })
  },
}

/** Never bundled: programs, and what ws can do without. */
const outside = ['esbuild', 'bufferutil', 'utf-8-validate']

/** At once: a process that starts meanwhile reads the old file or the new one. */
function write(file: string, contents: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.${process.pid}`, contents)
  renameSync(`${file}.${process.pid}`, file)
}

/** What is bundled besides the services: the command and its launcher. */
const own: Record<string, string> = { cli: 'deploy/cli/src/main.ts', launcher: 'deploy/cli/src/launcher.ts' }
const ownSources = ['deploy/cli/src', 'deploy/cli/setup', 'packages/base/src', 'packages/bus/src']

async function fresh(names: readonly string[], sources: (name: string) => readonly string[]): Promise<void> {
  const times = new Map<string, number>(), changed = (f: string) => { if (!times.has(f)) times.set(f, newest(join(repository, f))); return times.get(f)! }
  const stale = names.filter((n) => { const out = join(dist, `${n}.mjs`); return !existsSync(out) || statSync(out).mtimeMs < Math.max(...sources(n).map(changed)) })
  await Promise.all(stale.map((n) => bundleOne(n, dist)))
  await Promise.all(stale.filter((n) => n !== 'launcher').map(warm))
}

/** Bundles the command and its launcher where they are not up to date. */
export const bundleOwn = (): Promise<void> => fresh(Object.keys(own), () => ownSources)
/** Bundles each service that is not up to date. */
export const bundle = (names: readonly string[] = services): Promise<void> => fresh(names, (n) => ['packages', `services/${n}`])

/** Compiles it once, so that the first start finds V8's code in the cache: node writes that when a process ends. */
const warm = (name: string): Promise<void> => new Promise((resolve) => {
  execFile(process.execPath, [join(dist, `${name}.mjs`), '--help'], { env: { ...process.env, NODE_COMPILE_CACHE: compileCache }, timeout: 10_000 }, () => resolve())
})

/** Chunks are named after their contents, so that what runs already finds its own after another build. */
export async function bundleOne(name: string, folder: string): Promise<void> {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: { [name]: join(repository, own[name] ?? `services/${name}/main.ts`) },
    outdir: folder, outExtension: { '.js': '.mjs' }, chunkNames: `${name}-[hash]`, write: false,
    bundle: true, splitting: true, platform: 'node', target: 'node24', format: 'esm', legalComments: 'none', logLevel: 'silent',
    // Names stay: they stand in stack traces. One character beyond Latin-1 would make V8 keep the whole source at twice its size.
    minifySyntax: true, minifyWhitespace: true, charset: 'ascii',
    loader: { '.yaml': 'text' }, external: outside, plugins: [tables(folder), builtins, latePackages, atFirstUse],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url),__filename=import.meta.filename,__dirname=import.meta.dirname;" },
  })
  const entry = join(folder, `${name}.mjs`)
  for (const f of [...outputFiles].sort((a, b) => Number(a.path === entry) - Number(b.path === entry))) write(f.path, f.contents)
  prune(name, folder, statSync(entry).mtimeMs)
}

const keepMs = 7 * 86_400_000

/** Removes chunks of builds so old that nothing of them runs any more. */
function prune(name: string, folder: string, now: number): void {
  const chunk = new RegExp(`^${name}-[A-Z0-9]{8}\\.mjs$`)
  for (const f of readdirSync(folder)) if (chunk.test(f) && now - (statSync(join(folder, f), { throwIfNoEntry: false })?.mtimeMs ?? now) > keepMs) rmSync(join(folder, f), { force: true })
}
