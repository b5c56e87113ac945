/** Chats of a restored home, without what was under way in them. */
import type { KeyValueOp } from '../../store/index.js'
import { RecordParts, type PartsDeps } from './record-parts.js'
import type { ChatRecord } from './chat-record.js'

/** The changes, chat by chat, that take commits, wishes and moves out of the records of chats. */
export async function * settledChats (deps: PartsDeps): AsyncGenerator<KeyValueOp[]> {
  for (const [, data] of [...deps.vault.list('chat/')]) {
    const { record, isApart } = await RecordParts.load(deps, data)
    // One that is still being made is made with the commit that it has: its log takes that once.
    if (record.stage === 'create' || record.stage === 'commit') continue
    if (record.commit === null && record.intents === undefined && record.move === undefined) continue
    const parts = new RecordParts(deps, record.log)
    if (isApart) parts.keeps(record)
    yield parts.ops(settled(record))
  }
}

function settled ({ move: _move, intents: _intents, ...record }: ChatRecord): ChatRecord { return { ...record, commit: null } }
