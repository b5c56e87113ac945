/** A message's files as the API tells them. */
import type { MediaFile } from '../../protocol/api/index.js'
import { mediaKind, type AlbumItem, type Body } from '../../protocol/message/index.js'
import { cidText } from '../../protocol/wire/index.js'
import { checkThumb } from '../probe/index.js'

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

/** The files that a body brings, in order. */
export function itemsOf (body: Body | null): readonly AlbumItem[] {
  if (body?.kind === 'media') return [body]
  return body?.kind === 'album' ? body.items : []
}

/** A file as its author describes it; where its bytes are is for others to add. */
export function mediaFileView ({ as, file }: AlbumItem): MediaFile {
  // What a stranger says of its picture is believed only as far as the picture's own head says the same.
  const thumb = file.thumb === undefined ? null : checkThumb(file.thumb)
  return {
    id: cidText(file.root),
    as: mediaKind(as),
    name: file.name ?? null,
    type: file.type ?? null,
    size: file.size,
    sha256: Buffer.from(file.sha256).toString('hex'),
    width: file.width ?? null,
    height: file.height ?? null,
    duration: file.duration ?? null,
    thumb: thumb === null ? null : { type: thumb.type, width: thumb.width, height: thumb.height, bytes: base64(thumb.bytes) },
    waveform: file.waveform === undefined ? null : base64(file.waveform),
    state: null
  }
}
