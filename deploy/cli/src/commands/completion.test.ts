import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { commandTree } from '../program.ts'
import { completion } from './completion.ts'

const home = mkdtempSync(join(tmpdir(), 'dd-completion-'))
for (const d of ['one/logs', 'one/nodes/1', 'two']) mkdirSync(join(home, d), { recursive: true })
for (const f of ['apiserver', 'kubelet@one-node-1']) writeFileSync(join(home, 'one/logs', `${f}.log`), '')
afterAll(() => rmSync(home, { recursive: true, force: true }))

describe('bash completes', () => {
  const script = completion(commandTree(), 'bash')
  it.each<[words: string[], offers: string[]]>([
    [['st'], ['stop', 'start', 'status']],
    [['up', '--no'], ['--nodes', '--no-restart', '--no-sample', '--no-kubeconfig']],
    [['status', '--name', ''], ['one', 'two']],
    [['status', '--name', 'one', '-o', ''], ['text', 'json']],
    [['logs', '--name', 'one', 'ku'], ['kubelet@one-node-1']],
    [['logs', '-f', '--name', 'one', 'a'], ['apiserver']],
    [['node', 'stop', '--name', 'one', 'one'], ['one-node-1']],
    [['process', 're'], ['restart']],
    [['up', '--components', 'et'], ['etcd']],
    [['completion', 'z'], ['zsh']],
    [['nothing', ''], []],
  ])('%j', (words, offers) => {
    const out = execFileSync('bash', ['-c', `${script}\nCOMP_WORDS=(drydock "$@"); COMP_CWORD=$#; _drydock; printf '%s\\n' "\${COMPREPLY[@]}"`, 'bash', ...words], { encoding: 'utf8', env: { ...process.env, DRYDOCK_HOME: home } })
    expect(out.split('\n').filter(Boolean)).toEqual(offers)
  })
})

it('there is none for other shells', () => { expect(() => completion(commandTree(), 'fish')).toThrow(/one for bash and one for zsh/) })

it('every command has examples in its help', () => {
  const without: string[] = [], look = (c: ReturnType<typeof commandTree>) => {
    let help = ''
    c.configureOutput({ writeOut: (s) => { help += s } }).outputHelp()
    if (!/\nExamples?:\n {2}\S/.test(help)) without.push(c.name())
    c.commands.forEach(look)
  }
  look(commandTree())
  expect(without).toEqual([])
})
