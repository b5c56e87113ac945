/** Sends a file from the chat. */
import { randomUUID } from 'node:crypto'
import type { ChatMessage, Petrel } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import { LocalFile } from '../local-file.js'
import type { ErrandArguments } from './state.js'

/** What sending a file needs. `tell` hears what there is to know of it; `progress` how far it is, and null at the end. */
export interface FileOptions {
  readonly petrel: Petrel
  readonly signal: AbortSignal
  readonly context: Context
  readonly tell: (line: string) => void
  readonly progress: (words: string | null) => void
}

/** Takes a file in and queues its message. @throws NotFoundError, BadInputError, TooLargeError, and what the node says */
export async function sendFile ({ chat, path, caption, replyTo }: ErrandArguments['attach'], options: FileOptions): Promise<ChatMessage> {
  const { petrel, signal } = options
  const media = await takeIn(path, options)
  return await petrel.send(chat, caption, { wait: 'queued', media: [media], idempotencyKey: `chat-${randomUUID()}`, signal, ...replyTo === null ? {} : { replyTo } })
}

/** Has the node take a file in; gives its id. What is told of one for a secret chat names it not. @throws NotFoundError, BadInputError, TooLargeError, and what the node says */
export async function takeIn (path: string, { petrel, signal, context: { io, doors }, tell, progress }: FileOptions, how: { readonly secret?: true } = {}): Promise<string> {
  const file = await LocalFile.open(inHome(path, io.userHome), io)
  const called = how.secret === true ? 'a file' : file.name
  try {
    const sha256 = await file.hash(signal, percents(called, file.size, 'reading', progress))
    const sealed = percents(called, file.size, 'sealing', progress)
    const counted = async function * (): AsyncGenerator<Uint8Array> {
      for await (const piece of file.bytes(signal)) {
        yield piece
        sealed(piece.length)
      }
    }
    const added = await petrel.addMedia({ name: file.name, size: file.size, sha256, ...how }, counted(), { signal })
    for (const note of added.notes) tell(`${called}: ${await doors.noteText(note)}`)
    return added.file.id
  } finally {
    progress(null)
    await file.close()
  }
}

/** Counts bytes, and says each whole percent once. */
function percents (name: string, size: number, what: string, progress: FileOptions['progress']): (bytes: number) => void {
  let [bytes, said] = [0, -1]
  return more => {
    bytes += more
    const percent = size === 0 ? 100 : Math.floor(bytes / size * 100)
    if (percent === said) return
    said = percent
    progress(`${name}: ${what}, ${percent} %`)
  }
}

/** `~/` is the shell's, and here there is none. */
export function inHome (path: string, home: string): string { return path === '~' || path.startsWith('~/') ? home + path.slice(1) : path }
