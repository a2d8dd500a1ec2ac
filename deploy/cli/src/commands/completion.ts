/**
 * Shell completion, written from the command's own tree so that it never lags behind it: commands, options, and what only
 * the machine knows: names of clusters, and of the processes of the one that is named.
 */
import type { Command } from 'commander'
import { UsageError, componentNames } from '../config.ts'

const words = (c: Command) => [...c.commands.map((x) => x.name()), ...c.options.flatMap((o) => [o.long, o.short].filter((x) => x !== undefined)), '--help'].join(' ')
// Options that take a value: the word after them is no command.
const valued = (c: Command): string[] => [...c.options.filter((o) => o.required).flatMap((o) => [o.long, o.short].filter((x) => x !== undefined)), ...c.commands.flatMap(valued)]

export function completion(program: Command, shell: string): string {
  if (shell !== 'bash' && shell !== 'zsh') throw new UsageError(`completion ${shell}: there is one for bash and one for zsh`)
  const cases = program.commands.flatMap((c) => [`    "${c.name()}") offer="${words(c)}" ;;`, ...c.commands.map((s) => `    "${c.name()} ${s.name()}") offer="${words(s)}" ;;`)])
  // Not `path` nor `words`: these are zsh's own.
  const script = `_drydock() {
  local offer="" verbs="" value="" cluster="\${DRYDOCK_NAME:-drydock}" home="\${DRYDOCK_HOME:-$HOME/.drydock}" cur="\${COMP_WORDS[COMP_CWORD]}" i w
  for ((i = 1; i < COMP_CWORD; i++)); do
    w="\${COMP_WORDS[i]}"
    case "$value" in "") ;; --name) cluster="$w"; value=""; continue ;; *) value=""; continue ;; esac
    case "$w" in
      ${[...new Set(valued(program))].join('|')}) value="$w" ;;
      -*) ;;
      *) verbs="\${verbs:+$verbs }$w" ;;
    esac
  done
  case "$value" in
    --name) offer="$(command ls "$home" 2>/dev/null)" ;;
    --output|-o) offer="text json" ;;
    --components) offer="${componentNames.join(' ')}" ;;
    --config) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    "") case "$verbs" in
    "") offer="${words(program)}" ;;
${cases.join('\n')}
    "image load") COMPREPLY=($(compgen -f -- "$cur")); return ;;
    esac
    case "$verbs" in
      logs|"process stop"|"process start"|"process restart"|"process kill") offer="$offer $(command ls "$home/$cluster/logs" 2>/dev/null | command sed -n 's/\\.log$//p')" ;;
      "node stop"|"node start"|"node remove") offer="$offer $(command ls "$home/$cluster/nodes" 2>/dev/null | command sed "s/^/$cluster-node-/")" ;;
      completion) offer="$offer bash zsh" ;;
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$offer" -- "$cur"))
}
complete -F _drydock drydock`
  return shell === 'zsh' ? `autoload -U +X compinit && (( $+functions[compdef] )) || compinit\nautoload -U +X bashcompinit && bashcompinit\n${script}` : script
}
