/** Sends a file from the chat. */
import { randomUUID } from 'node:crypto'
import type { ChatMessage, Petrel } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import { LocalFile } from '../local-file.js'
import type { ErrandArguments } from './state.js'

/** Takes a file in and queues its message. @throws NotFoundError, BadInputError, TooLargeError, and what the node says */
export async function sendFile ({ io }: Pick<Context, 'io'>, petrel: Petrel, { chat, path, caption, replyTo }: ErrandArguments['attach'], signal: AbortSignal): Promise<ChatMessage> {
  const file = await LocalFile.open(inHome(path, io.userHome), io)
  try {
    const sha256 = await file.hash(signal, () => undefined)
    const { file: { id } } = await petrel.addMedia({ name: file.name, size: file.size, sha256 }, file.bytes(signal), { signal })
    return await petrel.send(chat, caption, { wait: 'queued', media: [id], idempotencyKey: `chat-${randomUUID()}`, signal, ...replyTo === null ? {} : { replyTo } })
  } finally {
    await file.close()
  }
}

/** `~/` is the shell's, and here there is none. */
export function inHome (path: string, home: string): string { return path === '~' || path.startsWith('~/') ? home + path.slice(1) : path }
