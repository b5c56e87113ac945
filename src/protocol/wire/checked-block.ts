/** Blocks that were compared with their CIDs in this process: who keeps one need not hash it again. */
import type { Block } from './blob-tree.js'
import { cidOf, requireBlock, type Cid, type Codec } from './cid.js'

/** See the file's head. Only made by the two functions below; its bytes must not be changed. */
export class CheckedBlock implements Block {
  readonly cid: Cid
  readonly bytes: Uint8Array

  private constructor (cid: Cid, bytes: Uint8Array) {
    this.cid = cid
    this.bytes = bytes
  }

  /** Compares them. @throws ProofError when the bytes are not those of the CID */
  static of (cid: Cid, bytes: Uint8Array): CheckedBlock {
    requireBlock(cid, bytes)
    return new CheckedBlock(cid, bytes)
  }

  /** The block of some bytes. */
  static named (codec: Codec, bytes: Uint8Array): CheckedBlock { return new CheckedBlock(cidOf(codec, bytes), bytes) }
}
