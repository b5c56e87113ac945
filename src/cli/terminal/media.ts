/** Files of a message as lines: what each is, how large, and how much of it is here. */
import type { ChatMessage, MediaFile, MediaState } from '../../protocol/api/index.js'
import { oneLine } from './safe-text.js'
import { bytesText } from './time.js'

const BARS = '▁▂▃▄▅▆▇█'
/** Columns that a waveform takes. */
const WAVE = 32

/** A line for each file; in an album they are numbered. */
export function mediaLines ({ media }: Pick<ChatMessage, 'media'>): string[] {
  return media.map((file, i) => `[${file.as}${media.length > 1 ? ` ${i + 1}/${media.length}` : ''}] ${factsOf(file).join('  ')}`.trimEnd())
}

/** The files in a few words, for lists: `[photo]`, `[3 photos]`, `[file report.pdf]`. */
export function mediaWords ({ media }: ChatMessage): string {
  const [first] = media
  if (first === undefined) return ''
  if (media.length > 1) return `[${media.length} ${media.every(({ as }) => as === first.as) && first.as !== 'audio' ? `${first.as}s` : 'files'}]`
  return first.as === 'file' && first.name !== null ? `[file ${oneLine(first.name)}]` : `[${first.as}]`
}

function factsOf ({ name, as, width, height, duration, waveform, size, state }: MediaFile): string[] {
  const shape = width === null || height === null ? '' : `${width}×${height}`
  const wave = as === 'voice' && waveform !== null ? waveText(Buffer.from(waveform, 'base64')) : ''
  return [name === null ? '' : oneLine(name), duration === null ? '' : clock(duration), wave, shape, bytesText(size), state === null ? '' : stateText(state, size)].filter(part => part !== '')
}

/** `0:07`, `1:02:03`. */
function clock (ms: number): string {
  const seconds = Math.round(ms / 1000)
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const two = (n: number): string => String(n).padStart(2, '0')
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** A stranger chose the bytes: whatever they are, they become bars. */
function waveText (bars: Uint8Array): string {
  const count = Math.min(WAVE, bars.length)
  return Array.from({ length: count }, (_, i) => {
    const part = bars.subarray(Math.floor(i * bars.length / count), Math.floor((i + 1) * bars.length / count))
    return BARS[Math.min(BARS.length - 1, Math.floor(Math.max(...part) * BARS.length / 256))]
  }).join('')
}

function stateText ({ here, transfer }: MediaState, size: number): string {
  const percent = size === 0 ? 100 : Math.floor(here / size * 100)
  if (transfer?.state === 'failed') return `! ${oneLine(transfer.error?.message ?? 'failed')}`
  if (transfer?.state === 'waiting') return transfer.direction === 'upload' ? 'waits for a relay' : `waits for who has it, ${percent} % here`
  if (transfer?.state === 'running') return transfer.direction === 'upload' ? `being sent, ${sent(transfer.bytes, transfer.total)}` : `coming, ${percent} %`
  return here >= size ? '' : percent === 0 ? 'not here yet' : `${percent} % here`
}

const sent = (bytes: number, total: number): string => `${total === 0 ? 100 : Math.floor(bytes / total * 100)} %`
