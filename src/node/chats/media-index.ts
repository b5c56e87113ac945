/** Where in a chat the messages with files are: a line for each, so that a list need not go through all messages. */
import { cachedBody } from '../../protocol/message/index.js'
import { decodeCbor, encodeCbor, shape, type LogId } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import { numberOf, type RecordKeys } from '../records/index.js'
import { itemsOf } from './media-view.js'
import type { Row } from './row.js'

const lineShape = shape.struct({ time: shape.uint() })

/** A message with files: its number, and the home's time, ms. */
export interface MediaLine { readonly seq: number, readonly time: number }

/** The change that makes, or takes away, the line of a row. */
export function mediaLine (keys: RecordKeys, log: LogId, seq: number, row: Row): KeyValueOp[] {
  if (row.kind === 'erased') return [noMediaLine(keys, log, seq)]
  if (row.kind !== 'message' || row.body === null || itemsOf(cachedBody(row.body)).length === 0) return []
  return [{ type: 'put', key: keys.numbered('mediaLine', seq, log), value: encodeCbor({ time: row.time }) }]
}

/** The change that takes the line of a number away. */
export function noMediaLine (keys: RecordKeys, log: LogId, seq: number): KeyValueOp { return { type: 'del', key: keys.numbered('mediaLine', seq, log) } }

/** The lines of a chat below number `before`, the newest first. */
export async function * mediaLines (kv: KeyValueStore, keys: RecordKeys, log: LogId, before: number): AsyncGenerator<MediaLine> {
  const range = { gte: keys.numbered('mediaLine', 0, log), lt: keys.numbered('mediaLine', before, log), reverse: true }
  for await (const [key, bytes] of kv.iterate(range)) yield { seq: numberOf(key), time: lineShape(decodeCbor(bytes, 64), 'media line').time }
}
