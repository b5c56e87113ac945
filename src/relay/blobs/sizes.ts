/**
 * What size a blob has, the root alone says. A lease names one before that is known, and is charged by it: when it was
 * another, the lease ends, so that nobody has more kept than is charged, or has others wait for what is not there.
 */
import { cidCodec, CODEC, decodeIndex, ProofError, requireBlock, type Block, type Cid } from '../../protocol/wire/index.js'
import type { OwnerTag } from './keys.js'
import type { ComingBlob, Leases } from './leases.js'

/** What it works with. */
export interface SizesParts {
  readonly leases: Leases
  readonly release: (owner: OwnerTag, root: Cid) => Promise<unknown>
  /** Told a blob that is waited for with another size than before. */
  readonly onWanted: (blob: ComingBlob) => void
}

/** See the file's head. */
export class Sizes {
  readonly #parts: SizesParts

  constructor (parts: SizesParts) { this.#parts = parts }

  /** Ends leases that do not fit a root that has come. @throws ProofError when none is left, or it is not the root; BadInputError when it is no index node */
  async judge ({ cid, bytes }: Block): Promise<void> {
    const size = cidCodec(cid) === CODEC.raw ? bytes.length : decodeIndex(bytes).size
    requireBlock(cid, bytes)
    if (!await this.dropOthers(cid, size)) return
    const blob = await this.#parts.leases.expectAgain(cid)
    if (blob === undefined) throw new ProofError('the blob has another size than its lease says')
    this.#parts.onWanted(blob)
  }

  /** Ends leases of a root with another size than it has. True when there were some. */
  async dropOthers (root: Cid, size: number): Promise<boolean> {
    const wrong = await this.#parts.leases.otherSizes(root, size)
    for (const owner of wrong) await this.#parts.release(owner, root)
    return wrong.length > 0
  }
}
