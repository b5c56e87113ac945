/** What a download needs of others: who has blocks, where they are kept here, and how much may be on its way. */
import { ProofError, UnavailableError, type Block, type Cid, type PetrelError } from '../../../protocol/wire/index.js'

/** Somebody who may have blocks: an own relay, a member in the local network, a relay that the message names. */
export interface BlockHolder {
  /** Names it among the holders of a file: its PeerId. */
  readonly name: string
  /** 0 shares the work; a higher one is asked only for what no lower one can give. */
  readonly rank: number
  /**
   * Blocks by their CIDs as they come, in any order, compared with them here unless they were already; null for one it does not have. What ends without a word of a block
   * does not have it. `first`: before what it was asked for earlier, since somebody waits for these.
   *
   * @throws ProofError when it is known to lie; anything else: it cannot be reached now, or broke off
   */
  get (cids: readonly Cid[], options: { readonly signal: AbortSignal, readonly first?: boolean }): AsyncIterable<{ readonly cid: Cid, readonly bytes: Uint8Array | null }>
  /** Why it does not keep the file for this account, if so. */
  readonly problem?: PetrelError | null
  /** Calls `listener` when it is worth asking again. Returns the way to stop that. */
  onReady? (listener: () => void): () => void
}

/** Why nobody gives a block, for who waits for it: who was caught lying (`lie`) last, else what went wrong last. */
export function nobodyGives (holders: readonly BlockHolder[], trouble: unknown, lie: ProofError | undefined): PetrelError {
  if (lie !== undefined) return new ProofError('nobody who can be reached gives the file truly', { cause: lie })
  const problem = holders.map(holder => holder.problem ?? null).find(one => one !== null)
  const why = problem === undefined ? '' : ` (the own relay does not keep it: ${problem.message})`
  return new UnavailableError(`nobody who has the file can be reached now${why}`, { cause: problem ?? trouble })
}

/** Where a file's blocks are kept on this node. */
export interface Shelf {
  /** Which blocks are here, in order. */
  has (cids: readonly Cid[], options: { readonly signal: AbortSignal }): Promise<boolean[]>
  /** A block, or undefined: it is not here, or what lies here is damaged and is to be fetched again. */
  get (cid: Cid, options: { readonly signal: AbortSignal }): Promise<Uint8Array | undefined>
  /** Keeps blocks of a file; resolves once they are on the disk. @throws ReadOnlyError when the disk refuses, ProofError when the bytes are not the CID's */
  put (blocks: readonly Block[]): Promise<void>
}

/** The places in memory that all downloads of a node share: each is one block on its way or kept for a reader. */
export class Places {
  readonly #waiting = new Set<() => void>()
  #free: number

  constructor (places: number) { this.#free = places }

  get free (): number { return this.#free }

  /** Takes places, which must be free. */
  take (count: number): void { this.#free -= count }

  /** Gives places back. Who waits is called, in turns, while there are any. */
  give (count: number): void {
    this.#free += count
    for (const waiting of [...this.#waiting]) {
      if (this.#free <= 0) return
      this.#waiting.delete(waiting)
      waiting()
    }
  }

  /** Calls `waiting` once when there may be places again. Returns the way to stop that. */
  wait (waiting: () => void): () => void {
    this.#waiting.add(waiting)
    return () => { this.#waiting.delete(waiting) }
  }
}
