/**
 * One file's blocks on their way to this node: what readers wait for is asked of holders as the schedule says, checked
 * before anything else is done with it, kept, and handed on.
 */
import { AbortedError, CheckedBlock, cidText, ProofError, toPetrelError, UnavailableError, type BlobPart, type Cid, type PetrelError } from '../../../protocol/wire/index.js'
import type { NodeLog } from '../../log.js'
import { Arrivals } from './arrivals.js'
import { nobodyGives, type BlockHolder, type Places, type Shelf } from './holder.js'
import { hopeless, NEW_SCHEDULE, stepSchedule, type ScheduleEffect, type ScheduleInput, type ScheduleState } from './schedule.js'
import { Reads, type ReadPlace } from './reads.js'
import type { FetchTiming } from './timing.js'
import { FileTree, requirePart } from './tree.js'

/** What a download works with. */
export interface DownloadParts {
  readonly root: Cid
  /** Of the sealed file. */
  readonly size: number
  readonly shelf: Shelf
  readonly places: Places
  readonly timing: FetchTiming
  readonly log: NodeLog
  /** Called for each block that is kept now and was not here before. */
  readonly onKept: (part: BlobPart) => void
  /** Called when a reader waits and nothing comes for a while, with why: it goes on by itself when somebody gives it. */
  readonly onStill: (why: PetrelError) => void
}

interface Flight { readonly holder: BlockHolder, readonly controller: AbortController, readonly parts: Map<number, BlobPart>, cancelTimer: () => void }

/** See the file's head. */
export class Download {
  readonly tree: FileTree
  readonly #parts: DownloadParts
  readonly #ending = new AbortController()
  readonly #holders = new Map<string, { readonly holder: BlockHolder, readonly unwatch: () => void }>()
  readonly #flights = new Map<number, Flight>()
  readonly #reads: Reads
  readonly #arrivals: Arrivals
  /** Whether an item is on the disk, as far as it was looked up. */
  readonly #here = new Map<number, boolean>()
  /** Items that are being written. */
  readonly #fresh = new Map<number, Uint8Array>()
  readonly #keeping = new Set<Promise<void>>()
  #schedule: ScheduleState = NEW_SCHEDULE
  #stopWaiting: () => void = () => undefined
  /** Somebody has jumped to another place: what is asked for next goes before what was. */
  #isHurried = false
  /** Why nothing more can come, for good. */
  #broken: Error | undefined
  /** The last trouble with a holder, and with one that lied. */
  #trouble: unknown
  #lie: ProofError | undefined

  /** @throws BadInputError, TooLargeError when no blob has this root and size */
  constructor (parts: DownloadParts) {
    this.#parts = parts
    this.tree = new FileTree(parts.root, parts.size)
    this.#arrivals = new Arrivals(parts.timing, () => { parts.onStill(this.#noneLeft()) })
    this.#reads = new Reads(parts.timing.aheadChunks)
  }

  /** Whether nobody reads. */
  get isIdle (): boolean { return this.#reads.isIdle }

  /** Whether it is over: every read from now on fails. */
  get isBroken (): boolean { return this.#broken !== undefined }

  /** Makes a holder known. The same one again changes nothing. */
  addHolder (holder: BlockHolder): void {
    if (this.#ending.signal.aborted || this.#holders.has(holder.name)) return
    const unwatch = holder.onReady?.(() => { this.#input({ type: 'rested', name: holder.name }) }) ?? (() => undefined)
    this.#holders.set(holder.name, { holder, unwatch })
    this.#input({ type: 'holder', name: holder.name, rank: holder.rank })
  }

  /** Begins to read at a leaf: from now on it and some of the next ones are wanted. */
  open (first: number, last: number): ReadPlace { return this.#reads.open(first, last) }

  /** What this reader alone wanted is wanted no more. */
  close (place: ReadPlace): void {
    this.#reads.close(place)
    this.#want()
  }

  /**
   * A leaf's sealed bytes, checked. The reader stands there from now on; when it asks for the next leaf, or is closed,
   * these bytes are no more what they were.
   *
   * @throws UnavailableError when nobody gives it in time, ProofError when nobody gives it truly or the file's tree does
   * not hold, ReadOnlyError when it cannot be kept, AbortedError
   */
  async leaf (place: ReadPlace, leaf: number, signal: AbortSignal): Promise<Uint8Array> {
    this.#reads.handIn(place)
    if (leaf !== place.next) this.#isHurried = true
    place.at = leaf
    place.next = leaf + 1
    for (;;) {
      if (signal.aborted) throw new AbortedError(undefined, { cause: signal.reason })
      if (this.#broken !== undefined) throw this.#broken
      await this.#lookAhead(place, signal)
      this.#want()
      const wasHere = this.#here.get(leaf) === true
      const fresh = this.#fresh.get(leaf)
      if (fresh !== undefined) return this.#reads.hand(place, fresh)
      const kept = await this.#kept(leaf, signal)
      if (kept !== undefined) return kept
      // It may have come in between, or must be asked for now.
      if (wasHere || this.#fresh.has(leaf) || this.#here.get(leaf) === true) continue
      const item = this.tree.next(leaf)
      if (hopeless(this.#schedule).includes(item)) throw this.#noneLeft()
      await this.#arrivals.wait(item, signal, () => this.#noneLeft())
    }
  }

  /** Ends it: who waits is told. What came is still kept. */
  end (error: Error = new UnavailableError('the node is stopping')): void {
    this.#broken ??= error
    this.#ending.abort(this.#broken)
    this.#stopWaiting()
    for (const { unwatch } of this.#holders.values()) unwatch()
    for (const [number] of this.#flights) this.#cancel(number)
    this.#arrivals.fail(this.#broken)
  }

  /** Resolves when nothing that came is on its way to the disk. */
  async idle (): Promise<void> { await Promise.all(this.#keeping) }

  async #kept (item: number, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const part = this.tree.part(item)
    if (part === undefined || this.#here.get(item) !== true) return undefined
    const bytes = await this.#parts.shelf.get(part.cid, { signal })
    // Purged or damaged since: it is fetched again.
    if (bytes === undefined) this.#here.set(item, false)
    return bytes
  }

  /** Finds out what of the reader's next leaves is here, index nodes first. */
  async #lookAhead (place: ReadPlace, signal: AbortSignal): Promise<void> {
    const unknown: BlobPart[] = []
    for (const leaf of this.#reads.window(place)) {
      for (let item = this.tree.next(leaf); item !== leaf && this.#here.get(item) !== false; item = this.tree.next(leaf)) {
        const part = this.tree.part(item)
        const bytes = part === undefined ? undefined : await this.#parts.shelf.get(part.cid, { signal })
        this.#here.set(item, bytes !== undefined)
        if (bytes !== undefined) this.tree.learn(item, bytes)
      }
      const part = this.tree.part(leaf)
      if (part !== undefined && this.#here.get(leaf) === undefined) unknown.push(part)
    }
    if (unknown.length === 0) return
    const here = await this.#parts.shelf.has(unknown.map(({ cid }) => cid), { signal })
    for (const [i, { first }] of unknown.entries()) if (this.#here.get(first) === undefined) this.#here.set(first, here[i] === true)
  }

  /** The readers' next leaves that are not here. */
  #want (): void {
    const items = this.#reads.next().map(leaf => this.tree.next(leaf))
    this.#input({ type: 'want', items: items.filter(item => this.#here.get(item) === false && !this.#fresh.has(item)) })
  }

  #input (input: ScheduleInput): void {
    const { places, timing } = this.#parts
    const { state, effects } = stepSchedule(this.#schedule, input, { ...timing, room: this.#ending.signal.aborted ? 0 : places.free })
    this.#schedule = state
    for (const effect of effects) this.#do(effect)
    this.#stopWaiting()
    if (!this.#ending.signal.aborted && state.wanted.length > 0 && places.free <= 0) this.#stopWaiting = places.wait(() => { this.#input({ type: 'room' }) })
    const lost = hopeless(state)
    if (lost.length > 0) this.#arrivals.failThose(lost, this.#noneLeft())
  }

  #do (effect: ScheduleEffect): void {
    if (effect.type === 'ask') this.#ask(effect)
    else if (effect.type === 'cancel') this.#cancel(effect.request)
    else this.#parts.timing.after(effect.ms, () => { this.#input({ type: 'rested', name: effect.holder }) })
  }

  #ask ({ request, holder: name, items }: Extract<ScheduleEffect, { type: 'ask' }>): void {
    const holder = this.#holders.get(name)?.holder
    const parts = new Map<number, BlobPart>()
    for (const item of items) {
      const part = this.tree.part(item)
      if (part !== undefined) parts.set(item, part)
    }
    if (holder === undefined) return
    this.#parts.places.take(parts.size)
    const flight: Flight = { holder, controller: new AbortController(), parts, cancelTimer: () => undefined }
    this.#flights.set(request, flight)
    const first = this.#isHurried
    this.#isHurried = false
    void this.#fly(request, flight, first)
  }

  async #fly (request: number, flight: Flight, first: boolean): Promise<void> {
    const { holder, controller: { signal }, parts } = flight
    const byCid = new Map<string, number[]>()
    for (const [item, { cid }] of parts) byCid.set(cidText(cid), [...byCid.get(cidText(cid)) ?? [], item])
    this.#arm(request, flight)
    try {
      for await (const given of holder.get([...parts.values()].map(part => part.cid), { signal, first })) {
        if (signal.aborted) return
        const { cid, bytes } = given
        const items = byCid.get(cidText(cid))
        if (items === undefined || !byCid.delete(cidText(cid))) throw new ProofError('a holder sent a block that it was not asked for, or twice')
        const block = given instanceof CheckedBlock ? given : bytes === null ? null : CheckedBlock.of(cid, bytes)
        this.#arm(request, flight)
        for (const item of items) this.#came(request, flight, item, block)
      }
      if (!signal.aborted) this.#over(request, 'done')
    } catch (error) {
      if (signal.aborted) return
      this.#trouble = error
      const lied = error instanceof ProofError
      if (lied) this.#lie = error
      this.#parts.log(lied ? 'warn' : 'debug', lied ? 'media.holder.lied' : 'media.holder.failed', { code: toPetrelError(error).code, holder: holder.name.slice(-8) })
      this.#over(request, lied ? 'lied' : 'failed')
    }
  }

  #came (request: number, { parts }: Flight, item: number, block: CheckedBlock | null): void {
    const part = parts.get(item)
    if (part === undefined) return
    parts.delete(item)
    if (block === null) {
      this.#parts.places.give(1)
      this.#input({ type: 'lacks', request, item })
      return
    }
    if (part.depth === 0) this.#reads.use(block.bytes)
    const keeping = this.#keep(item, part, block, request).finally(() => { this.#keeping.delete(keeping) })
    this.#keeping.add(keeping)
  }

  /** Its place is free again once it is on the disk. */
  async #keep (item: number, part: BlobPart, block: CheckedBlock, request: number): Promise<void> {
    const { shelf, places, onKept } = this.#parts
    const { bytes } = block
    try {
      // The bytes are the CID's. If they are no such part of a file, whoever made the file lies, and nobody has a better one.
      requirePart(part, bytes)
      const known = this.#here.get(item) === true || this.#fresh.has(item)
      if (!known) this.#fresh.set(item, bytes)
      if (part.depth === 0) this.#arrivals.arrived(item)
      this.#input({ type: 'arrived', request, item })
      if (known) return
      await shelf.put([block])
      this.#here.set(item, true)
      if (part.depth === 0) this.#reads.used(bytes)
      // An index node is a reason to keep what is below it, so it is on the disk before anybody asks for that.
      if (part.depth > 0) {
        this.tree.learn(item, bytes)
        this.#arrivals.arrived(item)
      }
      onKept(part)
    } catch (error) {
      this.#break(toPetrelError(error))
    } finally {
      if (this.#fresh.get(item) === bytes) this.#fresh.delete(item)
      places.give(1)
    }
  }

  /** Clocks of one request: others may be asked too after a while, and later it is given up. */
  #arm (request: number, flight: Flight): void {
    const { timing: { after, slowMs, stallMs } } = this.#parts
    flight.cancelTimer()
    const late = (how: 'slow' | 'stalled'): void => { this.#input({ type: 'late', request, how }) }
    flight.cancelTimer = after(slowMs, () => {
      late('slow')
      if (this.#flights.has(request)) flight.cancelTimer = after(stallMs - slowMs, () => { late('stalled') })
    })
  }

  #over (request: number, how: 'done' | 'failed' | 'lied'): void {
    this.#land(request)
    this.#input({ type: 'ended', request, how })
  }

  #cancel (request: number): void { this.#land(request)?.controller.abort(new AbortedError('the blocks are not wanted any more')) }

  #land (request: number): Flight | undefined {
    const flight = this.#flights.get(request)
    if (flight === undefined) return undefined
    this.#flights.delete(request)
    flight.cancelTimer()
    this.#parts.places.give(flight.parts.size)
    flight.parts.clear()
    return flight
  }

  #break (error: Error): void {
    this.#broken ??= error
    this.#arrivals.fail(this.#broken)
  }

  #noneLeft (): PetrelError { return nobodyGives([...this.#holders.values()].map(({ holder }) => holder), this.#trouble, this.#lie) }
}
