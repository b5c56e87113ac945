/** What streams of blocks are to those who use them: the services of a relay or a node, and a node's client. */
import type { Block, Cid, KeyBytes, PetrelError } from '../../../protocol/wire/index.js'

/** How to put blocks. */
export interface PutOptions {
  readonly signal?: AbortSignal | undefined
  /** Called with the bytes of each block that is on the other side's disk: nobody looks at them here any more. */
  readonly onAcked?: ((bytes: Uint8Array) => void) | undefined
}

/** How to get blocks. */
export interface GetOptions {
  readonly signal?: AbortSignal | undefined
  /** Before what was asked for earlier on this stream: somebody waits for it. */
  readonly first?: boolean | undefined
}

/** The asking side of a stream of blocks. */
export interface BlobClient {
  /** The key that was proved for the other side. */
  readonly peer: KeyBytes
  readonly isClosed: boolean
  /** Settles (never rejects) when the stream is closed: with the reason, or undefined after a plain close. */
  readonly closed: Promise<PetrelError | undefined>
  /**
   * Hands over blocks of an upload; resolves when all are on the other side's disk. They are taken from the iterable as
   * there is room. Several puts share the stream.
   *
   * @throws what the other side refuses the upload with, UnavailableError, DeadlineError, AbortedError
   */
  put (upload: Uint8Array, blocks: AsyncIterable<Block> | Iterable<Block>, options?: PutOptions): Promise<void>
  /**
   * The blocks with these CIDs that the other side has, as they come and in any order; it is asked for the first ones
   * first, and no faster than they are taken. Each is checked: its bytes have the CID's hash. Ending the iteration, or the
   * signal, takes back what was not sent.
   *
   * @throws ProofError when a block is not what it is called: the stream is cut then
   * @throws UnavailableError, DeadlineError, AbortedError, or what the other side refuses with
   */
  get (cids: readonly Cid[], options?: GetOptions): AsyncIterable<Block>
  /** Ends the stream. What is not answered is answered no more. */
  close (): Promise<void>
}

/** Waits for a block: resolves with true when it has come, with false when it does not or the signal says so. */
export type Coming = (signal: AbortSignal) => Promise<boolean>

/** What the serving side may do for one peer on one stream. */
export interface BlobGuest {
  /** Nobody vouches for its key: those like it share a part of the streams. */
  readonly isStranger?: boolean
  /**
   * Keeps blocks of an upload; resolves once they are on the disk. It is called again before that.
   * @throws what refuses these blocks, and only these
   */
  put (upload: Uint8Array, blocks: readonly Block[], options: { readonly signal: AbortSignal }): Promise<void>
  /** A block's bytes, or undefined when it is not here. Throwing refuses the want it was asked in. */
  get (cid: Cid, options: { readonly signal: AbortSignal }): Promise<Uint8Array | undefined>
  /**
   * For a block that is not here: how to wait for it, or undefined when nobody brings it. Most are brought by nobody, so
   * that must cost next to nothing.
   */
  coming? (cid: Cid): Coming | undefined
}

/** The serving side. */
export interface BlobHandler {
  /** Called for each new stream. What it throws refuses it. `address` is the peer's multiaddr as the connection sees it. */
  admit (peer: KeyBytes, address: string): BlobGuest
  /** Told bytes of blocks that came in and went out, for counters. */
  readonly onBytes?: (direction: 'in' | 'out', bytes: number) => void
}
