/** Files of messages: described, read, removed, and handed to players. */
import type { CallOptions, ChatMessage, ItemOptions, MediaItem, MediaUrl, Purged } from '../../protocol/api/index.js'
import { systemRandom } from '../../protocol/crypto/index.js'
import { decodeBody, type AlbumItem } from '../../protocol/message/index.js'
import { BadInputError, cidFromText, cidText, NotFoundError } from '../../protocol/wire/index.js'
import { MediaDoor } from '../api/index.js'
import { newestLine, itemsOf, mediaFileView, rowView, type ChatSession } from '../chats/index.js'
import type { NodeCore } from '../core.js'
import type { Wanted } from '../media/index.js'
import { findChat, messageId, messageOf } from './chats.js'

interface Found { readonly session: ChatSession, readonly message: ChatMessage, readonly item: number, readonly entry: AlbumItem }

/** A file of a message, wherever the message is. @throws NotFoundError */
async function findFile (core: NodeCore, words: string, id: string, { item = 0, signal }: ItemOptions): Promise<Found> {
  const session = await findChat(core, words, signal === undefined ? {} : { signal })
  const message = await messageOf(session, id)
  const entry = (await filesOfMessage(session, id))[item]
  if (entry === undefined) throw noFile(message)
  return { session, message, item, entry }
}

/** Programs count an album's files from 0 and people from 1: the words fit both. */
function noFile ({ deleted, media: { length } }: ChatMessage): NotFoundError {
  if (deleted) return new NotFoundError('that message was taken back, and its files with it')
  return new NotFoundError(length === 0 ? 'that message has no file' : `that message has only ${length === 1 ? 'one file' : `${length} files`}`)
}

/** The files of a message with what opens them, which its view does not tell. */
async function filesOfMessage ({ chat }: ChatSession, id: string): Promise<readonly AlbumItem[]> {
  const bytes = messageId(id)
  const body = chat.outbox.get(bytes)?.body ?? chat.back.get(bytes)?.row.body ?? chat.previews.get(bytes)?.body ?? (await chat.timeline.find(bytes) ?? newestLine(chat, bytes))?.row.body ?? null
  return body === null ? [] : itemsOf(decodeBody(body))
}

/** A file as it is fetched: the other members' nodes may have it too. */
function wantedOf ({ chat }: ChatSession, { file }: AlbumItem): Wanted { return { file, members: chat.peer === undefined ? [] : [chat.peer] } }

/** The files of the message at a number of a chat's log; none when it is gone. */
export async function mediaItems (core: NodeCore, session: ChatSession, seq: number): Promise<MediaItem[]> {
  const { chat } = session
  const row = await chat.timeline.at(seq)
  if (row?.kind !== 'message' || row.body === null) return []
  const message = rowView(seq, row, chat.cursor, chat.view)
  return await Promise.all(itemsOf(decodeBody(row.body)).map(async (entry, item) => await itemOf(core, session, message, item, entry, false)))
}

async function itemOf (core: NodeCore, { chat }: ChatSession, { id, from, fromName, own, at }: ChatMessage, item: number, entry: AlbumItem, withThumb: boolean): Promise<MediaItem> {
  const file = mediaFileView(entry)
  const thumb = withThumb || file.thumb === null ? file.thumb : { ...file.thumb, bytes: null }
  return { chat: chat.id, message: id, item, from, fromName, own, at, file: { ...file, thumb, state: await core.files.stateOf(entry.file) } }
}

/** A message whose files say where their bytes are now. */
export async function withStates (core: NodeCore, message: ChatMessage): Promise<ChatMessage> {
  if (message.media.length === 0) return message
  const media = await Promise.all(message.media.map(async file => ({ ...file, state: await core.files.stateOf({ root: cidFromText(file.id), size: file.size }) })))
  return { ...message, media }
}

/** {@link withStates} for several. */
export async function withAllStates (core: NodeCore, messages: readonly ChatMessage[]): Promise<ChatMessage[]> {
  return await Promise.all(messages.map(async message => await withStates(core, message)))
}

/** A file of a message, and where its bytes are. */
export async function mediaInfo (core: NodeCore, words: string, id: string, options: ItemOptions): Promise<MediaItem> {
  const { session, message, item, entry } = await findFile(core, words, id, options)
  return await itemOf(core, session, message, item, entry, true)
}

/** A file's bytes, checked, the ones asked for first. */
export async function * readMedia (core: NodeCore, words: string, id: string, options: ItemOptions & { start?: number, end?: number }): AsyncGenerator<Uint8Array> {
  const { session, entry } = await findFile(core, words, id, options)
  const { start = 0, end = entry.file.size, signal } = options
  yield * core.files.read(wantedOf(session, entry), { start, end }, signal)
}

/** A file of a message as it is fetched by itself. @throws NotFoundError */
export async function wantedFile (core: NodeCore, words: string, id: string, item: number): Promise<Wanted> {
  const { session, entry } = await findFile(core, words, id, { item })
  return wantedOf(session, entry)
}

/** Removes bytes that others keep. */
export async function purgeMedia (core: NodeCore, { chat, message, item, unusedMs, signal }: ItemOptions & { chat?: string, message?: string, unusedMs?: number }): Promise<Purged> {
  if (message !== undefined && chat === undefined) throw new BadInputError('a message is named with its chat')
  if (item !== undefined && message === undefined) throw new BadInputError('a file of an album is named with its message')
  const roots = chat === undefined ? undefined : await rootsOf(core, chat, message, item, signal === undefined ? {} : { signal })
  const before = unusedMs === undefined ? Infinity : core.now() - unusedMs
  return await core.files.purge(({ root, usedAt }) => usedAt <= before && (roots === undefined || roots.has(cidText(root))))
}

async function rootsOf (core: NodeCore, words: string, id: string | undefined, item: number | undefined, options: CallOptions): Promise<Set<string>> {
  const session = await findChat(core, words, options)
  const roots = new Set<string>()
  const add = (entries: readonly AlbumItem[]): void => { for (const { file } of entries) roots.add(cidText(file.root)) }
  if (id !== undefined) {
    await messageOf(session, id)
    add((await filesOfMessage(session, id)).filter((_, i) => item === undefined || i === item))
    return roots
  }
  for await (const { seq } of session.chat.timeline.mediaLines(Number.MAX_SAFE_INTEGER)) {
    const row = await session.chat.timeline.at(seq)
    if (row?.kind === 'message' && row.body !== null) add(itemsOf(decodeBody(row.body)))
  }
  return roots
}

/** The door for players of a node. */
export function mediaDoor (core: NodeCore): MediaDoor {
  return new MediaDoor({
    random: systemRandom, now: core.now, log: core.log,
    source: ({ chat, message, item }) => ({
      file: async options => {
        const { entry: { file } } = await findFile(core, chat, message, { item, ...options })
        return { size: file.size, tag: cidText(file.root), type: file.type ?? null, name: file.name ?? null }
      },
      read: ({ start, end }, options) => readMedia(core, chat, message, { item, start, end, ...options })
    })
  })
}

/** An address for a player. */
export async function mediaUrl (core: NodeCore, door: MediaDoor, words: string, id: string, options: ItemOptions & { expiresInMs?: number }): Promise<MediaUrl> {
  const { session, message, item, entry } = await findFile(core, words, id, options)
  return await door.url({ chat: session.chat.id, message: message.id, item }, entry.file.name ?? null, options.expiresInMs)
}
