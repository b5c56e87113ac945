/** From flags, environment and the person to what opens a keystore. */
import { LIMITS } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import { badInput } from '../failure.js'
import type { Input } from '../input.js'
import type { NodeDoor } from '../doors.js'
import { readStart } from '../secret-file.js'
import { absolute } from '../settings.js'
import { askSecret } from '../terminal/ask.js'

/** What opens a keystore, as the node takes it. */
export type Unlock = Parameters<NodeDoor['createHome']>[0]['unlock']

/** A passphrase from a file, or from stdin for `-`; its last line break is not part of it. @throws BadInputError */
export async function readPassphrase (file: string, { io, readInput }: Context): Promise<string> {
  const bytes = file === '-' ? await readInput(LIMITS.passphraseBytes + 2) : await readStart(file, io, LIMITS.passphraseBytes + 2)
  const text = Buffer.from(bytes).toString('utf8').replace(/\r?\n$/, '')
  if (text === '') throw badInput(`there is no passphrase in ${file === '-' ? 'stdin' : file}`)
  if (Buffer.byteLength(text) > LIMITS.passphraseBytes) throw badInput(`a passphrase has at most ${LIMITS.passphraseBytes} bytes`)
  return text
}

/** What the flags (or PETREL_PASSPHRASE_FILE) say, undefined when they say nothing. @throws BadInputError when they say two things */
export async function unlockFromFlags (context: Context, input: Input): Promise<Unlock | undefined> {
  const [flag, keyFile, credential] = [input.text('passphrase-file'), input.text('key-file'), input.text('credential')]
  const given = [flag, keyFile, credential].filter(value => value !== undefined)
  if (given.length > 1) throw badInput('give one of --passphrase-file, --key-file and --credential')
  if (keyFile !== undefined) return { kind: 'keyfile', path: absolute(keyFile, context.io) }
  if (credential !== undefined) return { kind: 'systemd', credential }
  const file = flag ?? context.io.env.PETREL_PASSPHRASE_FILE
  return file === undefined || file === '' ? undefined : { kind: 'passphrase', passphrase: await readPassphrase(file, context) }
}

/**
 * What opens the home: the flags, else the configuration, else a question when the home asks for a passphrase.
 * `configured` has the configuration's `keyfile` and `credential`.
 *
 * @throws BadInputError when a passphrase is needed and nobody can be asked
 */
export async function unlockFor (context: Context, input: Input, node: NodeDoor, dir: string, configured: { keyfile: string, credential: string }): Promise<Unlock> {
  const given = await unlockFromFlags(context, input)
  if (given !== undefined) return given
  switch (await node.unlockKindOf(dir)) {
    case 'keyfile': return { kind: 'keyfile', ...(configured.keyfile === '' ? {} : { path: configured.keyfile }) }
    case 'systemd': return { kind: 'systemd', credential: configured.credential }
    case 'passphrase':
      if (!context.io.interactive) throw badInput('this home opens with a passphrase: give --passphrase-file FILE (- for stdin)')
      return { kind: 'passphrase', passphrase: await askSecret('Passphrase: ', context.signal) }
  }
}
