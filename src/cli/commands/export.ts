/** `petrel export`: a chat as files that need no Petrel. */
import { join } from 'node:path'
import { UnavailableError, type ChatMessage, type Petrel } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import { EXIT } from '../exit-codes.js'
import type { Kept } from '../export/html.js'
import { FILES, filesFolder, makePlace } from '../export/place.js'
import { messagesOf, spanOf, type Wanted } from '../export/walk.js'
import { HtmlPages, lineFile, lineStream, type About, type Writer } from '../export/writers.js'
import { badInput, codeOf } from '../failure.js'
import { fileNameFor } from '../file-name.js'
import type { Handler } from '../command.js'
import type { Input } from '../input.js'
import { parseMoment } from '../moment.js'
import { saveFile } from '../saved-file.js'
import { countOf } from '../terminal/count.js'
import { oneLine } from '../terminal/safe-text.js'
import { Meter, progressOf, type Progress } from '../terminal/progress.js'
import { bytesText } from '../terminal/time.js'

/** After a file that nobody gave, the next one's first bytes are waited for no longer than this, ms: with the relay away each would take a minute. */
const SOON_MS = 5000

/** A file that could not be saved. */
interface Missing { readonly message: string, readonly item: number, readonly error: string }

/** What was written. */
interface Tally { messages: number, files: number, bytes: number, readonly missing: Missing[] }

/** Writes a chat out. */
export const exportChat: Handler = async (context, input) => {
  const { out, signal, io } = context
  const [format, output, media] = [input.text('format') ?? 'html', input.text('output'), input.flag('media')]
  const toStream = output === '-'
  if (toStream && (format !== 'jsonl' || media)) throw badInput('--output - gives lines of JSON: give --format jsonl, and leave out --media')
  const wanted = wantedOf(context, input)
  const tally: Tally = { messages: 0, files: 0, bytes: 0, missing: [] }
  const progress = progressOf(context)
  const done = await context.withPetrel(async petrel => {
    const span = await spanOf(petrel, input.argument('chat'), wanted)
    const about: About = { chat: span.chat, at: io.now() }
    const place = toStream ? null : await makePlace(output, span.chat, io)
    const writer = place === null ? await lineStream(about, io.write) : format === 'jsonl' ? await lineFile(place, about) : await HtmlPages.create(place, about)
    const saver = place === null || !media ? null : new Saver({ petrel, folder: await filesFolder(place), signal, progress, tally })
    await writeAll(messagesOf(petrel, span, wanted), writer, saver, tally).finally(async () => { await progress.clear() })
    return { chat: span.chat, place, whole: span.whole }
  })
  const { chat, place, whole } = done
  const { missing, ...counts } = tally
  if (place !== null) await out.result({ export: { chat: chat.id, title: chat.title, format, path: place, ...counts, missing, whole } }, () => [`${place}  ${said(tally, media)}`])
  for (const { message, error } of missing.slice(0, 10)) await out.note(`a file of message ${message} was not saved: ${error}`)
  if (missing.length > 10) await out.note(`and ${missing.length - 10} more`)
  if (!whole) await out.note(`${oneLine(chat.title)} has older messages that could not be fetched now: the same command again brings what is missing.`)
  return missing.length > 0 || !whole ? EXIT.failure : undefined
}

function wantedOf ({ io, signal }: Context, input: Input): Wanted {
  const [since, until] = [input.text('since'), input.text('until')]
  return {
    signal,
    ...since === undefined ? {} : { since: parseMoment(since, '--since', io.now()) },
    ...until === undefined ? {} : { until: parseMoment(until, '--until', io.now()) }
  }
}

function said ({ messages, files, bytes }: Tally, media: boolean): string {
  return `${countOf(messages, 'message')}${media ? `, ${countOf(files, 'file')}, ${bytesText(bytes)}` : ''}`
}

async function writeAll (messages: AsyncIterable<ChatMessage>, writer: Writer, saver: Saver | null, tally: Tally): Promise<void> {
  try {
    for await (const message of messages) {
      await writer.add(message, await saver?.save(message) ?? message.media.map(() => ({ path: null, error: null })))
      tally.messages++
    }
    await writer.finish()
  } catch (error) {
    await writer.drop()
    throw error
  }
}

/** What a saver works with. */
interface SaverParts { readonly petrel: Petrel, readonly folder: string, readonly signal: AbortSignal, readonly progress: Progress, readonly tally: Tally }

/** Saves the files of messages. A file that is there whole from an export before is not fetched again. */
class Saver {
  readonly #parts: SaverParts
  /** Nobody gave the file before. */
  #isAway = false

  constructor (parts: SaverParts) { this.#parts = parts }

  /** The message's files, saved one by one. */
  async save (message: ChatMessage): Promise<Kept[]> {
    const kept: Kept[] = []
    for (const item of message.deleted ? [] : message.media.keys()) kept.push(await this.#one(message, item))
    return kept
  }

  async #one (message: ChatMessage, item: number): Promise<Kept> {
    const { petrel, folder, signal, progress, tally } = this.#parts
    const file = message.media[item]
    if (file === undefined) return { path: null, error: null }
    // The number makes it one of a kind in this folder, and the same each time.
    const name = `${message.seq ?? 0}${item === 0 ? '' : `.${item + 1}`} ${fileNameFor(file, message.at)}`
    const meter = new Meter(`${file.name ?? file.as}: saving`, file.size, performance.now())
    const late = new AbortController()
    const timer = this.#isAway ? setTimeout(() => { late.abort() }, SOON_MS) : undefined
    const read = (start: number): AsyncIterable<Uint8Array> => this.#given(petrel.readMedia(message.chat, message.id, { item, start, signal: AbortSignal.any([signal, late.signal]) }), timer)
    try {
      await saveFile({ path: join(folder, name), size: file.size, sha256: file.sha256, force: false }, read, bytes => { progress.show(meter.add(bytes, performance.now())) })
    } catch (error) {
      // A file that nobody has any more must not keep the rest away; a full disk ends it.
      if (signal.aborted || (!late.signal.aborted && codeOf(error)?.startsWith('ERR_') !== true)) throw error
      this.#isAway ||= codeOf(error) === UnavailableError.code
      const why = late.signal.aborted ? 'nobody gave it in time, as the one before' : error instanceof Error ? error.message : ''
      tally.missing.push({ message: message.id, item, error: why })
      return { path: null, error: why }
    } finally {
      clearTimeout(timer)
    }
    tally.files++
    tally.bytes += file.size
    return { path: `${FILES}/${name}`, error: null }
  }

  /** What is given: then somebody is there again. */
  async * #given (pieces: AsyncIterable<Uint8Array>, timer: NodeJS.Timeout | undefined): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      clearTimeout(timer)
      this.#isAway = false
      yield piece
    }
  }
}
