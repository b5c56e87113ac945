/** The descriptions of files and their transfers. */
import type { AddedMedia, MediaDraft, MediaFile, MediaItem, MediaKind, MediaPage, MediaState, MediaThumb, MediaTransfer, MediaUrl, Purged } from './media.js'
import { LIMITS } from '../wire/limits.js'
import { bool, choice, closedChoice, date, integer, list, nullable, object, optional, params, text } from './spec.js'

const count = integer(0, 2 ** 32 - 1)
const KINDS: Readonly<Record<MediaKind, number>> = { photo: 1, video: 2, voice: 3, audio: 4, file: 5 }

/** An error that belongs to a value. */
export const failure = nullable(object<{ code: string, message: string }>('Failure', { code: text(), message: text() }))
/** The kinds that a caller may ask for. */
export const mediaKind = closedChoice<MediaKind>(KINDS)

/** Describes {@link MediaTransfer}. */
export const mediaTransfer = object<MediaTransfer>('MediaTransfer', {
  media: text(),
  direction: choice<MediaTransfer['direction']>({ upload: 1, download: 2 }),
  state: choice<MediaTransfer['state']>({ running: 1, waiting: 2, done: 3, failed: 4 }),
  bytes: integer(),
  total: integer(),
  rate: integer(),
  error: failure
})

const mediaState = object<MediaState>('MediaState', { here: integer(), held: bool, transfer: nullable(mediaTransfer) })

/** Describes {@link MediaFile}. */
export const mediaFile = object<MediaFile>('MediaFile', {
  id: text(),
  as: choice<MediaKind>(KINDS),
  name: nullable(text()),
  type: nullable(text()),
  size: integer(),
  sha256: text(),
  width: nullable(count),
  height: nullable(count),
  duration: nullable(integer()),
  thumb: nullable(object<MediaThumb>('MediaThumb', { type: text(), width: count, height: count, bytes: nullable(text()) })),
  waveform: nullable(text()),
  state: nullable(mediaState)
})

/** Describes {@link AddedMedia}. */
export const addedMedia = object<AddedMedia>('AddedMedia', { file: mediaFile, notes: list(text()) })
/** Describes {@link MediaItem}. */
export const mediaItem = object<MediaItem>('MediaItem', { chat: text(), message: text(), item: count, from: text(), fromName: text(), own: bool, at: date, file: mediaFile })
/** Describes {@link MediaPage}. */
export const mediaPage = object<MediaPage>('MediaPage', { items: list(mediaItem), next: nullable(text()) })
/** Describes {@link Purged}. */
export const purged = object<Purged>('Purged', { files: integer(), bytes: integer() })
/** Describes {@link MediaUrl}. */
export const mediaUrl = object<MediaUrl>('MediaUrl', { url: text(), expiresAt: date })

/** Describes {@link MediaDraft}, as a parameter: what it does not know is refused. */
export const mediaDraft = params<MediaDraft>({
  name: optional(text(LIMITS.fileNameBytes, 1)),
  type: optional(text(LIMITS.mediaTypeBytes, 1)),
  as: optional(mediaKind),
  size: integer(),
  sha256: optional(text(64, 64)),
  keepMetadata: optional(bool),
  secret: optional(bool)
})
