/** Previews of messages' files, drawn where the terminal can: decoded by a process that may die of what a stranger sent. */
import type { ChatMessage } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import type { ProbeDoor } from '../doors.js'
import type { Input } from '../input.js'
import { graphicsOf, type Graphics } from '../terminal/graphics.js'
import { blockLines, drawnLines, fit, type Cells, type Drawn, type Pixels } from '../terminal/pictures.js'

/** Room for a picture that stands alone, and in an album. */
const ALONE: Cells = { columns: 40, rows: 16 }
const IN_ALBUM: Cells = { columns: 20, rows: 8 }
const INDENT = 2

/** Draws the pictures of messages, one message after the other. */
export interface PictureMaker {
  /** False where no picture is ever shown. */
  readonly draws: boolean
  /** Lines of the previews that a message carries; none where nothing can be drawn. */
  readonly linesOf: (message: ChatMessage) => Promise<string[]>
  readonly close: () => Promise<void>
}

/** By what the person asked for with --images, or PETREL_IMAGES, or what the terminal is. */
export async function pictureMaker ({ io, settings, doors, signal }: Context, input: Input): Promise<PictureMaker> {
  const graphics = graphicsOf(input.text('images') ?? (io.env.PETREL_IMAGES || 'auto'), io.env, settings)
  if (graphics === 'never') return { draws: false, linesOf: async () => await Promise.resolve([]), close: async () => { await Promise.resolve() } }
  const probe = await doors.probe()
  const prober = probe.createProber()
  const columns = settings.columns ?? 0
  return {
    draws: true,
    linesOf: async message => {
      const room = within(message.media.length > 1 ? IN_ALBUM : ALONE, columns - INDENT)
      const shown: (Drawn | Pixels)[] = []
      for (const { thumb } of message.media) {
        const one = thumb?.bytes == null ? null : await drawable({ probe, prober, graphics, room, signal }, Buffer.from(thumb.bytes, 'base64'))
        if (one !== null) shown.push(one)
      }
      return graphics === 'blocks' ? blockLines(shown.filter(one => 'rgb' in one), INDENT, columns) : drawnLines(graphics, shown.filter(one => 'bytes' in one), INDENT, columns)
    },
    close: async () => { await prober.close() }
  }
}

const within = (room: Cells, columns: number): Cells => ({ columns: Math.min(room.columns, columns), rows: room.rows })

interface Drawing {
  readonly probe: ProbeDoor
  readonly prober: ReturnType<ProbeDoor['createProber']>
  readonly graphics: Exclude<Graphics, 'never'>
  readonly room: Cells
  readonly signal: AbortSignal
}

/** A stranger made these bytes: what is no thumbnail by its own header is not shown to any decoder, ours or the terminal's. */
async function drawable ({ probe, prober, graphics, room, signal }: Drawing, bytes: Uint8Array): Promise<Drawn | Pixels | null> {
  const thumb = probe.checkThumb({ bytes })
  if (thumb === null) return null
  const cells = fit(thumb.width, thumb.height, room)
  const source = { size: bytes.length, read: async (start: number, end: number) => await Promise.resolve(bytes.subarray(start, end)) }
  if (graphics === 'blocks') {
    const made = await prober.render(source, { width: cells.columns, height: cells.rows * 2 }, 'rgb', { signal })
    return made === null ? null : { rgb: made.bytes, width: made.width, height: made.height }
  }
  // Decoded here and coded anew: no byte of a stranger's reaches the terminal's own decoder.
  const made = await prober.render(source, { width: thumb.width, height: thumb.height }, 'png', { signal })
  return made === null ? null : { ...cells, bytes: made.bytes }
}
