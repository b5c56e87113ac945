/** Looks at files before they are sent: what they are, how they can be shown, and what they tell that nobody should learn. */
import { LookingProcess } from './child-process.js'
import type { PictureResult } from './child/messages.js'
import { rendered, thumbOf } from './preview.js'
import { probeFile } from './probe-file.js'
import type { ByteSource, Probed, ProbeRequest, Thumb } from './types.js'

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
  smallerThumb: (thumb: Thumb, maxBytes: number, options: { readonly signal?: AbortSignal | undefined }) => Promise<Thumb | null>
  /**
   * A picture decoded and made to fit, for a screen that cannot decode: PNG, or rows of RGB. Null where it cannot be.
   *
   * @throws AbortedError; what `source.read` throws
   */
  render: (source: ByteSource, room: { readonly width: number, readonly height: number }, form: 'png' | 'rgb', options: { readonly signal?: AbortSignal | undefined }) => Promise<PictureResult | null>
  /** Ends the process behind it. */
  close: () => Promise<void>
}

/** Starts nothing yet: the process that looks is started by the first file that needs it. */
export function createProber ({ nodeArguments }: { readonly nodeArguments?: readonly string[] } = {}): Prober {
  const child = new LookingProcess(nodeArguments)
  return {
    probe: async (source, request) => await probeFile(child, source, request),
    smallerThumb: async ({ bytes }, maxBytes, { signal }) => {
      const source: ByteSource = { size: bytes.length, read: async (start, end) => bytes.subarray(start, end) }
      return (await thumbOf(child, source, { orientation: 1, maxBytes }, signal)).thumb ?? null
    },
    render: async (source, room, form, { signal }) => await rendered(child, source, { ...room, form }, signal),
    close: async () => { await child.close() }
  }
}
