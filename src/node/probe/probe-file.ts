/** One file, looked at: first its own structure, then what only a decoder can tell. */
import { BadInputError } from '../../protocol/wire/errors.js'
import { LIMITS } from '../../protocol/wire/limits.js'
import { ChildGone, type LookingProcess } from './child-process.js'
import type { LookResult, SoundResult } from './child/messages.js'
import { Damaged } from './damaged.js'
import { fileType } from './file-types.js'
import { isHeavy, thumbOf, type Preview } from './preview.js'
import { cooked } from './recipe.js'
import { shownAs } from './shown-as.js'
import { sniff, SNIFF_BYTES, type Sniffed } from './sniff.js'
import type { ByteSource, Kind, Note, Probed, ProbeRequest } from './types.js'

/** As {@link Prober.probe}. */
export async function probeFile (child: LookingProcess, source: ByteSource, request: ProbeRequest): Promise<Probed> {
  const { signal, keepMetadata } = request
  const head = await source.read(0, Math.min(SNIFF_BYTES, source.size), { ...(signal === undefined ? {} : { signal }) })
  const sniffed = sniff(head)
  const type = fileType(sniffed.type, request.name, request.type) ?? 'application/octet-stream'
  if (!sniffed.probe) return shownAs({ type, kind: 'other', notes: [] }, request)
  const look = await lookAt(child, source, type, request)
  if (look === null) return shownAs({ type, kind: 'other', notes: ['not-readable', 'metadata-kept'] }, request)
  const cleaned = look.pieces === null || keepMetadata === true ? {} : { stripped: cooked(source, look.pieces) }
  const notes: Note[] = look.pieces !== null && keepMetadata === true ? ['metadata-kept'] : []
  // A sound of any kind tells what its maker wants listeners to see.
  if (look.cannotClean && keepMetadata !== true && sniffed.kind !== 'audio') notes.push('metadata-unknown')
  const found = sniffed.kind === 'image' ? await picture(child, source, { type, look, signal }) : await film(child, source, { type, look, sniffed, request })
  return shownAs({ ...found, ...cleaned, notes: [...notes, ...found.notes] }, request)
}

type Found = Omit<Probed, 'as' | 'stripped'> & { readonly kind: Kind }

/** The file's own structure; null for a damaged file that its sender wants to send as it is. */
async function lookAt (child: LookingProcess, source: ByteSource, type: string, { keepMetadata, name, as, signal }: ProbeRequest): Promise<LookResult | null> {
  // A voice note is no music: whatever stands beside its sound goes.
  const known = type === 'audio/mp4' && as === 'voice' ? 'video/mp4' : type
  try {
    if (type.startsWith('image/') && source.size > LIMITS.lookFileBytes) throw new Damaged('it is too large for a picture')
    const deadlineMs = LIMITS.lookMs + Math.ceil(source.size / (1024 * 1024)) * LIMITS.lookMsPerMiB
    return await child.run({ do: 'look', type: known, size: source.size }, source, { signal, deadlineMs }) as LookResult
  } catch (error) {
    if (!(error instanceof Damaged || error instanceof ChildGone)) throw error
    if (keepMetadata === true) return null
    // Sent as it is, it could tell where it was made, though its sender asked for the opposite.
    throw new BadInputError(`${name ?? 'this file'} looks like ${type} and cannot be cleaned of what it may tell about where and when it was made: ${error.message}; keep its metadata to send it as it is`, { cause: error })
  }
}

/** More pixels than any camera takes: made to be decoded by somebody, so it does not go as a photo. */
const isBomb = ({ width, height }: LookResult): boolean => (width ?? 0) * (height ?? 0) > LIMITS.picturePixels

async function picture (child: LookingProcess, source: ByteSource, { type, look, signal }: { readonly type: string, readonly look: LookResult, readonly signal: AbortSignal | undefined }): Promise<Found> {
  const { thumb, note } = await previewOf(child, source, look, type, signal)
  const kind = look.cannotClean || note === 'not-readable' || isBomb(look) ? 'other' : 'image'
  return { type, kind, ...sizeOf(look), ...(thumb === undefined ? {} : { thumb }), notes: note === undefined ? [] : [note] }
}

async function previewOf (child: LookingProcess, source: ByteSource, look: LookResult, type: string, signal: AbortSignal | undefined): Promise<Preview> {
  if (look.cannotClean || type === 'image/heic') return {}
  if (isHeavy(source, look) || isBomb(look)) return { note: 'too-large-for-preview' }
  return await thumbOf(child, source, { orientation: look.orientation, maxBytes: LIMITS.thumbBytes }, signal)
}

async function film (child: LookingProcess, source: ByteSource, { type, look, sniffed, request }: { readonly type: string, readonly look: LookResult, readonly sniffed: Sniffed, readonly request: ProbeRequest }): Promise<Found> {
  if (!look.cannotClean) return ofKind(type, look.hasVideo === true ? 'video' : 'audio', { ...sizeOf(look), ...lasts(look.durationMs) })
  const found = await heard(child, source, type, request)
  if (found === null) return { type, kind: 'other', notes: ['not-readable'] }
  const kind = sniffed.kind === 'video' && !found.hasVideo && found.width === null ? 'audio' : sniffed.kind
  return ofKind(type, kind, { ...sizeOf(found), ...lasts(found.durationMs), ...(found.waveform === null ? {} : { waveform: found.waveform }) })
}

/** A film without pictures is a sound. */
function ofKind (type: string, kind: Kind, facts: Pick<Probed, 'width' | 'height' | 'duration' | 'waveform'>): Found {
  return { type: kind === 'audio' ? type.replace(/^video\/(mp4|webm|ogg|3gpp)$/, 'audio/$1') : type, kind, ...facts, notes: [] }
}

async function heard (child: LookingProcess, source: ByteSource, type: string, { as, signal }: ProbeRequest): Promise<SoundResult | null> {
  try {
    return await child.run({ do: 'sound', type, size: source.size, waveform: as === 'voice' }, source, { signal, deadlineMs: LIMITS.lookMs }) as SoundResult
  } catch (error) {
    if (error instanceof Damaged || error instanceof ChildGone) return null
    throw error
  }
}

/** Only what a message can carry. */
function sizeOf ({ width, height }: Pick<LookResult, 'width' | 'height'>): Pick<Probed, 'width' | 'height'> {
  const fits = (pixels: number | null): pixels is number => pixels !== null && Number.isInteger(pixels) && pixels > 0 && pixels <= LIMITS.mediaPixels
  return fits(width) && fits(height) ? { width, height } : {}
}

function lasts (ms: number | null): Pick<Probed, 'duration'> {
  return ms === null || !Number.isInteger(ms) || ms < 0 || ms > LIMITS.mediaDurationMs ? {} : { duration: ms }
}
