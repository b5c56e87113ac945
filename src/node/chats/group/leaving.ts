/** Members who say that they leave a group: by a message, since nobody can remove itself. Whoever may removes them then. Pure. */
import type { Body } from '../../../protocol/message/index.js'
import { sameBytes } from '../../../protocol/wire/index.js'
import type { ChatRecord } from '../chat-record.js'
import type { LogEffect } from '../log-machine.js'

/** The event of the service message with which a member leaves. */
const LEAVE_EVENT = 'leave'

/** Whether a body says that its author leaves. */
export function isLeaving (body: Body): boolean { return body.kind === 'service' && body.event === LEAVE_EVENT }

/** The record after a message's effects: with who leaves by it. */
export function withLeaving (record: ChatRecord, effects: readonly LogEffect[]): ChatRecord {
  if (record.direct) return record
  const [who] = effects.flatMap(effect => effect.type === 'message' && isLeaving(effect.body) ? [effect.from] : [])
  const { leaving = [] } = record
  return who === undefined || leaving.some(one => sameBytes(one, who)) ? record : { ...record, leaving: [...leaving, who] }
}
