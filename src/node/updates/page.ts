/**
 * How updates lie on the disk: what is written together lies in pages, each under the number of its last update. A record
 * costs the same whatever is in it, and a node that was away writes thousands of updates.
 */
import { BadInputError, decodeCbor, encodeCbor, LIMITS, shape } from '../../protocol/wire/index.js'
import type { KeptUpdate } from './recent.js'

// Of short ones so many; whoever looks for one reads them all.
const MOST = 64
// UTF-16 units of all of them. One alone may have more.
const UNITS = 64 * 1024

const text = shape.text(LIMITS.updateBytes)
const pageShape = shape.struct({ at: shape.uint(), /** Of one alone. */ event: shape.optional(text), events: shape.optional(shape.array(text, MOST)) })

/** Cuts updates that follow each other into pages. */
export function pagesOf (updates: readonly KeptUpdate[]): KeptUpdate[][] {
  const pages: KeptUpdate[][] = []
  let units = 0
  for (const update of updates) {
    const page = pages.at(-1)
    units += update.text.length
    if (page !== undefined && page.length < MOST && units <= UNITS) page.push(update)
    else {
      pages.push([update])
      units = update.text.length
    }
  }
  return pages
}

/** A page's bytes. All of it happened at one time. */
export function encodePage (page: readonly KeptUpdate[]): Uint8Array {
  const at = page[0]?.at ?? 0
  const texts = page.map(update => update.text)
  return encodeCbor(texts.length === 1 ? { at, event: texts[0] } : { at, events: texts })
}

/** A page from its bytes and the number of its last update. @throws BadInputError */
export function decodePage (last: number, bytes: Uint8Array): KeptUpdate[] {
  // Three bytes a unit at most.
  const { at, event, events = [] } = pageShape(decodeCbor(bytes, LIMITS.updateBytes + 3 * UNITS), 'update')
  const texts = event === undefined ? events : [event]
  if (texts.length === 0) throw new BadInputError('update: a page with none')
  return texts.map((one, i) => ({ n: last - texts.length + 1 + i, at, text: one }))
}
