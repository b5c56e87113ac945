/** The job for sounds and for films of rarer kinds: how long, how wide and how loud. */
import { parseBlob } from 'music-metadata'
import { Damaged } from '../damaged.js'
import type { ByteSource } from '../types.js'
import { Window } from '../window.js'
import type { Job, SoundResult } from './messages.js'
import { waveform } from './waveform.js'

/** Headers and indexes of a file of any length: who needs more is not read to its end. */
const READ_BYTES = 16 * 1024 * 1024

/** What a file tells. @throws Damaged */
export async function sound (source: ByteSource, { type, waveform: wanted }: Extract<Job, { do: 'sound' }>): Promise<SoundResult> {
  const { format } = await parseBlob(asBlob(source, type), { skipCovers: true, skipPostHeaders: true, duration: false })
  const video = format.trackInfo.find(track => track.video !== undefined)?.video
  const seconds = format.duration
  // The library bears with much; where it found nothing there is nothing.
  if (seconds === undefined && format.sampleRate === undefined && video === undefined) throw new Damaged('there is no sound in it')
  return {
    durationMs: seconds !== undefined && Number.isFinite(seconds) && seconds >= 0 ? Math.round(seconds * 1000) : null,
    hasVideo: format.hasVideo ?? false,
    width: video?.displayWidth ?? video?.pixelWidth ?? null,
    height: video?.displayHeight ?? video?.pixelHeight ?? null,
    waveform: wanted ? await waveform(source, type) : null
  }
}

/** The library reads a Blob by slices; ours comes through a window that bounds what is read. */
function asBlob (source: ByteSource, type: string): Blob {
  const file = new Window(source, READ_BYTES)
  const slice = (start = 0, end = source.size): Pick<Blob, 'arrayBuffer'> => ({
    arrayBuffer: async () => {
      if (end - start > READ_BYTES) throw new Damaged('too much would have to be read')
      return (await file.bytes(start, end - start)).slice().buffer
    }
  })
  return { size: source.size, type, slice } as unknown as Blob
}
