/**
 * How updates lie on the disk: what is written together lies in pages, each under the number of its last update. A record
 * costs the same whatever is in it, and a node that was away writes thousands of updates.
 */
import { BadInputError, decodeCbor, encodeCbor, ENTRY_ID_LENGTH, LIMITS, sameBytes, shape } from '../../protocol/wire/index.js'
import { SAID_UNITS, type KeptUpdate } from './recent.js'
import type { MessageChange, Said } from './said.js'

// Of short ones so many; whoever looks for one reads them all.
const MOST = 64
// UTF-16 units of all of them. One alone may have more.
const UNITS = 64 * 1024

const text = shape.text(LIMITS.updateBytes)
const saidShape = shape.struct({ log: shape.bytes({ min: 1, max: LIMITS.storeIdBytes }), seq: shape.uint(), ids: shape.bytes({ max: MOST * ENTRY_ID_LENGTH }), /** Of one alone. */ change: shape.optional(shape.text(32)), /** All of them have some. */ files: shape.optional(shape.bool) })
const pageShape = shape.struct({ at: shape.uint(), /** Of one alone. */ event: shape.optional(text), events: shape.optional(shape.array(text, MOST)), /** Messages one behind the other. */ said: shape.optional(saidShape) })

/** Cuts updates that follow each other into pages. */
export function pagesOf (updates: readonly KeptUpdate[]): KeptUpdate[][] {
  const pages: KeptUpdate[][] = []
  let units = 0
  for (const update of updates) {
    const page = pages.at(-1)
    const last = page?.at(-1)
    units += unitsOf(update)
    if (page !== undefined && last !== undefined && page.length < MOST && units <= UNITS && follows(last, update)) page.push(update)
    else {
      pages.push([update])
      units = unitsOf(update)
    }
  }
  return pages
}

function unitsOf ({ said, text = '' }: KeptUpdate): number { return said === undefined ? text.length : SAID_UNITS }

/** Whether two may lie in one page. */
function follows ({ said: before }: KeptUpdate, { said: after }: KeptUpdate): boolean {
  if (before === undefined || after === undefined) return before === after
  return before.change === undefined && after.change === undefined && before.hasFiles === after.hasFiles && before.seq + 1 === after.seq && sameBytes(before.log, after.log)
}

/** A page's bytes. All of it happened at one time. */
export function encodePage (page: readonly KeptUpdate[]): Uint8Array {
  const [first] = page
  const at = first?.at ?? 0
  if (first?.said !== undefined) {
    const { log, seq, change, hasFiles } = first.said
    return encodeCbor({ at, said: { log, seq, ids: idsOf(page), ...change === undefined ? {} : { change }, ...hasFiles === true ? { files: true } : {} } })
  }
  const texts = page.flatMap(({ text: one }) => one ?? [])
  return encodeCbor(texts.length === 1 ? { at, event: texts[0] } : { at, events: texts })
}

/** The ids of messages behind each other. Not by Buffer.concat: it would move each out of the heap, into memory of its own. */
function idsOf (page: readonly KeptUpdate[]): Uint8Array {
  const ids = new Uint8Array(page.length * ENTRY_ID_LENGTH)
  for (const [i, update] of page.entries()) if (update.said !== undefined) ids.set(update.said.id, i * ENTRY_ID_LENGTH)
  return ids
}

/** A page from its bytes and the number of its last update. @throws BadInputError */
export function decodePage (last: number, bytes: Uint8Array): KeptUpdate[] {
  // Three bytes a unit at most.
  const { at, event, events = [], said } = pageShape(decodeCbor(bytes, LIMITS.updateBytes + 3 * UNITS), 'update')
  const all: Array<{ readonly text: string } | { readonly said: Said }> = said === undefined ? (event === undefined ? events : [event]).map(one => ({ text: one })) : saidOf(said)
  if (all.length === 0) throw new BadInputError('update: a page with none')
  return all.map((one, i) => ({ n: last - all.length + 1 + i, at, ...one }))
}

function saidOf ({ log, seq, ids, change, files }: ReturnType<typeof saidShape>): Array<{ readonly said: Said }> {
  if (ids.length % ENTRY_ID_LENGTH !== 0) throw new BadInputError('update: an id of another length')
  // What a later build calls it is told as it is.
  const more = { ...change === undefined ? {} : { change: change as MessageChange }, ...files === true ? { hasFiles: true } : {} }
  return Array.from({ length: ids.length / ENTRY_ID_LENGTH }, (_, i) => ({ said: { type: 'said', log, seq: seq + i, id: ids.slice(i * ENTRY_ID_LENGTH, (i + 1) * ENTRY_ID_LENGTH), ...more } }))
}
