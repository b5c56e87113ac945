/** The asking side's gets: what is wanted, what has come, and who takes it. */
import { AbortedError, BadInputError, CheckedBlock, LIMITS, ProofError, type Block, type Cid, type PetrelError } from '../../../protocol/wire/index.js'
import { encodeBlobFrame } from './frames.js'
import type { BlobOutbox } from './outbox.js'
import type { GetOptions } from './types.js'

/** CIDs in one want: few enough that more can be asked for as some come, many enough that small blocks share a frame. */
const WANT_CIDS = 16

interface Want { readonly get: Get, readonly cids: readonly Cid[], readonly open: Set<number> }

/** One call of get. */
class Get {
  readonly cids: readonly Cid[]
  readonly first: boolean
  /** How many of them were asked for. */
  asked = 0
  /** CIDs that were asked for and not answered. */
  outstanding = 0
  readonly wants = new Set<number>()
  readonly ready: Block[] = []
  readyBytes = 0
  failure: PetrelError | undefined
  #wake: () => void = () => undefined

  constructor (cids: readonly Cid[], first: boolean) {
    this.cids = cids
    this.first = first
  }

  wake (): void { this.#wake() }

  async changed (): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    this.#wake = () => { resolve(undefined) }
    await promise
  }
}

/** What the gets of a stream tell the client around them. */
export interface GetsParts {
  readonly outbox: BlobOutbox
  readonly nextId: () => number
  /** The last id that was given: what comes for an earlier one that is over had left before it was taken back. */
  readonly lastId: () => number
  /** Called when something was asked. */
  readonly onAsked: () => void
  /** The other side lied: the stream is cut. */
  readonly onLie: (error: ProofError) => void
}

/** See the file's head. */
export class Gets {
  readonly #parts: GetsParts
  readonly #wants = new Map<number, Want>()
  /** CIDs asked for on this stream and not answered. */
  #outstanding = 0
  readonly #gets = new Set<Get>()
  #closed: PetrelError | undefined

  constructor (parts: GetsParts) { this.#parts = parts }

  /** Whether something is unanswered. */
  get busy (): boolean { return this.#outstanding > 0 }

  /** See BlobClient.get. */
  async * get (cids: readonly Cid[], { signal, first = false }: GetOptions): AsyncGenerator<Block> {
    const get = new Get(cids, first)
    const onAbort = (): void => {
      get.failure ??= new AbortedError(undefined, { cause: signal?.reason })
      get.wake()
    }
    signal?.addEventListener('abort', onAbort)
    if (signal?.aborted === true) onAbort()
    if (this.#closed !== undefined) get.failure ??= this.#closed
    this.#gets.add(get)
    try {
      for (;;) {
        if (get.failure !== undefined) throw get.failure
        this.#ask(get)
        const next = get.ready.shift()
        if (next !== undefined) {
          get.readyBytes -= next.bytes.length
          yield next
        } else if (get.outstanding === 0 && get.asked === cids.length) return
        else await get.changed()
      }
    } finally {
      signal?.removeEventListener('abort', onAbort)
      this.#end(get)
    }
  }

  /** A block that came. @throws BadInputError for one that was not wanted */
  block (id: number, at: number, bytes: Uint8Array): void {
    const want = this.#answered(id, at)
    if (want === undefined) return
    const { get, cids } = want
    const cid = cids[at]
    if (cid === undefined) throw new BadInputError('the peer sent a block that nobody wanted')
    let block: Block
    try {
      block = CheckedBlock.of(cid, bytes)
    } catch (error) {
      if (error instanceof ProofError) this.#parts.onLie(error)
      throw error
    }
    get.ready.push(block)
    get.readyBytes += bytes.length
    get.wake()
  }

  /** Blocks that are not there. @throws BadInputError for what was not wanted */
  absent (id: number, places: readonly number[]): void {
    for (const at of places) this.#answered(id, at)?.get.wake()
  }

  /** Whether it was a want that was refused. */
  refused (id: number, error: PetrelError): boolean {
    const want = this.#wants.get(id)
    if (want === undefined) return id <= this.#parts.lastId()
    want.get.failure ??= error
    want.get.wake()
    return true
  }

  /** Nothing is answered any more. */
  close (error: PetrelError): void {
    this.#closed ??= error
    for (const get of this.#gets) {
      get.failure ??= error
      get.wake()
    }
  }

  /** Asks for as much as may be on its way: a full block is reckoned for each, since nobody knows how long it is. */
  #ask (get: Get): void {
    while (get.asked < get.cids.length) {
      const room = Math.floor((LIMITS.blobAskedBytes - get.readyBytes) / LIMITS.blobBytes) - get.outstanding
      const count = Math.min(WANT_CIDS, get.cids.length - get.asked, room, LIMITS.blobWants - this.#outstanding)
      // Some at a time: a frame for each one costs more than it is worth.
      if (count < 1 || (count < WANT_CIDS / 4 && get.outstanding + get.ready.length > count)) return
      const cids = get.cids.slice(get.asked, get.asked + count)
      const id = this.#parts.nextId()
      get.asked += count
      get.outstanding += count
      this.#outstanding += count
      get.wants.add(id)
      this.#wants.set(id, { get, cids, open: new Set(cids.keys()) })
      this.#parts.outbox.frame(encodeBlobFrame({ want: { id, cids, first: get.first } }))
      this.#parts.onAsked()
    }
  }

  #answered (id: number, at: number): Want | undefined {
    const want = this.#wants.get(id)
    if (want === undefined) {
      if (id <= this.#parts.lastId()) return undefined
      throw new BadInputError('the peer answered what nobody wanted')
    }
    if (!want.open.delete(at)) throw new BadInputError('the peer answered what nobody wanted')
    want.get.outstanding--
    this.#outstanding--
    if (want.open.size === 0) this.#forget(id, want)
    return want
  }

  #forget (id: number, { get }: Want): void {
    this.#wants.delete(id)
    get.wants.delete(id)
    // Others may have waited for room in what the stream takes.
    for (const other of this.#gets) if (other !== get && other.asked < other.cids.length) other.wake()
  }

  /** Takes back what is still wanted. */
  #end (get: Get): void {
    this.#gets.delete(get)
    for (const id of [...get.wants]) {
      const want = this.#wants.get(id)
      if (want === undefined) continue
      this.#outstanding -= want.open.size
      this.#forget(id, want)
      if (this.#closed === undefined) this.#parts.outbox.frame(encodeBlobFrame({ cancel: { id } }))
    }
  }
}
