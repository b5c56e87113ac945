/** A chat as search reads it. */
import { cachedBody, type Body, type EditBody } from '../../protocol/message/index.js'
import type { LogId } from '../../protocol/wire/index.js'
import { aboutIn, readManyFacts } from './about/fact-records.js'
import { overlayFrom } from './about/overlay.js'
import type { Chat } from './chat.js'
import type { Row } from './row.js'
import type { NumberedRow } from './timeline.js'

/** What search sees of a chat: what has become durable of it, and what its messages say now. */
export interface Searched {
  readonly id: string
  readonly log: LogId
  /** The last number that is durable here. */
  readonly seq: number
  at: (seq: number) => Promise<Row | undefined>
  many: (seqs: readonly number[]) => Promise<Array<Row | undefined>>
  /** Rows from one number to another, in order, as they lie together. */
  runs: (from: number, to: number) => AsyncIterable<readonly NumberedRow[]>
  /** The numbers of the messages that rows edit. */
  editedBy: (rows: readonly Row[]) => Promise<readonly number[]>
  /** What the messages of rows say now, in their order; null for none. */
  bodies: (rows: readonly Row[]) => Promise<Array<Body | null>>
}

/** See {@link Searched}. */
export function searched (chat: Chat): Searched {
  const { id, log, cursor, timeline } = chat
  return {
    id,
    log,
    seq: cursor.seq,
    at: async seq => await timeline.at(seq),
    many: async seqs => await timeline.many(seqs),
    runs: (from, to) => timeline.runs(from, to),
    editedBy: async rows => await editedBy(chat, rows),
    bodies: async rows => await bodiesOf(chat, rows)
  }
}

async function editedBy ({ timeline }: Chat, rows: readonly Row[]): Promise<number[]> {
  const targets = rows.flatMap(row => {
    const about = aboutIn(row)
    return about?.kind === 'edit' ? [about.target] : []
  })
  return targets.length === 0 ? [] : (await timeline.findMany(targets)).flatMap(found => found?.seq ?? [])
}

/** As the log says it: an own edit that is on its way counts once it is there. */
async function bodiesOf (chat: Chat, rows: readonly Row[]): Promise<Array<Body | null>> {
  const facts = await readManyFacts(chat, rows.map(({ id }) => id))
  return await Promise.all(rows.map(async ({ body }, i) => {
    const said = body === null ? null : cachedBody(body)
    if (said === null || facts[i] === undefined) return said
    const { edit } = await overlayFrom(facts[i], async seq => await chat.timeline.at(seq))
    return edit === null ? said : edited(said, edit.body)
  }))
}

/** A body with the words of an edit. */
function edited (said: Body, { text, entities }: EditBody): Body {
  if (said.kind !== 'text' && said.kind !== 'media' && said.kind !== 'album') return said
  const { entities: _entities, ...rest } = said
  return { ...rest, text, ...entities === undefined ? {} : { entities } }
}
