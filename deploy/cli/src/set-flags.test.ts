import { expect, test } from 'vitest'
import { flagsIn } from './set-flags.ts'

test.each([
  ['ours', '      --bind-address string   address\n  -h, --help   print this help\n  -v, --v number   log verbosity; see --log-level', ['bind-address', 'help', 'v']],
  ['etcd’s', "Member:\n  --name 'default'\n    Human-readable; like --other.\n  --data-dir '${name}.etcd'", ['name', 'data-dir']],
  ['containerd’s', '   --config value, -c value     path\n   --log-level value, -l value  set', ['config', 'log-level']],
  ['nats-server’s', '    -p, --port <port>     Use port\n    -n, --name\n        --server_name <server_name>  Server name\n    -ms,--https_port <port>   Use port\n    -a, --addr, --net <host>   Bind', ['port', 'name', 'server_name', 'https_port', 'addr']],
])('flags in %s help', (_whose, help, flags) => { expect(flagsIn(help)).toEqual(flags) })
