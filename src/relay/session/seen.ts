/**
 * The devices of hosted accounts as this relay has seen them: when, by which class of address, and which run of the
 * device's home spoke last. So a person finds a device it does not know, and a home that was copied is found out:
 * each session of a device brings a new random number and those before it, and a copy does not know the original's.
 */
import { decodeCbor, encodeCbor, ForbiddenError, LIMITS, ReadOnlyError, sameBytes, shape, WAY, type KeyBytes, type Way } from '../../protocol/wire/index.js'
import { Turns, type RecordStore } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import { recordKey, recordKeyRest } from '../record-keys.js'

/** What is known of a device. */
export interface SeenDevice { readonly device: KeyBytes, readonly seen: number, readonly way: Way }
/**
 * What keeps a device out: its home was copied. `both`: the copy took the place of a session that it goes on from, so both run
 * now. `last`: this one was here last, and may go on when the other is gone; the other never may.
 */
export class ClonedError extends ForbiddenError {
  readonly both: boolean

  constructor ({ both = false, last = false }: { readonly both?: boolean, readonly last?: boolean } = {}) {
    super('another copy of this device\'s home has been here since: two must never run. Go on with one of them, and make the other a device of its own', { details: { cloned: true, ...last ? { last } : {} } })
    this.both = both
  }
}

/** What a device says of its home's runs: this session's number, and those before it. */
export interface Runs { readonly run: Uint8Array, readonly before: readonly Uint8Array[] }

/** A session that begins. `besides`: the device has another one now. */
export interface Opened extends Runs { readonly way: Way, readonly besides: boolean }

const recordShape = shape.tuple(shape.literal(1), shape.uint(), shape.uint(255), shape.bytes({ max: LIMITS.runBytes }), shape.bytes({ max: LIMITS.runBytes }), shape.uint(), shape.uint())

/** See the file's head. */
export class SeenDevices {
  readonly #records: RecordStore
  /** By account: what is read and written again must be the newest. */
  readonly #turns = new Turns()

  constructor (records: RecordStore) { this.#records = records }

  /**
   * Takes note of a device that opens a session, durably. A store that takes nothing keeps nobody from reading: then there
   * is no note, and the next session tells of this one too.
   * @throws ClonedError when the last session here was of a run that its home knows nothing of
   */
  async opened (account: KeyBytes, device: KeyBytes, now: number, { way, run, before, besides }: Opened): Promise<void> {
    await this.#inTurn(account, async () => {
      const kept = await this.#find(account, device) ?? NOTHING
      const { run: last, parent } = kept
      // Who says nothing of its runs once did: then it is an older program, or a copy that hides. Neither may.
      const isKnown = last.length === 0 || [run, ...before].some(earlier => sameBytes(last, earlier))
      if (now < kept.outUntil) throw new ClonedError({ last: isKnown })
      if (!isKnown) {
        // Numbers that its home took since then for sessions that were cut off on their way here are nothing.
        const both = parent.length > 0 && [run, ...before].some(earlier => sameBytes(parent, earlier))
        // The other may be on its way back now: it is to hear it as well.
        if (both) await this.#put(account, device, { ...kept, outUntil: now + LIMITS.clonedOutMs }, true)
        throw new ClonedError({ both })
      }
      const from = sameBytes(last, run) ? parent : besides || now < kept.lost + LIMITS.clonedOutMs ? last : new Uint8Array()
      try {
        await this.#put(account, device, { seen: now, way, run, parent: from, outUntil: 0, lost: 0 }, run.length === 0)
      } catch (error) {
        if (!(error instanceof ReadOnlyError)) throw error
      }
    })
  }

  /** Takes note of when a session ended; `lost`: without a word. It may be lost at a crash. */
  async closed (account: KeyBytes, device: KeyBytes, now: number, lost: boolean): Promise<void> {
    await this.#inTurn(account, async () => {
      const known = await this.#find(account, device)
      if (known !== undefined) await this.#put(account, device, { ...known, seen: Math.max(known.seen, now), lost: lost ? now : 0 }, true)
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

  async #put (account: KeyBytes, device: KeyBytes, { seen, way, run, parent, outUntil, lost }: Kept, soft: boolean): Promise<void> {
    await this.#records.put(recordKey('deviceSeen', account, device), encodeCbor([1, seen, way, run, parent, outUntil, lost]), { ttl: LIMITS.deviceSeenMs, soft })
  }
}

/** What is kept of a device. `parent`: the session whose place the last one took while it was there; `outUntil`: no copy of its home is let in before; `lost`: when a session ended without a word. */
interface Kept { readonly seen: number, readonly way: Way, readonly run: Uint8Array, readonly parent: Uint8Array, readonly outUntil: number, readonly lost: number }

const NOTHING: Kept = { seen: 0, way: WAY.unknown, run: new Uint8Array(), parent: new Uint8Array(), outUntil: 0, lost: 0 }

function decode (value: Uint8Array): Kept {
  const [, seen, way, run, parent, outUntil, lost] = recordShape(decodeCbor(value, 256), 'a seen device')
  return { seen, way: Object.values(WAY).find(known => known === way) ?? WAY.unknown, run, parent, outUntil, lost }
}
