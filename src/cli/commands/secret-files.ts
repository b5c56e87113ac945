/** Files of secret chats on the command line: sent, and found to be saved. */
import { NotFoundError, type Petrel, type SecretLine, type SecretSendOptions } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import { progressOf } from '../terminal/progress.js'
import { STALL_MS, takeAllIn, type Attached } from './attach.js'
import type { FileToSave } from './media-get.js'
import { LOOK_MS } from './send-outcome.js'
import { UploadWatch } from './upload-watch.js'

/** Sends files, several as an album: taken in by the node first, then watched for as long as bytes flow. */
export async function sendSecretFiles (context: Context, petrel: Petrel, { secret, text, options, files }: { secret: string, text: string, options: SecretSendOptions, files: Attached }): Promise<SecretLine> {
  const progress = progressOf(context)
  try {
    const { media, what } = await takeAllIn(context, petrel, { ...files, secret: true }, progress)
    const watch = new UploadWatch({ progress, what, lookMs: LOOK_MS, stallMs: STALL_MS })
    const watching = watch.run(petrel, media, context.signal)
    try {
      const line = await petrel.sendSecret(secret, text, { ...options, media })
      await over(watch, context.signal)
      await progress.clear()
      if (!watch.done.aborted) await context.out.note(`The files wait${watch.trouble === null ? '' : `: ${watch.trouble}`}`)
      return line
    } finally {
      watch.end()
      await watching
    }
  } finally {
    await progress.clear()
  }
}

/** Resolves when all are there, when nothing moves, or when the person has seen enough: the node goes on by itself. */
async function over ({ done, still }: UploadWatch, signal: AbortSignal): Promise<void> {
  const any = AbortSignal.any([done, still, signal])
  if (any.aborted) return
  await new Promise<void>(resolve => { any.addEventListener('abort', () => { resolve() }, { once: true }) })
}

/** The files of a message of a secret chat, or the one with that number from 0. @throws NotFoundError */
export function secretItems (petrel: Petrel, secret: string, { id, at, media }: SecretLine & { id: string }, only: number | undefined): FileToSave[] {
  const items = media.flatMap((file, item): FileToSave[] => only !== undefined && item !== only ? [] : [{
    item, file, at, read: (from, start, signal) => from.readSecretMedia(secret, id, { item, start, signal })
  }])
  if (items.length === 0) throw new NotFoundError(media.length === 0 ? 'there is no file in this message' : `this message has ${media.length} files`)
  return items
}
