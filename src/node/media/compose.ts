/** Makes the body of a message with files from drafts. */
import { mediaFallback, withThumbsThatFit, type AlbumItem, type AlbumBody, type Body, type Holder, type MediaBody, type MediaFile, type TextBody } from '../../protocol/message/index.js'
import { BadInputError, LIMITS, NotFoundError, peerIdText, TooLargeError } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Look } from './add.js'
import type { Draft, FileRecord } from './file-record.js'
import { parseMediaId, type FileTable } from './file-table.js'

/** A body, and the changes that go into the batch that takes the message. */
export interface Composed { readonly body: MediaBody | AlbumBody, readonly ops: readonly KeyValueOp[] }

/** How a message with files is made. `holders`: the relays that will hold them, as far as is known; `spent`: the changes to a draft that a message takes. */
export interface ComposeParts { readonly table: FileTable, readonly holders: readonly Holder[], readonly spent: (taken: { readonly file: FileRecord, readonly draft: Draft }) => KeyValueOp[], readonly smaller: Look['smaller'] }

/**
 * A message with files, by the ids that adding them gave. The words are its caption.
 *
 * @throws NotFoundError for an id of nothing, TooLargeError for more than albumItems, BadInputError
 */
export async function composeFiles ({ table, holders, spent, smaller }: ComposeParts, ids: readonly string[], { text, kind: _kind, ...said }: TextBody): Promise<Composed> {
  if (ids.length === 0) throw new BadInputError('no file is named')
  if (ids.length > LIMITS.albumItems) throw new TooLargeError(`a message brings at most ${LIMITS.albumItems} files, these are ${ids.length}: send several`, { details: { files: ids.length, limit: LIMITS.albumItems } })
  const items: AlbumItem[] = []
  const ops: KeyValueOp[] = []
  for (const id of ids) {
    const { root, n } = parseMediaId(id)
    const [file, draft] = [await table.file(root), await table.draft(root, n)]
    if (file === undefined || draft === undefined) throw new NotFoundError(`no file was added under the id ${id.slice(0, 80)}, or it was not sent for too long: add it again`)
    const { key, size, sha256 } = file
    items.push({ as: draft.as, file: { root, key, size, sha256, ...draft.facts, at: holders.slice(0, LIMITS.holdersPerFile).map(holder => ({ ...holder })) } })
    ops.push(...spent({ file, draft }))
  }
  const caption = { ...said, ...text === '' ? {} : { text }, fallback: mediaFallback(items, text) }
  const [only] = items
  const body: Body = items.length === 1 && only !== undefined ? { kind: 'media', ...only, ...caption } : { kind: 'album', items: withThumbsThatFit(await inAlbum(items, smaller)), ...caption }
  return { body, ops }
}

/** Thumbnails that take no more than their share of an album's: what cannot be made smaller may yet fit beside others. */
async function inAlbum (items: readonly AlbumItem[], smaller: Look['smaller']): Promise<AlbumItem[]> {
  const share = Math.floor(LIMITS.albumThumbBytes / items.length)
  return await Promise.all(items.map(async item => {
    const { thumb } = item.file
    const made = thumb === undefined || thumb.bytes.length <= share ? undefined : await smaller(thumb, share)
    return made == null ? item : { ...item, file: { ...item.file, thumb: made } }
  }))
}

/** A body whose files are said to be where they are now. Those it named before stay behind, as many as there is room for. */
export function withHolders (body: MediaBody | AlbumBody, of: (file: MediaFile) => readonly Holder[]): MediaBody | AlbumBody {
  const moved = (file: MediaFile): MediaFile => {
    const now = of(file)
    const others = file.at.filter(one => !now.some(holder => peerIdText(holder.peer) === peerIdText(one.peer)))
    return { ...file, at: [...now, ...others].slice(0, LIMITS.holdersPerFile) }
  }
  return body.kind === 'media' ? { ...body, file: moved(body.file) } : { ...body, items: body.items.map(item => ({ ...item, file: moved(item.file) })) }
}
