/** Finds what was added and never sent. */
import { LIMITS } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { FileTable } from './file-table.js'

// One batch's worth.
const MOST = 1000

/** Drops drafts that nobody sent for long, and has files without a draft and a message let go of; how many files that may be. */
export async function sweepDrafts (table: FileTable, now: number, keptMs: number = LIMITS.draftKeptMs): Promise<number> {
  let ops: KeyValueOp[] = []
  let found = 0
  const write = async (): Promise<void> => {
    await table.kv.batch(ops)
    ops = []
  }
  for await (const draft of table.allDrafts()) {
    if (now - draft.usedAt < keptMs) continue
    ops.push(table.delDraft(draft), table.release(draft.root))
    found++
    if (ops.length >= MOST) await write()
  }
  await write()
  return found
}
