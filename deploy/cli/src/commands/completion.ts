/** Shell completion, written from the command's own tree so that it never lags behind it. */
import type { Command } from 'commander'
import { UsageError } from '../config.ts'

const words = (c: Command) => [...c.commands.map((x) => x.name()), ...c.options.map((o) => o.long ?? o.short ?? '')].join(' ')

export function completion(program: Command, shell: string): string {
  if (shell !== 'bash' && shell !== 'zsh') throw new UsageError(`completion ${shell}: there is one for bash and one for zsh`)
  const cases = program.commands.flatMap((c) => [`    "${c.name()}") words="${words(c)}" ;;`, ...c.commands.map((s) => `    "${c.name()} ${s.name()}") words="${words(s)}" ;;`)])
  const script = `_drydock() {
  local words="" path="" w
  for w in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do case "$w" in -*) ;; *) path="\${path:+$path }$w" ;; esac; done
  case "$path" in
    "") words="${words(program)}" ;;
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _drydock drydock`
  return shell === 'zsh' ? `autoload -U +X bashcompinit && bashcompinit\n${script}` : script
}
