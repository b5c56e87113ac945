/** Files: taken in, and watched on their way. */
import type { AddedMedia, CallOptions, MediaDraft, MediaTransfer } from '../../protocol/api/index.js'
import { AbortedError } from '../../protocol/wire/index.js'
import { mediaFileView } from '../chats/index.js'
import type { NodeCore } from '../core.js'
import { mediaId } from '../media/index.js'

/** Takes a file in. */
export async function addMedia (core: NodeCore, draft: MediaDraft, bytes: AsyncIterable<Uint8Array>, options: CallOptions): Promise<AddedMedia> {
  const { file, draft: { root, n, as, facts }, notes } = await (draft.secret === true ? core.secrets.files : core.media).add(draft, bytes, options)
  const { key, size, sha256 } = file
  return { file: { ...mediaFileView({ as, file: { root, key, size, sha256, ...facts, at: [] } }), id: mediaId({ root, n }) }, notes: [...notes] }
}

/** Files on their way, each change. Of a file that changes faster than it is read, the newest is told. */
export async function * transfers (core: NodeCore, options: CallOptions & { media?: string[] }): AsyncGenerator<MediaTransfer> {
  const wanted = options.media?.map(id => id.split('/', 1)[0])
  const isWanted = ({ media }: MediaTransfer): boolean => wanted === undefined || wanted.includes(media)
  const { signal } = options
  const queue = new Map<string, MediaTransfer>()
  let wake = (): void => undefined
  const add = (transfer: MediaTransfer): void => {
    if (!isWanted(transfer)) return
    queue.set(`${transfer.direction} ${transfer.media}`, transfer)
    wake()
  }
  const ends = [signal, core.ending.signal].filter(one => one !== undefined)
  const ending = AbortSignal.any(ends)
  const unwatch = core.media.transfers.watch(add)
  const stop = (): void => { wake() }
  ending.addEventListener('abort', stop, { once: true })
  try {
    for (const transfer of core.media.transfers.all()) add(transfer)
    while (!ending.aborted) {
      const [first] = queue
      if (first !== undefined) {
        queue.delete(first[0])
        yield first[1]
        continue
      }
      await new Promise<void>(resolve => { wake = resolve })
    }
    throw core.ending.signal.aborted ? core.ending.signal.reason : new AbortedError('watching files on their way was ended', { cause: signal?.reason })
  } finally {
    ending.removeEventListener('abort', stop)
    unwatch()
  }
}
