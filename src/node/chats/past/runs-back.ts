/**
 * The devices' runs on the way back over a log: each message names the one that its device wrote before it, so that of
 * those in one epoch only the newest needs its signature checked. DESIGN section 4, Runs.
 */
import { CaughtError } from '../alarm.js'
import type { DeviceRun } from '../runs.js'
import type { Digest, EntryId, KeyBytes } from '../../../protocol/wire/index.js'

// Names that no entry has answered yet: what a device left out, or named and never wrote.
const NAMED_KEPT = 4096

/** A message as far as its run is concerned. */
export interface RunMessage { readonly devSeq: number, readonly prevOwn: Digest | null, readonly id: EntryId }

interface Named { readonly device: string, readonly devSeq: number }

/** See the file's head. It remembers, so entries are given to it in order, the newest first. */
export class RunsBack {
  /** What later messages of this epoch name, by entry hash. */
  readonly #named = new Map<string, Named>()
  /** Of each device, the newest message that its run had at this place. */
  readonly #runs = new Map<string, { readonly devSeq: number, readonly entry: string }>()

  /** @param runs - the devices' runs at the place where the way back begins */
  constructor (runs: readonly DeviceRun[] = []) {
    for (const { device, devSeq, entry } of runs) this.#runs.set(textOf(device), { devSeq, entry: textOf(entry) })
  }

  /** Whether a later message that holds names this entry as its own device's one before. */
  names (entry: Digest, device: KeyBytes): boolean { return this.#named.get(textOf(entry))?.device === textOf(device) }
  /** Whether it is named as this one of the device's messages. */
  fits (entry: Digest, devSeq: number): boolean { return this.#named.get(textOf(entry))?.devSeq === devSeq }

  /** Takes a message that holds. @throws CaughtError for a number that its device had used before it */
  take (seq: number, device: KeyBytes, entry: Digest, { devSeq, prevOwn }: RunMessage): void {
    const name = textOf(device)
    const run = this.#runs.get(name)
    const isRun = run === undefined || (run.devSeq === devSeq && run.entry === textOf(entry))
    // What came later and has this number, or a lower one, stands: this one came after it, and counted for nobody.
    if (!isRun && devSeq >= run.devSeq) throw new CaughtError({ kind: 'device', seq, message: 'a device used one of its message numbers again: its key may have been copied' })
    this.#named.delete(textOf(entry))
    if (prevOwn !== null) {
      for (const oldest of this.#named.keys()) if (this.#named.size >= NAMED_KEPT) this.#named.delete(oldest); else break
      this.#named.set(textOf(prevOwn), { device: name, devSeq: devSeq - 1 })
    }
    if (isRun) this.#runs.set(name, { devSeq: devSeq - 1, entry: prevOwn === null ? '' : textOf(prevOwn) })
  }

  /** The next entries stand in the epoch before: a message vouches for those of its own epoch, as it did for who read them when they came. */
  newEpoch (): void { this.#named.clear() }
}

function textOf (bytes: Uint8Array): string { return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1') }
