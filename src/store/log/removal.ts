/** Dropping many records: the head first, so that readers never see a hole, then the rest in steps. */
import type { KeyRange, KeyValueOp } from '../contract.js'
import type { Core } from '../core/index.js'
import { prefixed, rangeOf, SPACE } from '../keys.js'
import { decodeEntry } from './codec.js'
import { LogKeys } from './layout.js'
import type { LogState } from './states.js'

const REMOVING = prefixed(SPACE.system, new TextEncoder().encode('removing/'))

async function deleteRange (core: Core, range: KeyRange): Promise<void> {
  for await (const pairs of core.scan(range, { bytes: 1024 * 1024 })) {
    // Synced: Level's sync covers only its present log file, so a soft delete may be undone though a later write stays.
    await core.batch(pairs.map(([key]): KeyValueOp => ({ type: 'del', key })))
  }
}

/**
 * Drops entries up to `through`. `setHead` is called with the bytes of leaf and payload that go, and makes the new
 * first number durable before anything is deleted. What a crash leaves behind goes with the next trim.
 */
export async function dropEntries (core: Core, state: LogState, through: number, setHead: (freed: number) => Promise<void>): Promise<void> {
  let freed = 0
  for await (const pairs of core.scan(state.keys.entries(state.durable.first, through), { bytes: 1024 * 1024 })) {
    for (const [, value] of pairs) {
      const { leaf, payload } = decodeEntry(value)
      freed += leaf.length + payload.length
    }
  }
  await setHead(freed)
  await deleteRange(core, state.keys.entries(0, through))
}

/** Takes a log's head away and remembers, in the same write, that its records must follow. */
export async function markRemoved (core: Core, state: LogState): Promise<void> {
  await core.batch([
    { type: 'del', key: state.keys.head },
    { type: 'put', key: prefixed(REMOVING, state.log), value: new Uint8Array(0) }
  ])
}

/** Deletes the entries and ids of a log whose head is gone. */
export async function removeRecords (core: Core, log: Uint8Array): Promise<void> {
  const keys = new LogKeys(log)
  await deleteRange(core, keys.entries(0, Number.MAX_SAFE_INTEGER))
  await deleteRange(core, keys.ids)
  await core.batch([{ type: 'del', key: prefixed(REMOVING, log) }])
}

/**
 * Ends the removal of a log whose head is gone, if the disk refused a part of it. Else the mark would stay, and what is
 * appended to a log made anew would go at the next start. @returns whether there was one
 */
export async function finishRemoval (core: Core, log: Uint8Array): Promise<boolean> {
  if (await core.get(prefixed(REMOVING, log)) === undefined) return false
  await removeRecords(core, log)
  return true
}

/** Ends the removals that a crash interrupted. */
export async function finishRemovals (core: Core): Promise<void> {
  const logs: Uint8Array[] = []
  for await (const pairs of core.scan(rangeOf(REMOVING))) {
    for (const [key] of pairs) logs.push(key.slice(REMOVING.length))
  }
  for (const log of logs) await removeRecords(core, log)
}
