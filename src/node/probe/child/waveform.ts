/** How loud a voice note is, part by part. Only where that can be told soundly: PCM in WAV, and Opus in Ogg. */
import { Damaged } from '../damaged.js'
import type { ByteSource } from '../types.js'
import { loudnessOfOpus } from './opus.js'
import { loudnessOfWav } from './wav.js'

/** Bars of a waveform: as many as Telegram's. */
const BARS = 100

/** One byte for each bar, the loudest 255; null where the file does not tell it. */
export async function waveform (source: ByteSource, type: string): Promise<Uint8Array | null> {
  try {
    if (type === 'audio/wav') return bars(await loudnessOfWav(source, BARS))
    if (type === 'audio/ogg') return bars(await loudnessOfOpus(source))
    return null
  } catch (error) {
    if (error instanceof Damaged) return null
    throw error
  }
}

/** Peaks, of as many equal parts as there are, as at most {@link BARS} bars. */
function bars (peaks: readonly number[]): Uint8Array | null {
  if (peaks.length === 0) return null
  const count = Math.min(BARS, peaks.length)
  const out = Array.from({ length: count }, (_, i) => {
    const part = peaks.slice(Math.floor(i * peaks.length / count), Math.floor((i + 1) * peaks.length / count))
    return part.reduce((most, peak) => Math.max(most, peak), 0)
  })
  const loudest = out.reduce((most, peak) => Math.max(most, peak), 0)
  return Uint8Array.from(out, peak => loudest === 0 ? 0 : Math.round(peak / loudest * 255))
}
