/**
 * The devices of hosted accounts as this relay has seen them: when, by which class of address, and which run of the
 * device's home spoke last. So a person finds a device it does not know, and a home that was copied is found out:
 * each session of a device brings a new random number and those before it, and a copy does not know the original's.
 */
import { decodeCbor, encodeCbor, ForbiddenError, LIMITS, sameBytes, shape, WAY, type KeyBytes, type Way } from '../../protocol/wire/index.js'
import { Turns, type RecordStore } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import { recordKey, recordKeyRest } from '../record-keys.js'

/** What is known of a device. */
export interface SeenDevice { readonly device: KeyBytes, readonly seen: number, readonly way: Way }
/** What a device says of its home's runs: this session's number, and those before it. */
export interface Runs { readonly run: Uint8Array, readonly before: readonly Uint8Array[] }

const recordShape = shape.tuple(shape.literal(1), shape.uint(), shape.uint(255), shape.bytes({ max: LIMITS.runBytes }))

/** See the file's head. */
export class SeenDevices {
  readonly #records: RecordStore
  /** By account: what is read and written again must be the newest. */
  readonly #turns = new Turns()

  constructor (records: RecordStore) { this.#records = records }

  /**
   * Takes note of a device that opens a session, durably.
   * @throws ForbiddenError with `details.cloned` when the last session here was of a run that its home knows nothing of
   */
  async opened (account: KeyBytes, device: KeyBytes, now: number, way: Way, { run, before }: Runs): Promise<void> {
    await this.#inTurn(account, async () => {
      const last = (await this.#find(account, device))?.run ?? new Uint8Array()
      // Who says nothing of its runs once did: then it is an older program, or a copy that hides. Neither may.
      if (last.length > 0 && !sameBytes(last, run) && !before.some(earlier => sameBytes(last, earlier))) throw clonedError()
      await this.#put(account, device, { seen: now, way, run }, run.length === 0)
    })
  }

  /** Takes note of when a session ended. It may be lost at a crash. */
  async closed (account: KeyBytes, device: KeyBytes, now: number): Promise<void> {
    await this.#inTurn(account, async () => {
      const known = await this.#find(account, device)
      if (known !== undefined) await this.#put(account, device, { ...known, seen: Math.max(known.seen, now) }, true)
    })
  }

  /** Devices of an account that were here within LIMITS.deviceSeenMs, LIMITS.seenDevices at most. */
  async list (account: KeyBytes): Promise<SeenDevice[]> {
    return await this.#inTurn(account, async () => {
      const all: SeenDevice[] = []
      for await (const [key, { value }] of this.#records.list(recordKey('deviceSeen', account))) {
        const { seen, way } = decode(value)
        if (all.length >= LIMITS.seenDevices) break
        all.push({ device: recordKeyRest('deviceSeen', key).slice(account.length), seen, way })
      }
      return all
    })
  }

  /** Forgets all devices of an account. */
  async forget (account: KeyBytes): Promise<void> {
    for (const { device } of await this.list(account)) await this.#records.delete(recordKey('deviceSeen', account, device))
  }

  async #inTurn<T> (account: KeyBytes, work: () => Promise<T>): Promise<T> { return await this.#turns.run(mapKey(account), undefined, work) }

  async #find (account: KeyBytes, device: KeyBytes): Promise<ReturnType<typeof decode> | undefined> {
    const record = await this.#records.get(recordKey('deviceSeen', account, device))
    return record === undefined ? undefined : decode(record.value)
  }

  async #put (account: KeyBytes, device: KeyBytes, { seen, way, run }: { seen: number, way: Way, run: Uint8Array }, soft: boolean): Promise<void> {
    await this.#records.put(recordKey('deviceSeen', account, device), encodeCbor([1, seen, way, run]), { ttl: LIMITS.deviceSeenMs, soft })
  }
}

function clonedError (): ForbiddenError {
  return new ForbiddenError('another copy of this device\'s home has been here since: two must never run. Go on with that one, and make this one a device of its own', { details: { cloned: true } })
}

function decode (value: Uint8Array): { seen: number, way: Way, run: Uint8Array } {
  const [, seen, way, run] = recordShape(decodeCbor(value, 256), 'a seen device')
  return { seen, way: Object.values(WAY).find(known => known === way) ?? WAY.unknown, run }
}
