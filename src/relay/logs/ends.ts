/**
 * What a relay can say about where a log ends: its own signed word for a log that lives here, the home's bytes as they
 * came for a copy that it mirrors.
 */
import { UnavailableError } from '../../protocol/wire/index.js'
import type { LogHead } from '../../store/index.js'
import type { NamedLog } from '../peer.js'
import type { LogContext } from './context.js'
import { decodeMeta, type LogMeta } from './meta.js'
import { headOf } from './statements.js'

/** Whether the log is a copy that this relay mirrors. */
export function isCopy ({ elsewhere }: LogMeta): boolean { return elsewhere?.at === 'mirror' }

/** The last entry that may be given out: of a copy, the last one that the home's word covers. @throws UnavailableError when none has come */
export function coveredThrough ({ elsewhere }: LogMeta): number {
  if (elsewhere?.at !== 'mirror') return Infinity
  if (elsewhere.head === null) throw new UnavailableError('nothing of the log has come here from its home yet: try again later', { details: { home: 'away' } })
  return elsewhere.head.seq
}

/** The attested bytes of the log's end. @throws UnavailableError for a copy of which nothing has come */
export async function attestedEnd ({ attester, time }: LogContext, { log }: Pick<NamedLog, 'log'>, head: LogHead): Promise<Uint8Array> {
  const meta = decodeMeta(head.meta)
  coveredThrough(meta)
  if (meta.elsewhere?.at === 'mirror' && meta.elsewhere.head !== null) return meta.elsewhere.head.bytes
  return await attester.attestOne(headOf(log, head, time.now()))
}
