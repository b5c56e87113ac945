/** Frames that wait on the disk for devices that are away, and the addresses at which they may. What waits is bounded by account, by address and by age. */
import { CorruptError, decodeCbor, encodeCbor, ForbiddenError, keyShape, LIMITS, NotFoundError, QuotaError, sameBytes, shape, TooLargeError, type KeyBytes } from '../../protocol/wire/index.js'
import type { Clock, RecordStore } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import { recordKey } from '../record-keys.js'

/** A frame that waits. Numbers rise at each address. */
export interface KeptFrame { readonly number: number, readonly frame: Uint8Array }

/** What waits: all of an account's, what waits at its open addresses, or what strangers left there. */
interface Share { frames: number, bytes: number }

/** What waits at an address: how many, and the last number. */
interface Here { readonly isOpen: boolean, count: number, strangers: number, last: number }

/** What waits for an account, and at each of its addresses, by map key. */
interface Use extends Share { readonly open: Share, readonly strangers: Share, readonly at: Map<string, Here> }

/** Whether whoever posts a frame is somebody that an account knows: no stranger. */
export type IsKnown = (account: KeyBytes) => Promise<boolean>

/** An address of an account, and how many frames may wait at it. It is open where those are few: others know it than contacts, as they know a key package's. */
interface Address { readonly account: KeyBytes, readonly most: number, readonly isOpen: boolean }

const NUMBER_BYTES = 8
// Several frames of one millisecond have numbers of their own, also after a restart.
const NUMBERS_PER_MS = 1024
const addressShape = shape.tuple(shape.literal(1), keyShape, shape.uint(LIMITS.keptFramesPerAddress, 1))

function u64 (n: number): Uint8Array {
  const out = new Uint8Array(NUMBER_BYTES)
  new DataView(out.buffer).setBigUint64(0, BigInt(n))
  return out
}

/** See the file's head. */
export class KeptFrames {
  readonly #records: RecordStore
  readonly #clock: Clock
  /** What waits for an account, by its map key; counted when it is first asked for. */
  readonly #uses = new Map<string, Promise<Use>>()
  /** At how many addresses of an account frames are kept, or more: see {@link #addresses}. */
  readonly #held = new Map<string, number>()
  /** The end of the last write under way at an address, by its map key. */
  readonly #writing = new Map<string, Promise<unknown>>()
  #number = 0

  constructor (records: RecordStore, clock: Clock) {
    this.#records = records
    this.#clock = clock
  }

  /**
   * Keeps frames at addresses for an account, from now on and for LIMITS.keptAddressMs after the last time: at most
   * `most` at each, LIMITS.keptFramesPerAddress unless told.
   *
   * @throws ForbiddenError for another account's address; QuotaError over LIMITS.keptAddresses
   */
  async keep (account: KeyBytes, addresses: readonly Uint8Array[], most: number = LIMITS.keptFramesPerAddress): Promise<void> {
    const fresh: Uint8Array[] = []
    for (const address of addresses) {
      const owner = await this.owner(address)
      if (owner !== undefined && !sameBytes(owner, account)) throw new ForbiddenError('frames are kept there for somebody else')
      if (owner === undefined) fresh.push(address)
    }
    if (fresh.length > 0) {
      const held = await this.#addresses(account, fresh.length)
      if (held + fresh.length > LIMITS.keptAddresses) throw new QuotaError(`frames are kept for an account at no more than ${LIMITS.keptAddresses} addresses`, { details: { max: LIMITS.keptAddresses, held } })
    }
    const ttl = LIMITS.keptAddressMs
    await Promise.all(addresses.flatMap(address => [
      this.#records.put(recordKey('keptFor', account, address), encodeCbor([1]), { ttl }),
      this.#records.put(recordKey('keptAddress', address), encodeCbor([1, account, Math.min(most, LIMITS.keptFramesPerAddress)]), { ttl })
    ]))
  }

  /** At how many addresses frames are kept for an account; no fewer than there are, and counted when `more` would be too many: those whose time was up went by themselves. */
  async #addresses (account: KeyBytes, more: number): Promise<number> {
    const name = mapKey(account)
    const known = this.#held.get(name)
    let held = known ?? 0
    if (known === undefined || known + more > LIMITS.keptAddresses) {
      held = 0
      for await (const [_key] of this.#records.list(recordKey('keptFor', account))) held++
    }
    if (held + more <= LIMITS.keptAddresses) this.#held.set(name, held + more)
    return held
  }

  /** Keeps nothing there any more. @returns how many frames went with it */
  async forget (account: KeyBytes, addresses: readonly Uint8Array[]): Promise<number> {
    // Side by side, so that they share the disk's writes.
    const gone = await Promise.all(addresses.map(async address => await this.#forgetOne(account, address)))
    return gone.reduce((sum, count) => sum + count, 0)
  }

  async #forgetOne (account: KeyBytes, address: Uint8Array): Promise<number> {
    const owner = await this.owner(address)
    if (owner === undefined || !sameBytes(owner, account)) return 0
    const [wasThere] = await Promise.all([this.#records.delete(recordKey('keptAddress', address)), this.#records.delete(recordKey('keptFor', account, address))])
    const held = this.#held.get(mapKey(account))
    if (held !== undefined && wasThere) this.#held.set(mapKey(account), Math.max(0, held - 1))
    return await this.drop(account, address, Number.MAX_SAFE_INTEGER)
  }

  /** For whom frames are kept at an address. */
  async owner (address: Uint8Array): Promise<KeyBytes | undefined> { return (await this.#place(address))?.account }

  async #place (address: Uint8Array): Promise<Address | undefined> {
    const stored = await this.#records.get(recordKey('keptAddress', address))
    if (stored === undefined) return undefined
    const [, account, most] = addressShape(decodeCbor(stored.value, 256), 'kept address')
    return { account, most, isOpen: isOpenAddress(most) }
  }

  /** A number for a frame that is handed over before it is written: behind all others, and behind `last`. */
  numberBehind (last: number): number {
    // Over a restart, and whatever the clock does, a frame comes behind those that wait.
    return this.#number = Math.max(this.#number + 1, last + 1, Math.floor(this.#clock.now()) * NUMBERS_PER_MS)
  }

  /** At an open address the numbers of strangers' frames are odd: so they are known after a restart too. */
  #numberOf (isStranger: boolean, last: number): number {
    const number = this.numberBehind(last)
    return isOdd(number) === isStranger ? number : this.numberBehind(number)
  }

  /**
   * Keeps a frame, durably; under `number` if it has one already, and none with a higher one waits.
   *
   * @returns for whom, and its number
   * @throws NotFoundError when none are kept there; TooLargeError for what is too large for an open address; QuotaError when too many or too much waits already
   */
  async put (address: Uint8Array, frame: Uint8Array, { number = 0, isKnown = allKnown }: { number?: number | undefined, isKnown?: IsKnown | undefined } = {}): Promise<{ account: KeyBytes, number: number }> {
    const place = await this.#place(address)
    if (place === undefined) throw new NotFoundError('no frames are kept at this pipe address')
    const { account, most, isOpen } = place
    if (isOpen) requireOpenSize(frame)
    const isStranger = isOpen && !await isKnown(account)
    const use = await this.#use(account)
    const name = mapKey(address)
    const here = use.at.get(name) ?? { isOpen, count: 0, strangers: 0, last: 0 }
    if (isFull(use, frame, LIMITS.keptFrames, LIMITS.keptFrameBytes) || here.count >= most || (here.isOpen && isFull(use.open, frame, LIMITS.keptOpenFrames, LIMITS.keptOpenBytes)) ||
        (isStranger && (here.strangers >= LIMITS.keptStrangersPerAddress || isFull(use.strangers, frame, LIMITS.keptStrangersFrames, LIMITS.keptStrangersBytes)))) {
      // Those whose time was up went by themselves: the next one finds them counted anew.
      this.#uses.delete(mapKey(account))
      throw new QuotaError('as many frames wait for this device as are kept: it must come first', { details: { frames: use.frames, bytes: use.bytes, here: here.count } })
    }
    const own = isOpen ? this.#numberOf(isStranger, here.last) : number > here.last ? number : this.numberBehind(here.last)
    use.at.set(name, here)
    count(use, here, 1, { number: own, bytes: frame.length })
    here.last = own
    try {
      await this.#inOrder(name, async () => {
        await this.#records.put(recordKey('keptFrame', account, address, u64(own)), frame, { ttl: LIMITS.keptFrameMs })
        // Who counted meanwhile did not see it.
        if (await this.#use(account) !== use) this.#uses.delete(mapKey(account))
      })
    } catch (error) {
      count(use, here, -1, { number: own, bytes: frame.length })
      throw error
    }
    return { account, number: own }
  }

  /** One after another: a frame that came onto the disk behind a later one would be dropped with it, before it is handed over. */
  async #inOrder (name: string, write: () => Promise<unknown>): Promise<void> {
    const written = (this.#writing.get(name) ?? Promise.resolve()).then(write)
    const ended = written.catch(() => undefined)
    this.#writing.set(name, ended)
    try {
      await written
    } finally {
      if (this.#writing.get(name) === ended) this.#writing.delete(name)
    }
  }

  /** The frames that wait at an address, behind a number, at most `limit`. */
  async after (account: KeyBytes, address: Uint8Array, number: number, limit: number): Promise<KeptFrame[]> {
    if (!await this.waitAt(account, address)) return []
    const prefix = recordKey('keptFrame', account, address)
    const frames: KeptFrame[] = []
    for await (const [key, { value }] of this.#records.list(prefix, { after: recordKey('keptFrame', account, address, u64(number)), limit })) frames.push({ number: numberIn(key, prefix), frame: value })
    return frames
  }

  /** Drops frames up to and including a number. @returns how many there were */
  async drop (account: KeyBytes, address: Uint8Array, through: number): Promise<number> {
    if (!await this.waitAt(account, address)) return 0
    const prefix = recordKey('keptFrame', account, address)
    const taken: Array<{ key: Uint8Array, number: number, bytes: number }> = []
    for await (const [key, { value }] of this.#records.list(prefix)) {
      const number = numberIn(key, prefix)
      if (number > through) break
      taken.push({ key, number, bytes: value.length })
    }
    if (taken.length === 0) return 0
    const use = await this.#use(account)
    const gone = await Promise.all(taken.map(async one => await this.#records.delete(one.key) ? one : undefined))
    const name = mapKey(address)
    const here = use.at.get(name)
    for (const one of gone) if (one !== undefined && here !== undefined) count(use, here, -1, one)
    if (here?.count === 0) use.at.delete(name)
    return taken.length
  }

  /** Forgets everything that is kept for an account. */
  async endAccount (account: KeyBytes): Promise<void> {
    const prefix = recordKey('keptFor', account)
    const addresses: Uint8Array[] = []
    for await (const [key] of this.#records.list(prefix)) addresses.push(key.slice(prefix.length))
    await this.forget(account, addresses)
    // What waited at an address whose time was up.
    for await (const [key] of this.#records.list(recordKey('keptFrame', account))) await this.#records.delete(key)
    this.#uses.delete(mapKey(account))
    this.#held.delete(mapKey(account))
  }

  /** Whether frames may wait at an address on the disk, once those that are on their way there are. */
  async waitAt (account: KeyBytes, address: Uint8Array): Promise<boolean> {
    await this.#writing.get(mapKey(address))
    return (await this.#use(account)).at.has(mapKey(address))
  }

  async #use (account: KeyBytes): Promise<Use> {
    const name = mapKey(account)
    let use = this.#uses.get(name)
    if (use === undefined) this.#uses.set(name, use = this.#counted(account))
    try {
      return await use
    } catch (error) {
      this.#uses.delete(name)
      throw error
    }
  }

  async #counted (account: KeyBytes): Promise<Use> {
    const use: Use = { frames: 0, bytes: 0, open: { frames: 0, bytes: 0 }, strangers: { frames: 0, bytes: 0 }, at: new Map() }
    const prefix = recordKey('keptFrame', account)
    for await (const [key, { value }] of this.#records.list(prefix)) {
      const address = key.subarray(prefix.length, -NUMBER_BYTES)
      const here = use.at.get(mapKey(address)) ?? { isOpen: (await this.#place(address))?.isOpen ?? false, count: 0, strangers: 0, last: 0 }
      use.at.set(mapKey(address), here)
      here.last = numberIn(key, recordKey('keptFrame', account, address))
      count(use, here, 1, { number: here.last, bytes: value.length })
    }
    return use
  }
}

function count (use: Use, here: Here, frames: 1 | -1, { number, bytes }: { readonly number: number, readonly bytes: number }): void {
  const isStranger = here.isOpen && isOdd(number)
  for (const share of [use, ...here.isOpen ? [use.open] : [], ...isStranger ? [use.strangers] : []]) {
    share.frames += frames
    share.bytes += frames * bytes
  }
  here.count += frames
  if (isStranger) here.strangers += frames
}

const isOdd = (number: number): boolean => number % 2 === 1

const allKnown: IsKnown = async () => true

function isFull ({ frames, bytes }: Share, { length }: Uint8Array, mostFrames: number, mostBytes: number): boolean { return frames >= mostFrames || bytes + length > mostBytes }

/** Whether an address at which so many frames may wait is open to others than contacts. */
export function isOpenAddress (most: number): boolean { return most < LIMITS.keptFramesPerAddress }

/** Checks the size of a frame for an open address. @throws TooLargeError */
function requireOpenSize ({ length }: Uint8Array): void {
  if (length > LIMITS.keptOpenFrameBytes) throw new TooLargeError(`a frame at this pipe address has at most ${LIMITS.keptOpenFrameBytes} bytes`, { details: { bytes: length, limit: LIMITS.keptOpenFrameBytes } })
}

function numberIn (key: Uint8Array, prefix: Uint8Array): number {
  if (key.length !== prefix.length + NUMBER_BYTES) throw new CorruptError('a kept frame\'s key does not decode: restore from a backup or run doctor')
  return Number(new DataView(key.buffer, key.byteOffset, key.length).getBigUint64(prefix.length))
}
