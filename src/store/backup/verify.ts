/** Reads a whole store and tells what does not hold. */
import { CorruptError } from '../../protocol/wire/index.js'
import { verifyBlocks } from '../blob/index.js'
import type { Core } from '../core/index.js'
import { SPACE } from '../keys.js'
import { SLOTS } from '../log/index.js'
import { Findings, type StoreProblem, type VerifyOptions } from './findings.js'
import { SlotCheck } from './slot-check.js'

/** What was found. Sound when `problemCount` is 0. */
export interface StoreReport {
  readonly logs: number
  readonly entries: number
  /** Records and key-values, the store's own included. */
  readonly records: number
  /** Bytes of keys and values. */
  readonly bytes: number
  /** Blocks, and their bytes. */
  readonly blocks: number
  readonly blockBytes: number
  readonly problemCount: number
  /** The first hundred problems. */
  readonly problems: StoreProblem[]
}

/** Checks every record, every block, and of every log that its entries are whole, linked and end at its head. */
export async function verifyCore (core: Core, segments: string, options: VerifyOptions): Promise<StoreReport> {
  const findings = new Findings()
  for (let slot = 0; slot < SLOTS; slot++) {
    const check = new SlotCheck(findings, options)
    const range = { gte: Uint8Array.of(slot >> 8, slot & 0xff), lt: Uint8Array.of((slot + 1) >> 8, (slot + 1) & 0xff) }
    for await (const [key, value] of core.survey(range, options)) {
      findings.bytes += key.length + (value instanceof CorruptError ? 0 : value.length)
      check.see(key, value)
    }
    check.finish()
  }
  for await (const [key, value] of core.survey({ gte: SPACE.records }, options)) {
    findings.records++
    if (value instanceof CorruptError) findings.problem(key, value.message)
    else findings.bytes += key.length + value.length
  }
  await verifyBlocks(core, segments, findings, options)
  const { logs, entries, records, bytes, blocks, blockBytes, problemCount, problems } = findings
  return { logs, entries, records, bytes, blocks, blockBytes, problemCount, problems }
}
