/**
 * Writes proto/cri.proto from facts/cri-v1.json and compiles every .proto in proto/ to src/gen with ts-proto.
 * Needs protoc (Debian: protobuf-compiler). Run: node packages/proto/tools/generate.ts
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const dir = fileURLToPath(new URL('..', import.meta.url))
interface Field { type: string, number: number, repeated?: boolean, oneof?: string }
interface Cri { services: Record<string, Record<string, { request: string, response: string, responseStream?: boolean }>>, enums: Record<string, Record<string, number>>, messages: Record<string, Record<string, Field>> }
const cri = JSON.parse(readFileSync(`${dir}facts/cri-v1.json`, 'utf8')) as Cri

const flat = (name: string) => name.replaceAll('.', '') // nested names are flattened: the wire does not know them
let p = '// Made by tools/generate.ts from facts/cri-v1.json. Do not edit.\nsyntax = "proto3";\npackage runtime.v1;\n\n'
for (const [name, rpcs] of Object.entries(cri.services)) p += `service ${name} {\n${Object.entries(rpcs).map(([m, r]) => `  rpc ${m}(${r.request}) returns (${r.responseStream ? 'stream ' : ''}${r.response});\n`).join('')}}\n\n`
// Enum values share one scope per package in proto3: a prefix keeps those of different enums apart.
for (const [name, values] of Object.entries(cri.enums)) p += `enum ${flat(name)} {\n${Object.entries(values).map(([v, n]) => `  ${v.startsWith(name.toUpperCase()) || /^[A-Z]+_/.test(v) ? v : `${flat(name)}_${v}`} = ${n};\n`).join('')}}\n\n`
const resolve = (t: string, inside: string): string => t.startsWith('map<') ? `map<${t.slice(4, -1).split(',').map((x) => resolve(x.trim(), inside)).join(', ')}>` : cri.messages[`${inside}.${t}`] || cri.enums[`${inside}.${t}`] ? flat(`${inside}.${t}`) : flat(t)
for (const [name, fields] of Object.entries(cri.messages)) {
  p += `message ${flat(name)} {\n`
  const oneofs = new Map<string, string[]>()
  for (const [f, d] of Object.entries(fields)) {
    // Times are nanoseconds since 1970: more than a JavaScript number holds.
    const line = `${d.repeated && !d.type.startsWith('map<') ? 'repeated ' : ''}${resolve(d.type, name)} ${f} = ${d.number}${/^int64$/.test(d.type) && /(_at|^timestamp)$/.test(f) ? ' [jstype = JS_STRING]' : ''};`
    if (d.oneof) oneofs.set(d.oneof, [...(oneofs.get(d.oneof) ?? []), line])
    else p += `  ${line}\n`
  }
  for (const [o, lines] of oneofs) p += `  oneof ${o} { ${lines.join(' ')} }\n`
  p += '}\n\n'
}
writeFileSync(`${dir}proto/cri.proto`, p)

const plugin = createRequire(`${dir}../../package.json`).resolve('ts-proto/protoc-gen-ts_proto')
// etcd.proto is for reading: packages/storage writes those messages by hand, for speed.
for (const f of readdirSync(`${dir}proto`).filter((f) => f !== 'etcd.proto')) {
  // Messages alone: what carries them is in src/channel and src/grpc, and what nobody calls is not bundled.
  execFileSync('protoc', [`--plugin=protoc-gen-ts_proto=${plugin}`, `--ts_proto_out=${dir}src/gen`, `-I${dir}proto`,
    '--ts_proto_opt=esModuleInterop=true,importSuffix=.ts,enumsAsLiterals=true,outputServices=none,forceLong=number,env=node,useOptionals=none,oneof=unions,outputJsonMethods=false,outputPartialMethods=true,useExactTypes=false,useAbortSignal=false,useJsTypeOverride=true',
    f], { stdio: 'inherit' })
}
