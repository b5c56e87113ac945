/** One file on its way to a home, for all messages that wait for it: tried at the homes that are there, again after a refusal, until it is there or cannot be. */
import type { MediaTransfer } from '../../protocol/api/index.js'
import type { Holder } from '../../protocol/message/index.js'
import { AbortedError, base32Text, BadInputError, InternalError, LIMITS, peerIdText, PetrelError, QuotaError, sameBytes, toPetrelError, TooLargeError, UnavailableError } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import { shortId } from '../log.js'
import { RetryTimer } from '../retry-timer.js'
import type { FileRecord } from './file-record.js'
import type { MediaHome } from './home.js'
import { LostError } from './tree.js'
import type { Lane, LaneTask } from './lane.js'
import { uploadFile } from './upload.js'
import type { UploaderParts, Waiter, Wanted } from './upload-types.js'

/** What a job works with. */
export interface UploadJobParts extends UploaderParts {
  readonly wanted: Wanted
  readonly lane: Lane
  readonly onSent: (bytes: number) => void
  /** The job is over. */
  readonly onEnd: () => void
  /** No home could be reached. */
  readonly onUnreached: () => void
}

/** See the file's head. */
export class UploadJob implements LaneTask {
  readonly waiters = new Set<Waiter>()
  readonly #parts: UploadJobParts
  readonly #retry: RetryTimer
  /** Homes that refuse this file, and why. */
  readonly #refusals = new Map<string, PetrelError>()
  #running: Promise<boolean> | undefined
  #ending = new AbortController()
  #isQueued = false
  #isOver = false
  /** Somebody was told that it is on its way. */
  #isTold = false
  #holders: readonly Holder[] = []
  #bytes = 0
  #upload: { readonly home: MediaHome, readonly id: Uint8Array } | undefined

  constructor (parts: UploadJobParts) {
    this.#parts = parts
    const { retryMs = LIMITS.uploadRetryBaseMs, mostMs = LIMITS.uploadRetryMs } = parts.timing ?? {}
    this.#retry = new RetryTimer(() => { this.#queue() }, { first: retryMs, most: mostMs })
  }

  /** Begins. `isReached`: whether a home is there now. */
  begin (isReached: boolean): void {
    if (!isReached) this.#report('waiting', new UnavailableError('no relay of this account can be reached: the file goes when one is'))
    this.#queue()
  }

  /** A home is there (again): what it refused before it may take now. */
  again (isReached: boolean): void {
    if (!isReached || !this.#retry.isOn) return
    this.#retry.reset()
    this.#refusals.clear()
    this.#queue()
  }

  /** Nobody wants it any more: what is on its way is given up, at the relay too. */
  cancel (): void {
    const upload = this.#upload
    this.#end()
    this.#ending.abort()
    this.#parts.transfers.forget(this.#parts.wanted.root, 'upload')
    // It would end by itself in a while.
    upload?.home.dropUpload(upload.id).catch(() => undefined)
  }

  /** Ends what is under way; resolves when nothing is. */
  async stop (): Promise<void> {
    this.#end()
    this.#ending.abort()
    await this.#running
  }

  async run (): Promise<boolean> {
    this.#isQueued = false
    this.#running = this.#try()
    const isDone = await this.#running
    this.#running = undefined
    return isDone
  }

  tell (): void {
    this.#end()
    void this.#handOver()
    for (const waiter of [...this.waiters]) waiter.ready(this.#holders)
  }

  #queue (): void {
    if (this.#isQueued || this.#isOver || this.#running !== undefined) return
    this.#isQueued = true
    this.#parts.lane.add(this)
  }

  #end (): void {
    this.#isOver = true
    this.#retry.stop()
    this.#parts.lane.remove(this)
    this.#parts.onEnd()
  }

  async #try (): Promise<boolean> {
    const { wanted, turns, log } = this.#parts
    try {
      this.#holders = await turns.run(base32Text(wanted.root), undefined, async () => await this.#bring())
      return !this.#isOver
    } catch (thrown) {
      if (this.#isOver) return false
      const error = toPetrelError(thrown)
      log('info', 'media.upload', { file: shortId(base32Text(wanted.root)), code: error.code })
      if (this.#isFinal(error)) await this.#failed(error)
      else this.#later(error)
      return false
    }
  }

  #later (error: PetrelError): void {
    this.#report('waiting', error)
    if (error instanceof UnavailableError) this.#parts.onUnreached()
    this.#retry.later(error.details.retryMs)
  }

  /** Every home there is has said for good that it does not take it, or it is not here any more. */
  #isFinal (error: PetrelError): boolean {
    if (error instanceof LostError) return true
    const homes = this.#parts.homes()
    const isNo = (one: PetrelError | undefined): boolean =>
      one instanceof TooLargeError || one instanceof BadInputError || (one instanceof QuotaError && one.details.quotaFileBytes !== undefined)
    return homes.length > 0 && homes.every(home => isNo(this.#refusals.get(peerIdText(home.peer))))
  }

  async #failed (error: PetrelError): Promise<void> {
    this.#end()
    await this.#told(this.#report('failed', error)).catch((thrown: unknown) => { this.#parts.log('warn', 'media.transfer', { code: thrown instanceof PetrelError ? thrown.code : InternalError.code }) })
    for (const waiter of [...this.waiters]) waiter.failed(error)
  }

  /** Runs in the file's turn, so that nobody lets go of it at a home meanwhile. */
  async #bring (): Promise<readonly Holder[]> {
    const { table, keeper, wanted: { root, size, sources } } = this.#parts
    const homes = this.#parts.homes()
    const file = await this.#asHeld(await table.file(root), homes)
    const known = file?.homes.filter(one => homes.some(home => sameBytes(home.peer, one.peer))) ?? []
    if (known.length > 0) {
      // Nothing moves, but who heard that it waits must hear that it waits no more.
      if (this.#isTold) await this.#arrived()
      return known
    }
    // What only this account's homes are said to have they have, or nobody has.
    const others = sources.filter(one => !homes.some(home => sameBytes(home.peer, one.peer)))
    const home = this.#choose(homes)
    try {
      if (file !== undefined && await keeper.hold(root, size)) {
        await this.#send(home, file)
        await this.#adopt()
      } else if (!await home.lease(root, size, others, { signal: this.#ending.signal }) && others.length === 0) {
        await home.release(root)
        throw new LostError('the file\'s bytes are not here any more: add it again')
      }
    } catch (error) {
      if (error instanceof PetrelError && !(error instanceof LostError)) this.#refusals.set(peerIdText(home.peer), error)
      throw error
    }
    const holder: Holder = { peer: home.peer, addrs: [...home.addrs] }
    await this.#arrived(file === undefined ? [] : [table.put({ ...file, homes: [...file.homes, holder].slice(-LIMITS.homeRelays) })])
    return [holder]
  }

  /** The file without homes that do not hold it any more: an operator may have taken it down, or nobody had read it for long. One that is away is believed. */
  async #asHeld (file: FileRecord | undefined, homes: readonly MediaHome[]): Promise<FileRecord | undefined> {
    if (file === undefined) return undefined
    const { table, wanted: { root, size } } = this.#parts
    const gone: MediaHome[] = []
    for (const home of homes.filter(one => one.isConnected && file.homes.some(({ peer }) => sameBytes(peer, one.peer)))) {
      try {
        if (!await home.lease(root, size, [], { signal: this.#ending.signal })) gone.push(home)
      } catch (error) {
        if (!(error instanceof PetrelError) || error instanceof UnavailableError || error instanceof AbortedError) throw error
        this.#refusals.set(peerIdText(home.peer), error)
        gone.push(home)
      }
    }
    if (gone.length === 0) return file
    const held = { ...file, homes: file.homes.filter(({ peer }) => !gone.some(one => sameBytes(peer, one.peer))) }
    await table.kv.batch([table.put(held)])
    return held
  }

  /** What is at a home need not stay here: it is kept while there is room, as others' files are. */
  async #handOver (): Promise<void> {
    const { wanted: { root, size }, keeper, log } = this.#parts
    try {
      if (await keeper.hold(root, size) && await this.#adopt()) await keeper.release(root)
    } catch (error) {
      // It stays where it is: too much is kept, and nothing lost.
      log('info', 'media.adopt', { code: error instanceof PetrelError ? error.code : InternalError.code })
    }
  }

  /** Whole here, and said to be, also at the moment when a home has it too: that is why it is done before anybody hears that it has. */
  async #adopt (): Promise<boolean> {
    const { wanted: { root, size }, shelf, log } = this.#parts
    try {
      await shelf.adopt(root, size)
      return true
    } catch (error) {
      log('info', 'media.adopt', { code: error instanceof PetrelError ? error.code : InternalError.code })
      return false
    }
  }

  async #send (home: MediaHome, file: FileRecord): Promise<void> {
    this.#upload = { home, id: file.upload }
    this.#bytes = 0
    this.#report('running')
    await uploadFile(home, this.#parts.keeper, file, {
      signal: this.#ending.signal,
      onSent: this.#parts.onSent,
      onProgress: bytes => {
        this.#bytes = bytes
        if (!this.#isOver) this.#report('running')
      }
    })
    this.#upload = undefined
  }

  async #arrived (ops: readonly KeyValueOp[] = []): Promise<void> {
    this.#bytes = this.#parts.wanted.size
    await this.#told(this.#report('done'), ops)
  }

  /** The first that is there and does not refuse the file. @throws why there is none */
  #choose (homes: readonly MediaHome[]): MediaHome {
    const there = homes.filter(home => home.isConnected)
    const home = there.find(one => !this.#refusals.has(peerIdText(one.peer)))
    if (home !== undefined) return home
    const refusal = [...this.#refusals.values()][0]
    // All are asked again at the next try.
    if (there.length > 0) this.#refusals.clear()
    const [first] = there
    if (first !== undefined) return first
    if (homes.length === 0) throw new UnavailableError('this account has no relay yet: the file goes once it has one (petrel relays add ADDRESS)')
    throw refusal ?? homes[0]?.lastError ?? new UnavailableError('no relay of this account can be reached: the file goes when one is')
  }

  #report (state: MediaTransfer['state'], error: PetrelError | null = null): MediaTransfer {
    const { transfers, wanted } = this.#parts
    this.#isTold = true
    return transfers.report(wanted.root, { direction: 'upload', state, bytes: this.#bytes, total: wanted.size, error })
  }

  /** How it ended is kept for those who were not there. */
  async #told (transfer: MediaTransfer, ops: readonly KeyValueOp[] = []): Promise<void> {
    await this.#parts.updates.write(ops, [{ type: 'transfer', transfer }])
  }
}
