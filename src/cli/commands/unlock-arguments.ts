/** How a daemon of its own process is told what opens the keystore: never a passphrase in an argument or a variable, which others can see. */
import type { HomePaths } from '../../node/client/index.js'
import type { Context } from '../context.js'
import type { Input } from '../input.js'
import { absolute } from '../settings.js'
import { askSecret } from '../terminal/ask.js'
import { unlockFromFlags } from './unlock.js'

/** Arguments for `daemon run`, and what it reads on stdin. */
export interface UnlockArguments { readonly args: readonly string[], readonly secret: string }

const byStdin = (secret: string): UnlockArguments => ({ args: ['--passphrase-file', '-'], secret })

/**
 * The unlocking of the flags, passed on; a passphrase goes through stdin. Somebody at a terminal is asked here,
 * since the daemon has none. In every other case the daemon's own settings decide.
 */
export async function unlockArguments (context: Context, input: Input, paths: HomePaths): Promise<UnlockArguments> {
  const { doors, io, signal } = context
  const unlock = await unlockFromFlags(context, input)
  if (unlock?.kind === 'passphrase') return byStdin(unlock.passphrase)
  if (unlock?.kind === 'keyfile') return { args: ['--key-file', absolute(unlock.path ?? '', io)], secret: '' }
  if (unlock?.kind === 'systemd') return { args: ['--credential', unlock.credential], secret: '' }
  // Only here, since loading the node takes as long as starting it.
  if (io.interactive && await (await doors.node()).unlockKindOf(paths.home) === 'passphrase') return byStdin(await askSecret('Passphrase: ', signal))
  return { args: [], secret: '' }
}
