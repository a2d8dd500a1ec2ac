/** The `drydock` command: parses, calls one function of commands/, and turns what it throws into one clear line. */
import { UsageError } from './config.ts'
import { commandTree } from './program.ts'

const hints: Record<string, string> = {
  ENOSPC: ': the disk is full; free some space and run the same command again',
  EDQUOT: ': your share of the disk is used up; free some space and run the same command again',
  EROFS: ': that is on a file system that cannot be written; set DRYDOCK_HOME to a folder elsewhere',
  EACCES: ': no permission; run this as root, or set DRYDOCK_HOME to a folder of your own',
  EPERM: ': no permission; run this as root, or set DRYDOCK_HOME to a folder of your own',
  ENOTDIR: ': a file stands where a folder is needed; remove it, or set DRYDOCK_HOME to another folder',
}

try {
  await commandTree().parseAsync()
} catch (e) {
  const error = e as NodeJS.ErrnoException
  console.error(`drydock: ${error.message}${hints[error.code ?? ''] ?? ''}`)
  if (process.env['DRYDOCK_DEBUG']) console.error(error.stack)
  process.exitCode = e instanceof UsageError ? 2 : 1
}
