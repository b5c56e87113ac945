/** Recomputes every log's chain: what the relay would swear to must be what it has. */
import { chainNext, chainStart, decodeLeaf, entryHash, ProofError, sameBytes } from '../../protocol/wire/index.js'
import type { LogEntry, LogHead } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import { decodeMeta } from '../logs/meta.js'

/** Checks entries one after the other, and sums what logs hold. */
export class ChainCheck {
  readonly #home: Uint8Array
  #last: { log: string, hash: Uint8Array } | undefined
  /** Bytes of all logs, by the account that pays (map key). */
  readonly bytes = new Map<string, number>()

  constructor (home: Uint8Array) { this.#home = home }

  /** @throws ProofError, BadInputError for an entry that does not hold */
  readonly onEntry = (log: Uint8Array, entry: LogEntry): void => {
    const name = mapKey(log)
    const leaf = decodeLeaf(entry.leaf)
    const before = this.#last?.log === name ? this.#last.hash : entry.seq === 1 ? chainStart(log, this.#home) : entry.prevHash
    this.#last = { log: name, hash: entry.hash }
    if (leaf.seq !== entry.seq || !sameBytes(leaf.id, entry.id)) throw new ProofError(`entry ${entry.seq} names another number or id in its leaf`)
    if (!sameBytes(before, entry.prevHash) || !sameBytes(chainNext(entry.prevHash, entry.leaf), entry.hash)) throw new ProofError(`the chain breaks at entry ${entry.seq}`)
    const hash = entry.erased ? entry.payload : entryHash(entry.payload)
    if (!sameBytes(hash, leaf.entry)) throw new ProofError(`entry ${entry.seq} is not what its leaf says`)
  }

  /** @throws CorruptError when the log's keys do not decode */
  readonly onLog = (_log: Uint8Array, head: LogHead): void => {
    const { payerName } = decodeMeta(head.meta)
    this.bytes.set(payerName, (this.bytes.get(payerName) ?? 0) + head.bytes)
  }
}
