/** `petrel init`. */
import { ExistsError } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import type { Input } from '../input.js'
import type { Handler } from '../command.js'
import { badInput } from '../failure.js'
import { homeIsThere } from '../home.js'
import { ask } from '../terminal/ask.js'
import { facts } from '../terminal/table.js'
import { wrap } from '../terminal/width.js'
import { unlockFromFlags } from './unlock.js'

/** A number, a blank, a word of at most eight letters, and what keeps it from the next. */
const CELL_COLUMNS = 13
const MARGIN = 2

async function nameOf ({ io, settings, signal }: Context, input: Input): Promise<string> {
  const given = input.text('name')
  if (given !== undefined) return given
  return io.interactive && !settings.json && input.flag('input') ? await ask('Your name, as contacts see it', io.userName, signal) : io.userName
}

/** The words in numbered lines: as many per line as fit, at most four. */
function wordLines (words: string, columns: number | null): string[] {
  const all = words.split(' ')
  const perLine = Math.min(4, Math.max(1, Math.floor(((columns ?? 80) - MARGIN) / CELL_COLUMNS)))
  const cell = (word: string, i: number): string => `${String(i + 1).padStart(2)} ${word.padEnd(9)}`
  const rows = Array.from({ length: Math.ceil(all.length / perLine) }, (_, row) => all.slice(row * perLine, (row + 1) * perLine).map((word, i) => cell(word, row * perLine + i)))
  return rows.map(row => `${' '.repeat(MARGIN)}${row.join(' ')}`.trimEnd())
}

/** Makes an identity in an empty home, and shows its words this once. */
export const init: Handler = async (context, input) => {
  if (input.flag('recover')) return await (await import('./recover.js')).recover(context, input)
  if (input.texts('relay').length > 0 || input.text('words-file') !== undefined || input.flag('revoke-others')) throw badInput('--relay, --words-file and --revoke-others go with --recover')
  const { doors, out, propose, settings, signal } = context
  const paths = await context.paths()
  // Said before anything is asked; what makes the home looks again.
  if (await homeIsThere(paths.home)) throw new ExistsError(`there is an identity in ${paths.home} already; nothing was changed`)
  const [name, unlock, node] = [await nameOf(context, input), await unlockFromFlags(context, input) ?? { kind: 'keyfile' as const }, await doors.node()]
  const home = await node.createHome({ dir: paths.home, name, unlock, signal })
  const { words } = home
  const [account, device] = [await doors.peerIdText(home.account), await doors.peerIdText(home.device)]
  await out.result({ home: paths.home, name, account, device, words, unlock: unlock.kind }, () => [
    ...facts([['name', name], ['account', account], ['device', device], ['home', paths.home]]),
    '',
    ...wrap('These 24 words are your account. Write them down on paper, now: they are shown this once and kept nowhere. Whoever has them is you; without them a lost disk is the end.', settings.columns ?? 80),
    '',
    ...wordLines(words, settings.columns),
    ''
  ])
  await out.note(`Next: ${propose('daemon start')}, then ${propose('relays add ADDRESS')}; or without a relay, in one network: ${propose('daemon start --lan')}`)
  return undefined
}
