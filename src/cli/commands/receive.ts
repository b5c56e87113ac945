/** `petrel receive`: updates to stdout or to a command, acknowledged once they are there. */
import type { Petrel, ReceiveOptions, Update } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import type { Handler } from '../command.js'
import type { Input } from '../input.js'
import { jsonLine } from '../output.js'
import { updateLines } from '../terminal/message.js'
import { acknowledger, type Acknowledger } from './acknowledger.js'
import { runFor } from './run-command.js'

const DEFAULT_CONSUMER = 'cli'

/** Hands out updates until there are no more, or for ever with --follow. */
export const receive: Handler = async (context, input) => {
  const after = input.number('after')
  // Reading again from a number is a look back: it moves a cursor only when one was named.
  const consumer = input.text('consumer') ?? (after === undefined ? DEFAULT_CONSUMER : undefined)
  const take = takerOf(context, input)
  await context.withPetrel(async petrel => {
    const done = consumer === undefined ? undefined : acknowledger(async n => { await petrel.acknowledge(consumer, n, {}) })
    const options: ReceiveOptions = {
      signal: context.signal, follow: input.flag('follow'), ...(consumer === undefined ? {} : { consumer }), ...(after === undefined ? {} : { after })
    }
    try {
      await pass(petrel, options, take, done)
    } finally {
      // What was handed out is acknowledged even when the reader has gone or somebody pressed Ctrl-C.
      await done?.settled()
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

function takerOf (context: Context, input: Input): Take {
  const { io, settings, signal } = context
  const command = input.text('exec')
  if (command !== undefined) return async update => { await runFor(update, { command, io, signal }) }
  if (settings.json) return async update => { await io.write(jsonLine({ update })) }
  return async update => {
    await io.write(updateLines(update, { columns: settings.columns, now: io.now() }).map(line => `${line}\n`).join(''))
  }
}
