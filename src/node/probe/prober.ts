/** Looks at files before they are sent: what they are, how they can be shown, and what they tell that nobody should learn. */
import { BadInputError } from '../../protocol/wire/errors.js'
import { LIMITS } from '../../protocol/wire/limits.js'
import { ChildGone, LibraryMissing, LookingProcess } from './child-process.js'
import type { LookResult, PictureOrder, PictureResult, SoundResult } from './child/messages.js'
import { Damaged } from './damaged.js'
import { fileType } from './file-types.js'
import { cooked } from './recipe.js'
import { shownAs } from './shown-as.js'
import { sniff, SNIFF_BYTES, type Sniffed } from './sniff.js'
import { checkThumb } from './thumb.js'
import type { ByteSource, Note, Probed, ProbeRequest, Thumb } from './types.js'

/** What {@link createProber} gives. A node has one. */
export interface Prober {
  /**
   * Looks at a file: its bounded parts, or a picture from start to end. Whatever is wrong with the file is a note in
   * the result, but for one thing: what cannot be cleaned though its kind can be is refused.
   *
   * @throws BadInputError when a damaged file may tell what it should not; AbortedError; what `source.read` throws
   */
  probe: (source: ByteSource, request: ProbeRequest) => Promise<Probed>
  /** A thumbnail in fewer bytes, for albums; null where it cannot be made. @throws AbortedError */
  smallerThumb: (thumb: Thumb, maxBytes: number, options: { readonly signal?: AbortSignal }) => Promise<Thumb | null>
  /**
   * A picture decoded and made to fit, for a screen that cannot decode: PNG, or rows of RGB. Null where it cannot be.
   *
   * @throws AbortedError; what `source.read` throws
   */
  render: (source: ByteSource, room: { readonly width: number, readonly height: number }, form: 'png' | 'rgb', options: { readonly signal?: AbortSignal }) => Promise<PictureResult | null>
  /** Ends the process behind it. */
  close: () => Promise<void>
}

/** Starts nothing yet: the process that looks is started by the first file that needs it. */
export function createProber ({ nodeArguments }: { readonly nodeArguments?: readonly string[] } = {}): Prober {
  const child = new LookingProcess(nodeArguments)
  return {
    probe: async (source, request) => await probe(child, source, request),
    smallerThumb: async (thumb, maxBytes, { signal }) => {
      const source: ByteSource = { size: thumb.bytes.length, read: async (start, end) => thumb.bytes.subarray(start, end) }
      return await preview(child, source, { orientation: 1, maxBytes }, signal).then(({ thumb: made }) => made ?? null)
    },
    render: async (source, { width, height }, form, { signal }) => await render(child, source, { width, height, form, maxBytes: 0, orientation: 1 }, signal),
    close: async () => { await child.close() }
  }
}

async function probe (child: LookingProcess, source: ByteSource, request: ProbeRequest): Promise<Probed> {
  const { signal } = request
  const head = await source.read(0, Math.min(SNIFF_BYTES, source.size), { ...(signal === undefined ? {} : { signal }) })
  const sniffed = sniff(head)
  const type = fileType(sniffed.type, request.name, request.type)
  if (!sniffed.probe) return shownAs({ type, kind: 'other', notes: [] }, request)
  return sniffed.kind === 'image' ? await probePicture(child, source, request, type) : await probeSound(child, source, request, sniffed, type)
}

async function probePicture (child: LookingProcess, source: ByteSource, request: ProbeRequest, type: string): Promise<Probed> {
  const notes: Note[] = []
  const look = await lookAt(child, source, type, request)
  if (look === null) return shownAs({ type, kind: 'other', notes: ['not-readable', 'metadata-kept'] }, request)
  if (look.cannotClean) return shownAs({ type, kind: 'other', notes: request.keepMetadata === true ? [] : ['metadata-unknown'] }, request)
  if (request.keepMetadata === true && look.pieces !== null) notes.push('metadata-kept')
  const made = await previewOf(child, source, look, type, signalOf(request))
  const size = look.width === null || look.height === null ? {} : { width: look.width, height: look.height }
  const stripped = request.keepMetadata === true || look.pieces === null ? {} : { stripped: cooked(source, look.pieces) }
  const kind = made.note === 'not-readable' || isBomb(look) ? 'other' : 'image'
  return shownAs({ type, kind, ...size, ...(made.thumb === undefined ? {} : { thumb: made.thumb }), ...stripped, notes: [...notes, ...(made.note === undefined ? [] : [made.note])] }, request)
}

/** The file's own structure; null for a damaged file that its sender wants to send as it is. */
async function lookAt (child: LookingProcess, source: ByteSource, type: string, { keepMetadata, name, signal }: ProbeRequest): Promise<LookResult | null> {
  try {
    if (source.size > LIMITS.lookFileBytes) throw new Damaged('it is too large for a picture')
    const deadlineMs = LIMITS.lookMs + Math.ceil(source.size / (1024 * 1024)) * LIMITS.lookMsPerMiB
    return await child.run({ do: 'look', type, size: source.size }, source, { signal, deadlineMs }) as LookResult
  } catch (error) {
    if (!(error instanceof Damaged || error instanceof ChildGone)) throw error
    if (keepMetadata === true) return null
    // Sent as it is, it could tell where it was made, though its sender asked for the opposite.
    throw new BadInputError(`${name ?? 'this file'} looks like ${type} and cannot be cleaned of what it may tell about where and when it was made: ${error.message}; keep its metadata to send it as it is`, { cause: error })
  }
}

/** More pixels than any camera takes: made to be decoded by somebody, so it does not go as a photo. */
const isBomb = ({ width, height }: LookResult): boolean => (width ?? 0) * (height ?? 0) > LIMITS.picturePixels

interface Preview { readonly thumb?: Thumb, readonly note?: Note }

async function previewOf (child: LookingProcess, source: ByteSource, look: LookResult, type: string, signal: AbortSignal | undefined): Promise<Preview> {
  if (type === 'image/heic') return {}
  if (source.size > LIMITS.thumbSourceBytes || source.size + look.decodeBytes > LIMITS.thumbWorkBytes) return { note: 'too-large-for-preview' }
  if (isBomb(look)) return { note: 'too-large-for-preview' }
  return await preview(child, source, { orientation: look.orientation, maxBytes: LIMITS.thumbBytes }, signal)
}

async function preview (child: LookingProcess, source: ByteSource, { orientation, maxBytes }: Pick<PictureOrder, 'orientation' | 'maxBytes'>, signal: AbortSignal | undefined): Promise<Preview> {
  const order: PictureOrder = { width: LIMITS.thumbPixels, height: LIMITS.thumbPixels, form: 'jpeg', orientation, maxBytes }
  try {
    const { bytes } = await child.run({ do: 'picture', size: source.size, order }, source, { signal, deadlineMs: LIMITS.lookMs }) as PictureResult
    // What the child gives is checked like a stranger's: it decoded what may have turned it.
    const thumb = checkThumb({ bytes })
    return thumb === null ? { note: 'not-readable' } : { thumb }
  } catch (error) {
    if (error instanceof LibraryMissing) return { note: 'no-preview-library' }
    if (error instanceof ChildGone) return { note: 'too-large-for-preview' }
    if (error instanceof Damaged) return { note: 'not-readable' }
    throw error
  }
}

async function probeSound (child: LookingProcess, source: ByteSource, request: ProbeRequest, sniffed: Sniffed, type: string): Promise<Probed> {
  try {
    const job = { do: 'sound', type, size: source.size, waveform: request.as === 'voice' } as const
    const found = await child.run(job, source, { signal: request.signal, deadlineMs: LIMITS.lookMs }) as SoundResult
    const size = found.width === null || found.height === null ? {} : { width: found.width, height: found.height }
    return shownAs({
      type, kind: sniffed.kind, ...size, ...(found.durationMs === null ? {} : { duration: found.durationMs }),
      ...(found.waveform === null ? {} : { waveform: found.waveform }), notes: []
    }, request)
  } catch (error) {
    if (!(error instanceof Damaged || error instanceof ChildGone || error instanceof LibraryMissing)) throw error
    return shownAs({ type, kind: 'other', notes: ['not-readable'] }, request)
  }
}

async function render (child: LookingProcess, source: ByteSource, order: PictureOrder, signal: AbortSignal | undefined): Promise<PictureResult | null> {
  if (source.size > LIMITS.thumbSourceBytes) return null
  try {
    const { type } = sniff(await source.read(0, Math.min(SNIFF_BYTES, source.size), {}))
    const look = await child.run({ do: 'look', type: type ?? '', size: source.size }, source, { signal, deadlineMs: LIMITS.lookMs }) as LookResult
    if (source.size + look.decodeBytes > LIMITS.thumbWorkBytes) return null
    return await child.run({ do: 'picture', size: source.size, order: { ...order, orientation: look.orientation } }, source, { signal, deadlineMs: LIMITS.lookMs }) as PictureResult
  } catch (error) {
    if (error instanceof Damaged || error instanceof ChildGone || error instanceof LibraryMissing) return null
    throw error
  }
}

const signalOf = ({ signal }: ProbeRequest): AbortSignal | undefined => signal
