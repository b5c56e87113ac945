/** The check of one slot's logs: heads come first in key order, then entries, then ids. */
import { CorruptError, sameBytes } from '../../protocol/wire/index.js'
import type { LogEntry, LogHead } from '../contract.js'
import { decodeEntry, decodeHead, decodeSeq, KIND, partsOfKey } from '../log/index.js'
import type { Findings, VerifyOptions } from './findings.js'

interface Seen {
  readonly log: Uint8Array
  readonly head: LogHead
  next: number
  hash: Uint8Array | undefined
  bytes: number
  ids: number
}

/** See the file's head. */
export class SlotCheck {
  readonly #logs = new Map<string, Seen>()
  readonly #findings: Findings
  readonly #options: VerifyOptions

  constructor (findings: Findings, options: VerifyOptions) {
    this.#findings = findings
    this.#options = options
  }

  /** The next record of the slot. */
  see (key: Uint8Array, value: Uint8Array | CorruptError): void {
    if (value instanceof CorruptError) { this.#findings.problem(key, value.message); return }
    this.#findings.guard(key, () => {
      const { kind, log } = partsOfKey(key)
      if (kind === KIND.head) this.#head(log, decodeHead(value))
      else if (kind === KIND.entry) this.#entry(log, decodeEntry(value))
      else if (kind === KIND.id) this.#id(log, decodeSeq(value))
      else this.#findings.problem(key, 'a record of an unknown kind')
    })
  }

  /** After the slot's last record. */
  finish (): void {
    for (const seen of this.#logs.values()) {
      const { log, head } = seen
      if (seen.next !== head.seq + 1) this.#findings.problem(log, `entries ${seen.next} to ${head.seq} are missing`)
      else if (seen.hash !== undefined && !sameBytes(seen.hash, head.hash)) this.#findings.problem(log, 'the last entry is not the one the head names')
      else if (seen.bytes !== head.bytes) this.#findings.problem(log, `its entries have ${seen.bytes} bytes, its head says ${head.bytes}`)
      if (seen.ids !== head.seq - head.first + 1) this.#findings.problem(log, `it keeps ${head.seq - head.first + 1} entries but ${seen.ids} ids for them`)
      this.#findings.guard(log, () => this.#options.onLog?.(log, head))
    }
  }

  #head (log: Uint8Array, head: LogHead): void {
    this.#findings.logs++
    this.#logs.set(name(log), { log, head, next: head.first, hash: undefined, bytes: 0, ids: 0 })
  }

  #entry (log: Uint8Array, entry: LogEntry): void {
    const seen = this.#logs.get(name(log))
    if (seen === undefined) { this.#findings.problem(log, 'entries without a head'); return }
    // Below the first kept number lies what an interrupted trim left: it goes with the next one.
    if (entry.seq < seen.head.first) return
    if (entry.seq > seen.head.seq) this.#findings.problem(log, `entry ${entry.seq} lies beyond the head at ${seen.head.seq}`)
    else if (entry.seq !== seen.next) this.#findings.problem(log, `entries ${seen.next} to ${entry.seq - 1} are missing`)
    else if (seen.hash !== undefined && !sameBytes(seen.hash, entry.prevHash)) this.#findings.problem(log, `entry ${entry.seq} does not follow the one before`)
    seen.next = entry.seq + 1
    seen.hash = entry.hash
    seen.bytes += entry.leaf.length + entry.payload.length
    this.#findings.entries++
    this.#findings.guard(log, () => this.#options.onEntry?.(log, entry))
  }

  #id (log: Uint8Array, seq: number): void {
    const seen = this.#logs.get(name(log))
    if (seen === undefined) { this.#findings.problem(log, 'ids without a head'); return }
    if (seq > seen.head.seq) this.#findings.problem(log, `an id names entry ${seq} beyond the head at ${seen.head.seq}`)
    else if (seq >= seen.head.first) seen.ids++
  }
}

function name (log: Uint8Array): string { return Buffer.from(log).toString('hex') }
