/** `petrel chat`. */
import type { Context } from '../context.js'
import { badInput } from '../failure.js'
import type { Handler } from '../command.js'
import type { Petrel } from '../../protocol/api/index.js'
import { showsLinks } from '../terminal/hyperlinks.js'
import { KeyReader } from './key-reader.js'
import { PlainView } from './plain-view.js'
import { Session } from './session.js'
import { TtyView } from './tty-view.js'
import type { Tty } from './tty.js'

/** Chats at the terminal; in plain lines where it cannot move a cursor, or with --plain. */
export const chat: Handler = async (context, input) => {
  const { settings, io } = context
  if (settings.json) throw badInput('petrel chat is for people: a program uses petrel send and petrel receive with --json')
  const name = input.maybe('chat')
  const secret = input.flag('secret')
  if (secret && name === undefined) throw badInput('--secret needs a chat: the name of a contact, or the id of a secret chat')
  const plain = input.flag('plain') || settings.columns === null || !io.interactive || io.env.TERM === 'dumb'
  return await context.withPetrel(async petrel => plain ? await inLines(context, petrel, name, secret) : await atKeys(context, petrel, name, secret))
}

async function atKeys (context: Context, petrel: Petrel, name: string | undefined, secret: boolean): Promise<number> {
  const { tty } = await context.doors.terminal()
  const view = new TtyView({ io: context.io, tty, color: context.settings.color, links: showsLinks(context.io.env, context.settings) })
  const session = new Session(context, petrel)
  const keys = new KeyReader(key => { session.dispatch({ type: 'key', key }) })
  opened(tty, keys, session, view)
  try {
    return await session.run(view, name, secret)
  } finally {
    keys.close()
    await view.close().catch(() => undefined)
    tty.close()
  }
}

function opened (tty: Tty, keys: KeyReader, session: Session, view: TtyView): void {
  const sized = (): void => { session.dispatch({ type: 'size', size: tty.size() }) }
  sized()
  tty.open(text => {
    if (text === undefined) session.leave()
    else keys.take(text)
  }, () => { sized(); view.resize() })
}

async function inLines (context: Context, petrel: Petrel, name: string | undefined, secret: boolean): Promise<number> {
  const { lines } = await context.doors.terminal()
  const view = new PlainView(context.io)
  const session = new Session(context, petrel)
  const over = new AbortController()
  const running = session.run(view, name, secret)
  const reading = (async () => {
    await session.ready()
    let begun = ''
    for await (const line of lines(over.signal)) {
      // A backslash at the end goes on in the next line.
      if (line.endsWith('\\')) { begun += `${line.slice(0, -1)}\n`; continue }
      session.dispatch({ type: 'line', text: begun + line })
      begun = ''
      await session.ready()
    }
    session.finish()
  })()
  try {
    return await running
  } finally {
    over.abort()
    await reading.catch(() => undefined)
    await view.close()
  }
}
