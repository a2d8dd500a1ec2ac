/** Rules of the repository: layers, no service importing another, declared dependencies used, time only from base. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const order = ['base', 'api', 'proto', 'storage', 'bus', 'client', 'controller', 'service', 'testkit']
const files = (folder: string): string[] => readdirSync(join(root, folder), { withFileTypes: true }).flatMap((e) => {
  const path = join(folder, e.name)
  if (e.name === 'node_modules') return []
  return e.isDirectory() ? files(path) : e.name.endsWith('.ts') ? [path] : []
})
const imports = (file: string) => {
  const code = readFileSync(join(root, file), 'utf8')
  return [/^(?:import|export)\s[^'"`;]*?\bfrom\s*['"]([^'"\s]+)['"]/gm, /^import\s*['"]([^'"\s]+)['"]/gm, /\bimport\(\s*['"]([^'"\s]+)['"]\s*\)/g].flatMap((r) => [...code.matchAll(r)].map((m) => m[1]!))
}
const units = ['packages', 'services'].flatMap((d) => readdirSync(join(root, d)).map((n) => `${d}/${n}`))
const isTest = (f: string) => f.endsWith('.test.ts') || f.includes('/testing/') || f.includes('/testdata/') || f.startsWith('packages/testkit/')

describe('layers', () => {
  it.each(order)('packages/%s imports only layers above it', (name) => {
    const allowed = new Set(order.slice(0, order.indexOf(name)).map((n) => `@drydock/${n}`))
    const wrong = files(`packages/${name}/src`).filter((f) => !isTest(f) || name === 'testkit').flatMap((f) => imports(f).filter((i) => i.startsWith('@drydock/') && !allowed.has(i.split('/').slice(0, 2).join('/'))).map((i) => `${f} imports ${i}`))
    expect(wrong).toEqual([])
  })

  it('no service imports another', () => {
    const services = new Set(readdirSync(join(root, 'services')).map((n) => `@drydock/${n}`))
    const wrong = files('services').flatMap((f) => imports(f).filter((i) => services.has(i) || /\.\.\/\.\.\/[a-z-]+\/src/.test(i) && relative(root, join(root, f, '..', i)).split('/')[1] !== f.split('/')[1]).map((i) => `${f} imports ${i}`))
    expect(wrong).toEqual([])
  })
})

describe('dependencies', () => {
  it.each(units)('%s declares what it imports and imports what it declares', (unit) => {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(join(root, unit, 'package.json'), 'utf8')) as { dependencies?: object, devDependencies?: object }
    const packagesOf = (l: string[]) => new Set(l.flatMap(imports).filter((i) => !i.startsWith('.') && !i.startsWith('node:')).map((i) => i.split('/').slice(0, i.startsWith('@') ? 2 : 1).join('/')))
    const all = packagesOf(files(unit)), inCode = packagesOf(files(unit).filter((f) => !isTest(f))), shared = new Set(['vitest', 'fast-check'])
    expect({
      missing: [...all].filter((u) => !shared.has(u) && !(u in dependencies) && (inCode.has(u) || !(u in devDependencies))),
      unused: Object.keys(dependencies).filter((d) => !inCode.has(d) && !all.has(d) && !d.startsWith('@types/')),
    }).toEqual({ missing: [], unused: [] })
  })
})

describe('time and chance come from outside', () => {
  it('only packages/base touches the clock, timers and Math.random', () => {
    const wrong = ['packages', 'services'].flatMap(files).filter((f) => !f.startsWith('packages/base/') && !f.includes('/gen/') && !isTest(f)).flatMap((f) => {
      const code = readFileSync(join(root, f), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
      return [...code.matchAll(/(?<![.\w])(Date\.now\(|Math\.random\(|setTimeout\(|setInterval\()/g)].map((m) => `${f}: ${m[1]!}`)
    })
    expect(wrong).toEqual([])
  })
})
