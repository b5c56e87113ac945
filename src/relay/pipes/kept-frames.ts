/** Frames that wait on the disk for devices that are away, and the addresses at which they may. What waits is bounded by account, by address and by age. */
import { CorruptError, decodeCbor, encodeCbor, ForbiddenError, keyShape, LIMITS, NotFoundError, QuotaError, sameBytes, shape, type KeyBytes } from '../../protocol/wire/index.js'
import type { Clock, RecordStore } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import { recordKey } from '../record-keys.js'

/** A frame that waits. Numbers rise at each address. */
export interface KeptFrame { readonly number: number, readonly frame: Uint8Array }

/** What waits for an account, and at each of its addresses, by map key: how many, the last number, and the end of the last write. */
interface Use { frames: number, bytes: number, readonly at: Map<string, { count: number, last: number, written: Promise<unknown> }> }

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
    let gone = 0
    for (const address of addresses) {
      const owner = await this.owner(address)
      if (owner === undefined || !sameBytes(owner, account)) continue
      await this.#records.delete(recordKey('keptAddress', address))
      await this.#records.delete(recordKey('keptFor', account, address))
      const held = this.#held.get(mapKey(account))
      if (held !== undefined) this.#held.set(mapKey(account), Math.max(0, held - 1))
      gone += await this.drop(account, address, Number.MAX_SAFE_INTEGER)
    }
    return gone
  }

  /** For whom frames are kept at an address. */
  async owner (address: Uint8Array): Promise<KeyBytes | undefined> { return (await this.#place(address))?.account }

  async #place (address: Uint8Array): Promise<{ account: KeyBytes, most: number } | undefined> {
    const stored = await this.#records.get(recordKey('keptAddress', address))
    if (stored === undefined) return undefined
    const [, account, most] = addressShape(decodeCbor(stored.value, 256), 'kept address')
    return { account, most }
  }

  /**
   * Keeps a frame, durably.
   *
   * @returns for whom, and its number
   * @throws NotFoundError when none are kept there; QuotaError when too many or too much waits already
   */
  async put (address: Uint8Array, frame: Uint8Array): Promise<{ account: KeyBytes, number: number }> {
    const place = await this.#place(address)
    if (place === undefined) throw new NotFoundError('no frames are kept at this pipe address')
    const { account, most } = place
    const use = await this.#use(account)
    const name = mapKey(address)
    const here = use.at.get(name) ?? { count: 0, last: 0, written: Promise.resolve() }
    if (use.frames >= LIMITS.keptFrames || use.bytes + frame.length > LIMITS.keptFrameBytes || here.count >= most) {
      // Those whose time was up went by themselves: the next one finds them counted anew.
      this.#uses.delete(mapKey(account))
      throw new QuotaError('as many frames wait for this device as are kept: it must come first', { details: { frames: use.frames, bytes: use.bytes, here: here.count } })
    }
    // Over a restart, and whatever the clock does, a frame comes behind those that wait.
    const number = this.#number = Math.max(this.#number + 1, here.last + 1, Math.floor(this.#clock.now()) * NUMBERS_PER_MS)
    use.at.set(name, here)
    count(use, here, 1, frame.length)
    here.last = number
    // One after another: a frame that came onto the disk behind a later one would be dropped with it, before it is handed over.
    const written = here.written.then(() => this.#records.put(recordKey('keptFrame', account, address, u64(number)), frame, { ttl: LIMITS.keptFrameMs }))
    here.written = written.catch(() => undefined)
    try {
      await written
    } catch (error) {
      count(use, here, -1, frame.length)
      throw error
    }
    return { account, number }
  }

  /** The frames that wait at an address, behind a number, at most `limit`. */
  async after (account: KeyBytes, address: Uint8Array, number: number, limit: number): Promise<KeptFrame[]> {
    const prefix = recordKey('keptFrame', account, address)
    const frames: KeptFrame[] = []
    for await (const [key, { value }] of this.#records.list(prefix, { after: recordKey('keptFrame', account, address, u64(number)), limit })) frames.push({ number: numberIn(key, prefix), frame: value })
    return frames
  }

  /** Drops frames up to and including a number. @returns how many there were */
  async drop (account: KeyBytes, address: Uint8Array, through: number): Promise<number> {
    const prefix = recordKey('keptFrame', account, address)
    const taken: Array<{ key: Uint8Array, bytes: number }> = []
    for await (const [key, { value }] of this.#records.list(prefix)) {
      if (numberIn(key, prefix) > through) break
      taken.push({ key, bytes: value.length })
    }
    if (taken.length === 0) return 0
    const use = await this.#use(account)
    const gone = await Promise.all(taken.map(async ({ key, bytes }) => await this.#records.delete(key) ? bytes : undefined))
    const name = mapKey(address)
    const here = use.at.get(name)
    for (const bytes of gone) if (bytes !== undefined && here !== undefined) count(use, here, -1, bytes)
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
    const use: Use = { frames: 0, bytes: 0, at: new Map() }
    const prefix = recordKey('keptFrame', account)
    for await (const [key, { value }] of this.#records.list(prefix)) {
      const address = key.subarray(prefix.length, -NUMBER_BYTES)
      const here = use.at.get(mapKey(address)) ?? { count: 0, last: 0, written: Promise.resolve() }
      use.at.set(mapKey(address), here)
      count(use, here, 1, value.length)
      here.last = numberIn(key, recordKey('keptFrame', account, address))
    }
    return use
  }
}

function count (use: Use, here: { count: number }, frames: 1 | -1, bytes: number): void {
  use.frames += frames
  use.bytes += frames * bytes
  here.count += frames
}

function numberIn (key: Uint8Array, prefix: Uint8Array): number {
  if (key.length !== prefix.length + NUMBER_BYTES) throw new CorruptError('a kept frame\'s key does not decode: restore from a backup or run doctor')
  return Number(new DataView(key.buffer, key.byteOffset, key.length).getBigUint64(prefix.length))
}
