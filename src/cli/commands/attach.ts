/** Files of a message: taken in by the node, then uploaded while the person watches. */
import { LIMITS, type MediaKind, type Petrel, type SendOptions } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import { badInput, codeOf } from '../failure.js'
import type { Input } from '../input.js'
import { LocalFile } from '../local-file.js'
import { Meter, progressOf, type Progress } from '../terminal/progress.js'
import { showScheduled } from './scheduled.js'
import { LOOK_MS, sendOrLook, show, type Wait } from './send-outcome.js'
import { UploadWatch } from './upload-watch.js'

/** How long bytes may stand still while a relay is there, ms. */
export const STALL_MS = 30_000

/** What is to be attached; `secret`: to a message of a secret chat. */
export interface Attached { readonly paths: readonly string[], readonly as: MediaKind | undefined, readonly keepMetadata: boolean, readonly secret?: boolean }

/** What was asked to be attached. @throws BadInputError for more files than an album has */
export function filesOf (input: Input): Attached {
  const paths = input.texts('attach')
  if (paths.length > LIMITS.albumItems) throw badInput(`a message has at most ${LIMITS.albumItems} files, not ${paths.length}: send several`)
  return { paths, as: input.text('as') as MediaKind | undefined, keepMetadata: input.flag('keep-metadata') }
}

/** A message with files. `options` are those of a text. */
export interface FilesToSend { readonly chat: string, readonly text: string, readonly wait: Wait | undefined, readonly options: SendOptions, readonly files: Attached }

/**
 * Sends files, several as an album. Without `wait` the command stays as long as bytes flow, and leaves the rest to the
 * node when there is no relay to take them.
 */
export async function sendFiles (context: Context, petrel: Petrel, { chat, text, wait, options, files }: FilesToSend): Promise<number> {
  const progress = progressOf(context)
  try {
    const { media, what } = await takeAllIn(context, petrel, files, progress)
    if (options.at !== undefined) return await showScheduled(context, await petrel.send(chat, text, { ...options, media, signal: context.signal }))
    const watch = new UploadWatch({ progress, what, lookMs: wait === undefined ? LOOK_MS : STALL_MS, stallMs: STALL_MS })
    const watching = watch.run(petrel, media, context.signal)
    // Bytes that flow have no deadline; a time that the person named has.
    const signal = wait !== undefined && context.settings.timeoutMs !== null ? context.signal : AbortSignal.any([context.signal, watch.still])
    const message = await sendOrLook(petrel, chat, text, { ...options, media }, signal).finally(() => { watch.end() })
    await watching
    await progress.clear()
    if (message.state === 'queued' && watch.trouble !== null) await context.out.note(`The files wait: ${watch.trouble}`)
    return await show(context, message, wait ?? 'queued')
  } finally {
    await progress.clear()
  }
}

/** Hands files to the node. @returns their ids, and their names for a person */
export async function takeAllIn (context: Context, petrel: Petrel, files: Attached, progress: Progress): Promise<{ media: string[], what: string }> {
  // All are opened first: a name that is wrong at the end of the line must not leave the others half done.
  const opened = await openAll(files.paths, context)
  const media: string[] = []
  try {
    for (const file of opened) media.push(await takeIn(context, petrel, file, files, progress))
  } catch (error) {
    if (context.signal.aborted || codeOf(error) === 'ERR_UNAVAILABLE') await sayWhatIsLeft(context, progress)
    throw error
  } finally {
    await Promise.all(opened.map(async file => { await file.close() }))
  }
  await progress.clear()
  return { media, what: opened.map(({ name }) => name).join(', ') }
}

async function sayWhatIsLeft ({ out }: Context, progress: Progress): Promise<void> {
  await progress.clear()
  await out.note('Nothing was sent. What the node has taken in stays for a while: the same command goes on from there.')
}

async function openAll (paths: readonly string[], { io }: Context): Promise<LocalFile[]> {
  const opened: LocalFile[] = []
  try {
    for (const path of paths) opened.push(await LocalFile.open(path, io))
    return opened
  } catch (error) {
    await Promise.all(opened.map(async file => { await file.close() }))
    throw error
  }
}

/** Hands a file to the node, which has it whole on its disk afterwards. Gives its id. */
async function takeIn ({ signal, out, doors }: Context, petrel: Petrel, file: LocalFile, { as, keepMetadata, secret = false }: Attached, progress: Progress): Promise<string> {
  const read = new Meter(`${file.name}: reading`, file.size, performance.now())
  const sha256 = await file.hash(signal, bytes => { progress.show(read.add(bytes, performance.now())) })
  const sealed = new Meter(`${file.name}: sealing`, file.size, performance.now())
  const counted = async function * (): AsyncGenerator<Uint8Array> {
    for await (const piece of file.bytes(signal)) {
      yield piece
      progress.show(sealed.add(piece.length, performance.now()))
    }
  }
  const draft = { name: file.name, size: file.size, sha256, ...(as === undefined ? {} : { as }), ...(keepMetadata ? { keepMetadata } : {}), ...(secret ? { secret } : {}) }
  const added = await petrel.addMedia(draft, counted(), { signal })
  for (const note of added.notes) {
    await progress.clear()
    await out.note(`${file.name}: ${await doors.noteText(note)}`)
  }
  return added.file.id
}
