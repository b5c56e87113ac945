/** `petrel media get`: files of a message saved here, checked before they get their names. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errorFromCode, ProofError, type MediaItem, type Petrel, type PetrelError } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import { EXIT } from '../exit-codes.js'
import { badInput, codeOf } from '../failure.js'
import { fileNameFor } from '../file-name.js'
import type { Handler } from '../command.js'
import type { Input } from '../input.js'
import { saveFile } from '../saved-file.js'
import { absolute } from '../settings.js'
import { Meter, progressOf, type Progress } from '../terminal/progress.js'
import { bytesText } from '../terminal/time.js'
import { itemsOf } from './media.js'

/** How long the node may take to say why it gave a file up, ms. */
const WHY_MS = 1000
/** After these, what came is there, and the same command goes on. */
const GOES_ON: ReadonlySet<string> = new Set(['ERR_UNAVAILABLE', 'ERR_READ_ONLY', 'ENOSPC', 'EDQUOT'])

/** One file that was saved. `resumed`: bytes that an attempt before had left. */
interface Saved { readonly item: number, readonly path: string, readonly bytes: number, readonly resumed: number, readonly sha256: string }

/** One file whose place is taken by something else, and why it was left out. */
interface Refused { readonly item: number, readonly path: string, readonly error: unknown }

/** One file of a message, and how its bytes are read. */
export interface FileToSave extends Pick<MediaItem, 'item' | 'file' | 'at'> { readonly read: (petrel: Petrel, start: number, signal: AbortSignal) => AsyncIterable<Uint8Array> }

/** Saves files. */
export const get: Handler = async (context, input) => {
  const items = await itemsOf(context, input)
  return await saveAll(context, input, items.map(({ chat, message, item, file, at }): FileToSave => ({ item, file, at, read: (petrel, start, signal) => petrel.readMedia(chat, message, { item, start, signal }) })))
}

/** Saves the files of one message where the command says. @throws BadInputError, ExistsError; whatever reading or the disk throws */
export async function saveAll (context: Context, input: Input, items: readonly FileToSave[]): Promise<number | undefined> {
  const output = input.text('output')
  if (output === '-' && context.settings.json) throw badInput('--output - gives the bytes themselves: leave out --json')
  const [first] = items
  if (output === '-') {
    if (items.length > 1 || first === undefined) throw badInput(`this message has ${items.length} files: name one by --item`)
    await pour(context, first)
    return undefined
  }
  const targets = await targetsOf(context, items, output)
  const progress = progressOf(context)
  const saved: Saved[] = []
  const refused: Refused[] = []
  try {
    await context.withPetrel(async petrel => {
      for (const [at, item] of items.entries()) {
        const path = targets[at] ?? ''
        try {
          saved.push(await save({ context, input, petrel, progress }, item, path))
        } catch (error) {
          // One name that is taken must not keep the rest of an album away.
          if (codeOf(error) !== 'ERR_EXISTS') throw error
          refused.push({ item: item.item, path, error })
        }
      }
    })
  } catch (error) {
    await progress.clear()
    if (context.signal.aborted || GOES_ON.has(codeOf(error) ?? '')) await context.out.note('What came stays in a hidden part beside its place: the same command goes on from there.')
    throw error
  }
  await progress.clear()
  if (saved.length === 0 && refused[0] !== undefined) throw refused[0].error
  const missing = refused.map(({ item, path, error }) => ({ item, path, message: error instanceof Error ? error.message : '' }))
  await context.out.result({ saved, refused: missing }, () => saved.map(({ path, bytes }) => `${path}  ${bytesText(bytes)}`))
  for (const { message } of missing) await context.out.note(message)
  return missing.length === 0 ? undefined : EXIT.failure
}

/** Where each file goes. @throws BadInputError when several would have one name */
export async function targetsOf ({ io }: Context, items: readonly FileToSave[], output: string | undefined): Promise<string[]> {
  const place = output === undefined ? io.cwd : absolute(output, io)
  const into = output === undefined || /[/\\]$/.test(output) || await isDirectory(place)
  if (!into && items.length > 1) throw badInput(`this message has ${items.length} files: give --output a directory that is there, or name one file by --item`)
  if (!into) return [place]
  const names = items.map(({ file, at, item }) => ({ name: fileNameFor(file, at), item }))
  // Two files of an album may have one name.
  return names.map(({ name, item }, i) => join(place, names.some((other, j) => j < i && other.name.toLowerCase() === name.toLowerCase()) ? numbered(name, item) : name))
}

/** `photo.jpg` → `photo-2.jpg`. */
function numbered (name: string, item: number): string {
  const dot = name.lastIndexOf('.')
  return dot <= 0 ? `${name}-${item + 1}` : `${name.slice(0, dot)}-${item + 1}${name.slice(dot)}`
}

async function isDirectory (path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

interface Surroundings { readonly context: Context, readonly input: Input, readonly petrel: Petrel, readonly progress: Progress }

async function save ({ context, input, petrel, progress }: Surroundings, { item, file, read: readFrom }: FileToSave, path: string): Promise<Saved> {
  const { signal } = context
  const name = file.name ?? file.as
  const meter = new Meter(`${name}: receiving`, file.size, performance.now())
  const read = (start: number): AsyncIterable<Uint8Array> => readFrom(petrel, start, signal)
  const over = new AbortController()
  const failed = showWaiting(petrel, file.id, AbortSignal.any([signal, over.signal]), () => { progress.show({ ...meter.add(0, performance.now()), what: `${name}: waiting for who has it`, rate: 0 }) })
  try {
    const { resumed } = await saveFile({ path, size: file.size, sha256: file.sha256, force: input.flag('force') }, read, bytes => { progress.show(meter.add(bytes, performance.now())) })
    return { item, path, bytes: file.size, resumed, sha256: file.sha256 }
  } catch (error) {
    // Bytes that end too early do not tell why: who asks the node for transfers hears it.
    if (codeOf(error) !== 'ERR_UNAVAILABLE' || signal.aborted) throw error
    const late = setTimeout(() => { over.abort() }, WHY_MS)
    const why = await failed
    clearTimeout(late)
    throw why ?? error
  } finally {
    over.abort()
  }
}

/**
 * Calls `show` whenever the node says that nobody gives the file now. Resolves with why the node gave it up, or with nothing
 * when the signal ends it. Never rejects: watching is not receiving.
 */
async function showWaiting (petrel: Petrel, media: string, signal: AbortSignal, show: () => void): Promise<PetrelError | undefined> {
  try {
    for await (const { direction, state, error } of petrel.transfers({ media: [media], signal })) {
      if (direction !== 'download') continue
      if (state === 'waiting') show()
      if (state === 'failed' && error !== null) return errorFromCode(error.code, error.message)
    }
  } catch {
    // A daemon that is older tells nothing of transfers, and the command's end ends this too.
  }
  return undefined
}

/** The bytes themselves on stdout. What was printed cannot be taken back, so a file that is not what it says it is ends with an error. */
async function pour ({ io, signal, withPetrel }: Context, { file, read }: FileToSave): Promise<void> {
  const { createHash } = await import('node:crypto')
  const hash = createHash('sha256')
  await withPetrel(async petrel => {
    for await (const piece of read(petrel, 0, signal)) {
      hash.update(piece)
      await io.write(piece)
    }
  })
  if (hash.digest('hex') !== file.sha256) throw new ProofError('what was received is not the file that the message names')
}
