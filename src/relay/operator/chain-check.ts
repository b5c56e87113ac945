/** Recomputes every log's chain: what the relay would swear to must be what it has. */
import {
  chainNext, chainStart, decodeLeaf, ENTRY_KIND, entryHash, openOwnerAction, ProofError, sameBytes, type Leaf, type OwnerAction
} from '../../protocol/wire/index.js'
import type { LogEntry, LogHead } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import { decodeMeta } from '../logs/meta.js'

/** What the entries of one log have shown, until its head is seen. */
interface Seen { start: Uint8Array | undefined, order: Extract<OwnerAction, { op: 'term' }> | undefined }

/** Checks entries one after the other, and sums what logs hold. */
export class ChainCheck {
  readonly #home: Uint8Array
  #last: { log: string, hash: Uint8Array } | undefined
  readonly #seen = new Map<string, Seen>()
  /** Bytes of all logs, by the account that pays (map key). */
  readonly bytes = new Map<string, number>()

  /** `home` is this relay's key. */
  constructor (home: Uint8Array) { this.#home = home }

  /** @throws ProofError, BadInputError for an entry that does not hold */
  readonly onEntry = (log: Uint8Array, entry: LogEntry): void => {
    const name = mapKey(log)
    const leaf = decodeLeaf(entry.leaf)
    const before = this.#last?.log === name ? this.#last.hash : entry.prevHash
    this.#last = { log: name, hash: entry.hash }
    if (leaf.seq !== entry.seq || !sameBytes(leaf.id, entry.id)) throw new ProofError(`entry ${entry.seq} names another number or id in its leaf`)
    if (!sameBytes(before, entry.prevHash) || !sameBytes(chainNext(entry.prevHash, entry.leaf), entry.hash)) throw new ProofError(`the chain breaks at entry ${entry.seq}`)
    const hash = entry.erased ? entry.payload : entryHash(entry.payload)
    if (!sameBytes(hash, leaf.entry)) throw new ProofError(`entry ${entry.seq} is not what its leaf says`)
    if (entry.seq === 1) this.#of(name).start = entry.prevHash
    if (leaf.kind === ENTRY_KIND.control && !entry.erased) this.#note(name, leaf, entry)
  }

  /** @throws CorruptError when the log's keys do not decode, ProofError when the log does not begin as its home says or is in another term */
  readonly onLog = (log: Uint8Array, head: LogHead): void => {
    const name = mapKey(log)
    const seen = this.#seen.get(name)
    this.#seen.delete(name)
    const { payerName, home, elsewhere } = decodeMeta(head.meta)
    this.bytes.set(payerName, (this.bytes.get(payerName) ?? 0) + head.bytes)
    if (seen?.start !== undefined && !sameBytes(seen.start, chainStart(log, home))) throw new ProofError('the chain does not begin at the log\'s first home')
    const order = seen?.order
    if (elsewhere !== null || order === undefined) return
    if (order.term !== head.term || !sameBytes(order.home, this.#home)) throw new ProofError(`the log is served in term ${head.term}, and its owner's last order moved it elsewhere`)
  }

  #note (name: string, leaf: Leaf, entry: LogEntry): void {
    const { action } = openOwnerAction(entry.payload)
    if (action.op !== 'term') return
    if (action.seq !== leaf.seq - 1 || !sameBytes(action.hash, entry.prevHash)) throw new ProofError(`the order in entry ${leaf.seq} does not follow the entry it names`)
    this.#of(name).order = action
  }

  #of (name: string): Seen {
    const known = this.#seen.get(name)
    if (known !== undefined) return known
    const seen: Seen = { start: undefined, order: undefined }
    this.#seen.set(name, seen)
    return seen
  }
}
