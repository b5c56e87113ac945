/** Reads every block and tells which are not what was put. */
import { CorruptError } from '../../protocol/wire/index.js'
import { throwIfAborted, type Abortable } from '../abort.js'
import type { Core } from '../core/index.js'
import { rangeOf, SPACE } from '../keys.js'
import { BlockReader } from './block-reader.js'
import { Direct } from './direct.js'
import { cidOfKey } from './layout.js'

/** Where findings go. */
export interface BlockFindings {
  blocks: number
  blockBytes: number
  problem: (where: Uint8Array, what: string) => void
}

/** See the file's head. */
export async function verifyBlocks (core: Core, directory: string, findings: BlockFindings, { signal }: Abortable = {}): Promise<void> {
  const reader = new BlockReader(core, directory, new Direct())
  try {
    // A record of the index that is damaged was found with the others.
    for await (const [key, value] of core.survey(rangeOf(SPACE.blocks))) {
      throwIfAborted(signal)
      if (value instanceof CorruptError) continue
      const cid = cidOfKey(key)
      try {
        const bytes = await reader.read(cid)
        if (bytes === undefined) continue
        findings.blocks++
        findings.blockBytes += bytes.length
      } catch (error) {
        if (!(error instanceof CorruptError)) throw error
        findings.problem(cid, error.message)
      }
    }
  } finally {
    await reader.close()
  }
}
