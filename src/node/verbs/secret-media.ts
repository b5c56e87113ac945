/** Files of secret chats: described and read. */
import type { ItemOptions, MediaFile } from '../../protocol/api/index.js'
import type { AlbumItem } from '../../protocol/message/index.js'
import { NotFoundError } from '../../protocol/wire/index.js'
import { mediaFileView } from '../chats/index.js'
import type { NodeCore } from '../core.js'
import type { Wanted } from '../media/index.js'
import { filesOfLine } from '../secret/index.js'
import { findSecret, requireRow } from './secrets.js'

/** A file of a message, and where its bytes are. */
export async function secretMediaInfo (core: NodeCore, words: string, message: string, { item = 0 }: ItemOptions): Promise<MediaFile> {
  const { entry } = await requireFile(core, words, message, item)
  return { ...mediaFileView(entry), state: await core.secrets.files.stateOf(entry.file) }
}

/** A file's bytes, checked, the ones asked for first. */
export async function * readSecretMedia (core: NodeCore, words: string, message: string, { item = 0, start = 0, end, signal }: ItemOptions & { start?: number, end?: number }): AsyncGenerator<Uint8Array> {
  const { entry: { file }, members } = await requireFile(core, words, message, item)
  yield * core.secrets.files.read({ file, members }, { start, end: end ?? file.size }, signal)
}

/** @throws NotFoundError */
async function requireFile (core: NodeCore, words: string, message: string, item: number): Promise<{ entry: AlbumItem } & Pick<Wanted, 'members'>> {
  const chat = findSecret(core, words, 'open')
  const { value } = await requireRow(core, chat, message)
  const files = filesOfLine(value)
  const entry = files[item]
  if (entry === undefined) throw new NotFoundError(files.length === 0 ? 'there is no file in this message' : `this message has ${files.length} files: the first is number 0`)
  // An own file is at the own homes.
  return { entry, members: value.own ? [] : [chat.record.peer] }
}
