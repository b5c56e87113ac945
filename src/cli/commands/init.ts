/** `petrel init`. */
import type { Context } from '../context.js'
import type { Input } from '../input.js'
import type { Handler } from '../command.js'
import { ask } from '../terminal/ask.js'
import { facts } from '../terminal/table.js'
import { unlockFromFlags } from './unlock.js'

const WORDS_PER_LINE = 4

async function nameOf ({ io, settings, signal }: Context, input: Input): Promise<string> {
  const given = input.text('name')
  if (given !== undefined) return given
  return io.interactive && !settings.json && input.flag('input') ? await ask('Your name, as contacts see it', io.userName, signal) : io.userName
}

/** The words in numbered lines. */
function wordLines (words: string): string[] {
  const all = words.split(' ')
  const cell = (word: string, i: number): string => `${String(i + 1).padStart(2)} ${word.padEnd(9)}`
  const rows = Array.from({ length: Math.ceil(all.length / WORDS_PER_LINE) }, (_, row) => all.slice(row * WORDS_PER_LINE, (row + 1) * WORDS_PER_LINE).map((word, i) => cell(word, row * WORDS_PER_LINE + i)))
  return rows.map(row => `  ${row.join(' ')}`.trimEnd())
}

/** Makes an identity in an empty home, and shows its words this once. */
export const init: Handler = async (context, input) => {
  const { doors, out, signal } = context
  const paths = await context.paths()
  const [name, unlock, node] = [await nameOf(context, input), await unlockFromFlags(context, input) ?? { kind: 'keyfile' as const }, await doors.node()]
  const home = await node.createHome({ dir: paths.home, name, unlock, signal })
  const { words } = home
  const [account, device] = [await doors.peerIdText(home.account), await doors.peerIdText(home.device)]
  await out.result({ home: paths.home, name, account, device, words, unlock: unlock.kind }, () => [
    ...facts([['name', name], ['account', account], ['device', device], ['home', paths.home]]),
    '',
    'These 24 words are your account. Write them down on paper, now: they are shown this',
    'once and kept nowhere. Whoever has them is you; without them a lost disk is the end.',
    '',
    ...wordLines(words),
    ''
  ])
  await out.note('Next: petrel daemon start, then petrel relays add ADDRESS')
  return undefined
}
