/** `petrel receive`: updates to stdout or to a command, acknowledged once they are there. */
import { PetrelError, type Petrel, type ReceiveOptions, type SecretInfo, type Update } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import type { Handler } from '../command.js'
import { codeOf } from '../failure.js'
import { forHome, homeFlags } from '../home.js'
import type { Input } from '../input.js'
import { jsonLine } from '../output.js'
import { updateLines } from '../terminal/message.js'
import { acknowledger, type Acknowledger } from './acknowledger.js'
import { runFor } from './run-command.js'
import { textStyle } from './text-style.js'
import { pictureMaker, type PictureMaker } from './show-pictures.js'

const DEFAULT_CONSUMER = 'cli'

/** Hands out updates until there are no more, or for ever with --follow. */
export const receive: Handler = async (context, input) => {
  const after = input.number('after')
  // Reading again from a number is a look back: it moves a cursor only when one was named.
  const consumer = input.text('consumer') ?? (after === undefined ? DEFAULT_CONSUMER : undefined)
  await context.withPetrel(async petrel => {
    const maker = await pictureMaker(context, input)
    const take = takerOf(context, input, petrel, maker)
    const done = consumer === undefined ? undefined : acknowledger(async n => { await petrel.acknowledge(consumer, n, {}) })
    const options: ReceiveOptions = {
      signal: context.signal, follow: input.flag('follow'), ...(consumer === undefined ? {} : { consumer }), ...(after === undefined ? {} : { after })
    }
    try {
      await pass(petrel, options, take, done)
    } finally {
      // What was handed out is acknowledged even when the reader has gone or somebody pressed Ctrl-C.
      await done?.settled()
      await maker.close()
    }
  })
  return undefined
}

type Take = (update: Update) => Promise<void>

async function pass (petrel: Petrel, options: ReceiveOptions, take: Take, done: Acknowledger | undefined): Promise<void> {
  for await (const update of petrel.receive(options)) {
    await take(update)
    done?.acknowledge(update.n)
  }
  options.signal?.throwIfAborted()
}

function takerOf (context: Context, input: Input, petrel: Petrel, maker: PictureMaker): Take {
  const { io, settings, signal } = context
  const command = input.text('exec')
  if (command !== undefined) return async update => { await runFor(update, { command, io, signal }) }
  if (settings.json) return async update => { await io.write(jsonLine({ update })) }
  return async update => {
    const lines = updateLines(update, { columns: settings.columns, now: io.now(), pictures: await picturesOf(update, petrel, maker), secret: await secretOf(update, petrel), style: textStyle(context, input) })
    // What others said stays as they said it.
    const isTheirs = update.event.type === 'message' || update.event.type === 'messageChanged'
    await io.write((isTheirs ? lines : lines.map(line => forHome(line, homeFlags(settings)))).map(line => `${line}\n`).join(''))
  }
}

/** An update names a message's previews and does not bring them. */
async function picturesOf ({ event }: Update, petrel: Petrel, maker: PictureMaker): Promise<string[]> {
  if (event.type !== 'message' || event.message.deleted || !maker.draws || !event.message.media.some(({ thumb }) => thumb !== null)) return []
  try {
    return await maker.linesOf(await petrel.getMessage(event.message.chat, event.message.id, {}))
  } catch (error) {
    // It may be taken back by now, or its chat be gone: what happened is told all the same.
    if (error instanceof PetrelError) return []
    throw error
  }
}

/** An update names a secret chat by its id alone, so that nothing is left of with whom it was once that is erased. */
async function secretOf ({ event }: Update, petrel: Petrel): Promise<SecretInfo | undefined> {
  if (event.type !== 'secret') return undefined
  try {
    return await petrel.showSecret(event.secret, {})
  } catch (error) {
    if (codeOf(error) === 'ERR_NOT_FOUND') return undefined
    throw error
  }
}
