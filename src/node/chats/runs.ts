/**
 * How far each device has got in a chat's log: the last of its messages there. In a large group there are thousands, of
 * which a batch of entries changes a few, so each has a record of its own. A value: what changes it gives another.
 */
import { bytesName, decodeCbor, DIGEST_LENGTH, encodeCbor, keyShape, sameBytes, shape, type Digest, type KeyBytes, type LogId } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import { numberOf, type RecordKeys } from '../records/index.js'

/** The last message of one device in a log. `at`: its number there; a version before did not note it. `again`: it was sealed before the log was taken over. */
export interface DeviceRun { device: KeyBytes, devSeq: number, entry: Digest, at?: number, again?: true }

const digest = shape.bytes(DIGEST_LENGTH)
/** A {@link DeviceRun} in a record. */
export const runShape = shape.struct({ device: keyShape, devSeq: shape.uint(), entry: digest, at: shape.optional(shape.uint()), again: shape.optional(shape.literal(true)) })
const RUN_BYTES = 256

/** A run, and the number of its record. */
interface Slot { readonly place: number, readonly run: DeviceRun | null }
type Slots = ReadonlyMap<string, Slot>
/** The slot of the device whose run changed last. */
interface Last extends Slot { readonly device: KeyBytes }

/** See the file's head. */
export class Runs {
  /** None. A getter: TypeScript compiles a static field that makes its own class to code that throws. */
  static get none (): Runs { return NONE }

  /** As they are on the disk. */
  readonly #kept: Slots
  /** What is not on the disk yet; a run that is gone is null. */
  readonly #fresh: Slots
  /** Counts more than both: a device mostly says several things one after the other, and no list is copied for each. */
  readonly #last: Last | undefined
  readonly #next: number

  private constructor (kept: Slots, fresh: Slots, next: number, last?: Last) {
    this.#kept = kept
    this.#fresh = fresh
    this.#next = next
    this.#last = last
  }

  /** These, none of which has a record. */
  static of (all: Iterable<DeviceRun>): Runs {
    const fresh = new Map<string, Slot>()
    for (const run of all) fresh.set(bytesName(run.device), { place: fresh.size, run })
    return new Runs(new Map(), fresh, fresh.size)
  }

  /** A chat's runs from their records. @throws BadInputError */
  static async load (kv: KeyValueStore, keys: RecordKeys, log: LogId): Promise<Runs> {
    const kept = new Map<string, Slot>()
    let next = 0
    for await (const [key, bytes] of kv.iterate({ gte: keys.numbered('run', 0, log), lte: keys.numbered('run', Number.MAX_SAFE_INTEGER, log) })) {
      const { unknown: _unknown, ...run } = runShape(decodeCbor(bytes, RUN_BYTES), 'run')
      const place = numberOf(key)
      kept.set(bytesName(run.device), { place, run })
      next = place + 1
    }
    return new Runs(kept, new Map(), next)
  }

  /** The run of a device. */
  get (device: KeyBytes): DeviceRun | undefined { return this.#slot(device)?.run ?? undefined }

  /** All of them, in no order. */
  all (): DeviceRun[] {
    const all = new Map([...this.#kept, ...this.#changed()])
    return [...all.values()].flatMap(({ run }) => run === null ? [] : [run])
  }

  /** With this one in place of the device's before. */
  with (run: DeviceRun): Runs { return this.#put(run.device, run) }

  /** Without a device's. */
  without (device: KeyBytes): Runs { return this.get(device) === undefined ? this : this.#put(device, null) }

  /** As these say, each in the record that it has here. */
  like (those: Runs): Runs {
    const rest = this.all().filter(({ device }) => those.get(device) === undefined).reduce<Runs>((runs, { device }) => runs.without(device), this)
    return those.all().reduce((runs, run) => runs.with(run), rest)
  }

  #put (device: KeyBytes, run: DeviceRun | null): Runs {
    const last = this.#last
    if (last !== undefined && sameBytes(last.device, device)) return new Runs(this.#kept, this.#fresh, this.#next, { device, place: last.place, run })
    const place = this.#slot(device)?.place ?? this.#next
    return new Runs(this.#kept, this.#changed(), Math.max(this.#next, place + 1), { device, place, run })
  }

  #slot (device: KeyBytes): Slot | undefined {
    if (this.#last !== undefined && sameBytes(this.#last.device, device)) return this.#last
    const name = bytesName(device)
    return this.#fresh.get(name) ?? this.#kept.get(name)
  }

  /** All that is not on the disk yet, the last one too. */
  #changed (): Slots {
    if (this.#last === undefined) return this.#fresh
    const { device, place, run } = this.#last
    return new Map(this.#fresh).set(bytesName(device), { place, run })
  }

  /** The changes that write what is not on the disk yet. */
  ops (keys: RecordKeys, log: LogId): KeyValueOp[] {
    return [...this.#changed().values()].map(({ place, run }) => {
      const key = keys.numbered('run', place, log)
      return run === null ? { type: 'del', key } : { type: 'put', key, value: encodeCbor({ ...run }) }
    })
  }

  /** The same, once they are on the disk. */
  kept (): Runs {
    const changed = this.#changed()
    if (changed.size === 0) return this
    const kept = new Map(this.#kept)
    for (const [name, slot] of changed) {
      if (slot.run === null) kept.delete(name)
      else kept.set(name, slot)
    }
    return new Runs(kept, new Map(), this.#next)
  }
}

const NONE = Runs.of([])
