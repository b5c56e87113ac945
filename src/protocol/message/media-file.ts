/**
 * A file as a message tells of it: all that is needed to fetch, check, open and show it. Nothing of it is seen by a
 * relay but the root. DESIGN section 6, MESSAGE.md.
 */
import { BadInputError, cidShape, cutText, DIGEST_LENGTH, keyShape, LIMITS, shape, type Cid, type Digest, type KeyBytes } from '../wire/index.js'

/** How a file is shown. */
export const MEDIA_KINDS = ['photo', 'video', 'voice', 'audio', 'file'] as const
/** One of {@link MEDIA_KINDS}. */
export type MediaKind = typeof MEDIA_KINDS[number]

/** A small picture of what a file shows. */
export interface Thumbnail { bytes: Uint8Array, type: string, width: number, height: number, unknown?: Record<string, unknown> }

/** A relay (or a node in the local network) that had the file when its author sent it. */
export interface Holder { peer: KeyBytes, addrs: string[], unknown?: Record<string, unknown> }

/** A file. What it says of itself beyond root, key, size and hash is its author's word. */
export interface MediaFile {
  /** The blob of its sealed chunks. */
  root: Cid
  /** Opens the chunks: who has it and the blob has the file. */
  key: Uint8Array
  /** Bytes of the plaintext. */
  size: number
  /** Of the plaintext. */
  sha256: Digest
  /** As its author called it: never a path. */
  name?: string
  /** Its media type. */
  type?: string
  /** Pixels. */
  width?: number
  height?: number
  /** ms */
  duration?: number
  thumb?: Thumbnail
  /** One byte for each bar, in order: 0 is silence. */
  waveform?: Uint8Array
  at: Holder[]
  unknown?: Record<string, unknown>
}

/** One file of an album. `as` is a {@link MediaKind}, or one of a later version, which is shown as a file. */
export interface AlbumItem { as: string, file: MediaFile, unknown?: Record<string, unknown> }

const KEY_BYTES = 32
const pixels = shape.uint(LIMITS.mediaPixels, 1)
const mediaType = shape.text(LIMITS.mediaTypeBytes)

const bare = {
  root: cidShape,
  key: shape.bytes(KEY_BYTES),
  size: shape.uint(LIMITS.mediaFileBytes),
  sha256: shape.bytes(DIGEST_LENGTH),
  at: shape.array(shape.struct({ peer: keyShape, addrs: shape.array(shape.text(LIMITS.addressBytes), LIMITS.addressesPerRelay) }), LIMITS.holdersPerFile)
}

/** A file that nobody is shown: without what it says of itself. */
export const bareFileShape: shape.Shape<MediaFile> = shape.struct(bare)

const fileShape: shape.Shape<MediaFile> = shape.struct({
  ...bare,
  name: shape.optional(shape.text(LIMITS.fileNameBytes)),
  type: shape.optional(mediaType),
  width: shape.optional(pixels),
  height: shape.optional(pixels),
  duration: shape.optional(shape.uint(LIMITS.mediaDurationMs)),
  thumb: shape.optional(shape.struct({ bytes: shape.bytes({ min: 1, max: LIMITS.thumbBytes }), type: mediaType, width: pixels, height: pixels })),
  waveform: shape.optional(shape.bytes({ min: 1, max: LIMITS.waveformBytes }))
})

/** The fields of a file, alone in a message or in an album. */
export const itemFields = { as: shape.text(32), file: fileShape }

const items = shape.array(shape.struct(itemFields), LIMITS.albumItems, 2)

/** An album's files: 2 to albumItems of them, whose thumbnails take at most albumThumbBytes together. */
export const albumItems: shape.Shape<AlbumItem[]> = (value, path) => {
  const checked = items(value, path)
  const bytes = thumbBytes(checked)
  if (bytes > LIMITS.albumThumbBytes) throw new BadInputError(`${path}: the thumbnails of an album take at most ${LIMITS.albumThumbBytes} bytes, not ${bytes}`)
  return checked
}

function thumbBytes (of: readonly AlbumItem[]): number {
  return of.reduce((sum, { file }) => sum + (file.thumb?.bytes.length ?? 0), 0)
}

/** How a reader shows what says `as`: a kind of a later version is a file. */
export function mediaKind (as: string): MediaKind {
  return MEDIA_KINDS.find(kind => kind === as) ?? 'file'
}

/** The files of an album without the largest thumbnails, as many as must go for the others to fit one message. */
export function withThumbsThatFit (album: readonly AlbumItem[]): AlbumItem[] {
  const out = [...album]
  while (thumbBytes(out) > LIMITS.albumThumbBytes) {
    const largest = out.reduce((at, { file }, i) => (file.thumb?.bytes.length ?? 0) > (out[at]?.file.thumb?.bytes.length ?? 0) ? i : at, 0)
    const item = out[largest]
    if (item === undefined) break
    const { thumb: _thumb, ...file } = item.file
    out[largest] = { ...item, file }
  }
  return out
}

/** What a reader that knows no media shows in place of the files: `[photo]`, `[file: report.pdf]`, then the caption. */
export function mediaFallback (of: readonly AlbumItem[], caption = ''): string {
  const words = of.map(({ as, file }) => `[${as}${file.name === undefined || mediaKind(as) !== 'file' ? '' : `: ${file.name}`}]`)
  return cutText([...words, caption].filter(word => word !== '').join(' '), LIMITS.fallbackBytes)
}
