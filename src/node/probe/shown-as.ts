/** How a file is shown: as its sender asked, as far as its content can be. */
import type { Kind, Note, Probed, ProbeRequest, ShownAs } from './types.js'

/** Pictures that every reader can be expected to show. */
const SHOWABLE = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif'])

const REFUSED: Partial<Record<ShownAs, Note>> = { photo: 'not-a-photo', video: 'not-a-video', voice: 'not-audio', audio: 'not-audio' }

type Found = Omit<Probed, 'as'> & { readonly kind: Kind }

/** The result, with `as` decided and a note where that is not what was asked for. */
export function shownAs ({ kind, ...found }: Found, { as }: ProbeRequest): Probed {
  const can = possible(kind, found.type)
  if (as === undefined) return { ...found, as: can[0] ?? 'file' }
  if (as === 'file' || can.includes(as)) return { ...found, as }
  const note = REFUSED[as]
  return { ...found, as: 'file', notes: note === undefined || found.notes.includes('not-readable') ? found.notes : [note, ...found.notes] }
}

/** The first is what the content says by itself. */
function possible (kind: Kind, type: string): readonly ShownAs[] {
  if (kind === 'image') return SHOWABLE.has(type) ? ['photo'] : []
  if (kind === 'video') return ['video']
  return kind === 'audio' ? ['audio', 'voice'] : []
}
