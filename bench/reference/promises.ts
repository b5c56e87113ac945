/**
 * The least that stores and forwards under a relay's promises: the bare loop, and what anybody pays for them. Each sender has
 * a log; an entry is numbered and hashed into its chain, its id is asked for and found again, its record has a check, and
 * every call is answered with a receipt: one Ed25519 signature over a Merkle tree's root for all of one synced batch, made
 * while the disk writes. No session, no right, no rule, no limit, no lane, no read, and nothing that outlives the process.
 *
 * A call is `length (4) ‖ number (8) ‖ (id (16) ‖ length (4) ‖ payload)…`. The answer is `length (4) ‖ number (8) ‖ the chain's
 * hash before it (32) ‖ whether each was there before (1) ‖ receipt`: of the log's end behind the call, to which the chain
 * leads from each entry. Who follows gets `length (4) ‖ receipt's length (4) ‖ receipt ‖ records`.
 */
import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type * as Child from '../kit/child.js'
import type * as Wire from '../../src/protocol/wire/index.js'
import type * as Slabs from '../../src/store/log/slab.js'
import type * as Uint from '../../src/store/uint.js'
import type * as Ground from './ground.js'

const { load } = await import(new URL('../kit/child.ts', import.meta.url).href) as typeof Child
const { run } = await import(new URL('ground.ts', import.meta.url).href) as typeof Ground
// The relay's own: what they give is the promise. By hand, leaf and chain would take 0.3 µs less of some 26.
const { attest, chainNext, encodeLeaf, leafFor, randomSeed, sha256Briefly, signerFromSeed } = await load<typeof Wire>('protocol/wire/index.js')
const { Slab } = await load<typeof Slabs>('store/log/slab.js')
const { get32, put32, putUint } = await load<typeof Uint>('store/uint.js')

/** A record: `check (4) ‖ hash (32) ‖ id (16) ‖ leaf's length (4) ‖ payload's length (4) ‖ leaf ‖ payload`. */
const AT = { hash: 4, id: 36, leafLength: 52, payloadLength: 56, leaf: 60 } as const
const [CHECK_BYTES, DIGEST_BYTES, ID_BYTES, LOG_BYTES, MOST_LEAF_BYTES] = [4, 32, 16, 34, 75]
/** In a call's frame: before its entries, and before each one's payload. */
const [CALL_HEAD, ENTRY_HEAD] = [12, ID_BYTES + 4]
const KIND = { head: 1, entry: 2, id: 3 } as const

/** What waits for the disk. */
interface Call {
  readonly log: Log
  readonly back: Ground.Back
  /** Of the answer, what comes before its receipt. */
  readonly answer: Uint8Array
  /** The new records, one behind the other, and each. */
  readonly bytes: Uint8Array
  readonly records: readonly Uint8Array[]
  /** The log's end behind it. */
  readonly end: Wire.Receipt
}

const home = signerFromSeed(randomSeed())
const memory = new Slab()

function putCheck (key: Uint8Array, value: Uint8Array): void { put32(value, 0, crc32(value.subarray(CHECK_BYTES), crc32(key))) }

/** The log of one sender. */
class Log {
  readonly #id: Uint8Array
  readonly #known = new Set<string>()
  #end: Wire.Receipt

  constructor () {
    this.#id = new Uint8Array(randomBytes(LOG_BYTES))
    const none = new Uint8Array(DIGEST_BYTES)
    this.#end = { type: 'receipt', log: this.#id, term: 1, seq: 0, prev: none, hash: none, entry: none, time: 0 }
  }

  /** `kind (1) ‖ log (34) ‖ rest`. */
  key (kind: number, restBytes: number): Uint8Array {
    const key = memory.take(1 + LOG_BYTES + restBytes)
    key[0] = kind
    key.set(this.#id, 1)
    return key
  }

  entryKey (seq: number): Uint8Array {
    const key = this.key(KIND.entry, 8)
    putUint(key, 1 + LOG_BYTES, seq)
    return key
  }

  idKey (record: Uint8Array): Uint8Array {
    const key = this.key(KIND.id, ID_BYTES)
    key.set(record.subarray(AT.id, AT.id + ID_BYTES), 1 + LOG_BYTES)
    return key
  }

  /** Numbers and chains what a call brings: while the disk still writes what came before. */
  take (frame: Buffer, back: Ground.Back): Call {
    let count = 0
    for (let at = CALL_HEAD; at < frame.length; at += ENTRY_HEAD + get32(frame, at + ID_BYTES)) count++
    const answer = new Uint8Array(CALL_HEAD + DIGEST_BYTES + count)
    answer.set(frame.subarray(0, CALL_HEAD))
    answer.set(this.#end.hash, CALL_HEAD)
    const room = memory.take(frame.length + count * (AT.leaf + MOST_LEAF_BYTES))
    const records: Uint8Array[] = []
    const time = Date.now()
    let filled = 0
    for (let at = CALL_HEAD, i = 0; at < frame.length; i++) {
      const from = at + ENTRY_HEAD
      const to = from + get32(frame, at + ID_BYTES)
      const name = frame.toString('latin1', at, at + ID_BYTES)
      if (this.#known.has(name)) answer[CALL_HEAD + DIGEST_BYTES + i] = 1
      else {
        this.#known.add(name)
        const record = this.#append(frame.subarray(at, at + ID_BYTES), frame.subarray(from, to), time, room.subarray(filled))
        records.push(record)
        filled += record.length
      }
      at = to
    }
    return { log: this, back, answer, bytes: room.subarray(0, filled), records, end: this.#end }
  }

  #append (id: Uint8Array, payload: Uint8Array, time: number, room: Uint8Array): Uint8Array {
    const { seq: last, hash: prev } = this.#end
    const [seq, entry] = [last + 1, sha256Briefly(payload)]
    const leaf = encodeLeaf(leafFor({ id, kind: 0, payload }, seq, time, entry))
    const hash = chainNext(prev, leaf)
    const record = room.subarray(0, AT.leaf + leaf.length + payload.length)
    record.set(hash, AT.hash)
    record.set(id, AT.id)
    put32(record, AT.leafLength, leaf.length)
    put32(record, AT.payloadLength, payload.length)
    record.set(leaf, AT.leaf)
    record.set(payload, AT.leaf + leaf.length)
    this.#end = { type: 'receipt', log: this.#id, term: 1, seq, prev, hash, entry, time }
    return record
  }
}

/** Each entry, and by its id its number. */
function putEntries ({ log, records, end }: Call, put: Ground.Put): void {
  let seq = end.seq - records.length
  for (const record of records) {
    const [key, id, number] = [log.entryKey(++seq), log.idKey(record), memory.take(CHECK_BYTES + 8)]
    putCheck(key, record)
    put(key, record)
    putUint(number, CHECK_BYTES, seq)
    putCheck(id, number)
    put(id, number)
  }
}

function putHead ({ log, end }: Call, put: Ground.Put): void {
  const [key, value] = [log.key(KIND.head, 0), memory.take(CHECK_BYTES + 8 + DIGEST_BYTES)]
  putUint(value, CHECK_BYTES, end.seq)
  value.set(end.hash, CHECK_BYTES + 8)
  putCheck(key, value)
  put(key, value)
}

/** Of the batch that is being written, in order. */
let receipts: Uint8Array[] = []

await run<Call>({
  name: 'promises',
  frames: 'lent',
  take: back => {
    const log = new Log()
    return frame => log.take(Buffer.from(frame.buffer, frame.byteOffset, frame.length), back)
  },
  rows: (group, put) => {
    const ends = new Map<Log, Call>()
    for (const call of group) {
      putEntries(call, put)
      ends.set(call.log, call)
    }
    for (const call of ends.values()) putHead(call, put)
  },
  writing: group => { receipts = attest(group.map(({ end }) => end), home) },
  written: (group, followers) => {
    for (const [i, { back, answer, bytes, records }] of group.entries()) {
      const receipt = receipts[i] ?? new Uint8Array()
      put32(answer, 0, answer.length - 4 + receipt.length)
      back.add(answer)
      back.add(receipt)
      if (records.length === 0) continue
      const head = new Uint8Array(8)
      put32(head, 0, 4 + receipt.length + bytes.length)
      put32(head, 4, receipt.length)
      for (const follower of followers) for (const piece of [head, receipt, bytes]) follower.add(piece)
    }
  }
})
