/** Pictures made small, by the process that may die of it. */
import { LIMITS } from '../../protocol/wire/limits.js'
import { ChildGone, LibraryMissing, type LookingProcess } from './child-process.js'
import type { LookResult, PictureOrder, PictureResult } from './child/messages.js'
import { Damaged } from './damaged.js'
import { sniff, SNIFF_BYTES } from './sniff.js'
import { checkThumb } from './thumb.js'
import type { ByteSource, Note, Thumb } from './types.js'

/** A thumbnail, or why there is none. */
export interface Preview { readonly thumb?: Thumb, readonly note?: Note }

/** Whether decoding it would take too much memory. */
export function isHeavy (source: ByteSource, look: LookResult): boolean {
  return source.size > LIMITS.thumbSourceBytes || source.size + look.decodeBytes > LIMITS.thumbWorkBytes
}

/** A thumbnail of at most `maxBytes`. @throws AbortedError; what `source.read` throws */
export async function thumbOf (child: LookingProcess, source: ByteSource, { orientation, maxBytes }: Pick<PictureOrder, 'orientation' | 'maxBytes'>, signal: AbortSignal | undefined): Promise<Preview> {
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

/** A picture for a screen; null where it cannot be decoded here. @throws AbortedError; what `source.read` throws */
export async function rendered (child: LookingProcess, source: ByteSource, order: Pick<PictureOrder, 'width' | 'height' | 'form'>, signal: AbortSignal | undefined): Promise<PictureResult | null> {
  const options = { signal, deadlineMs: LIMITS.lookMs }
  try {
    const { type = '' } = sniff(await source.read(0, Math.min(SNIFF_BYTES, source.size), {}))
    const look = await child.run({ do: 'look', type, size: source.size }, source, options) as LookResult
    if (look.width === null || isHeavy(source, look)) return null
    return await child.run({ do: 'picture', size: source.size, order: { ...order, orientation: look.orientation, maxBytes: 0 } }, source, options) as PictureResult
  } catch (error) {
    if (error instanceof Damaged || error instanceof ChildGone || error instanceof LibraryMissing) return null
    throw error
  }
}
