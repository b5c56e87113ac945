/**
 * Which entries of a log were erased, and by what secret: so that mirrors, those too that were away, do the same. A log's
 * erasures are numbered; who has carried out n of them asks for those after n.
 */
import { decodeCbor, decodeLeaf, encodeCbor, LIMITS, NotFoundError, shape, TooLargeError, type LogId, type pb } from '../../protocol/wire/index.js'
import { Turns, type Store } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import { recordKey, recordKeyRest } from '../record-keys.js'
import { requireUp } from './access.js'
import { requireEraser } from './eraser-rights.js'
import { decodeMeta, encodeMeta } from './meta.js'
import { entryAt } from './old-keys.js'

/** Erasures to tell, and how many are carried out once they are: less than all while more follow. */
export interface ErasurePage { readonly erasures: pb.Erasure[], readonly revision: number, readonly isLast: boolean }

const recordShape = shape.tuple(shape.literal(1), shape.uint(undefined, 1), shape.bytes({ max: LIMITS.eraserSecretBytes }))

/** See the file's head. */
export class Erasures {
  readonly #store: Pick<Store, 'logs' | 'records'>
  readonly #turns = new Turns()

  constructor (store: Pick<Store, 'logs' | 'records'>) { this.#store = store }

  /**
   * Replaces an entry's payload by its digest and takes note of it. Again changes nothing.
   *
   * @throws NotFoundError; ForbiddenError when the secret is none of the entry's, or the log is taken down; ForbiddenError
   * with `details.owner` for an order of an owner key that is not known here
   */
  async carryOut (log: LogId, seq: number, secret: Uint8Array): Promise<void> {
    await this.#turns.run(mapKey(log), undefined, async () => { await this.#carryOut(log, seq, secret) })
  }

  async #carryOut (log: LogId, seq: number, secret: Uint8Array): Promise<void> {
    const { logs, records } = this.#store
    if (secret.length > LIMITS.eraserSecretBytes) throw new TooLargeError('a secret is not that long')
    const head = await logs.head(log)
    const entry = await entryAt(logs, log, seq)
    if (entry === undefined) throw new NotFoundError(`entry ${seq} is not in this log`)
    requireUp(decodeMeta(head.meta))
    requireEraser(log, decodeLeaf(entry.leaf), secret, decodeMeta(head.meta))
    const key = recordKey('erased', log, seqBytes(seq))
    const noted = await records.get(key)
    // First the note: were it lost after the erase, no mirror would ever hear of it. Until the head counts it nobody is told.
    const revision = noted === undefined ? decodeMeta(head.meta).erasures + 1 : revisionOf(noted.value)
    if (noted === undefined) await records.put(key, encodeCbor([1, revision, secret]))
    await logs.erase(log, seq, (_entry, { meta: bytes }) => {
      const meta = decodeMeta(bytes)
      return meta.erasures >= revision ? undefined : { meta: encodeMeta({ ...meta, erasures: revision }) }
    })
  }

  /** Erasures after number `revision`, from after entry `from` on. */
  async page (log: LogId, revision: number, from: number): Promise<ErasurePage> {
    const { logs, records } = this.#store
    const all = decodeMeta((await logs.head(log)).meta).erasures
    const erasures: pb.Erasure[] = []
    const prefix = recordKey('erased', log)
    for await (const [key, { value }] of records.list(prefix, { after: recordKey('erased', log, seqBytes(from)) })) {
      const [, number, secret] = recordShape(decodeCbor(value, LIMITS.recordBytes), 'erasure')
      if (number <= revision || number > all) continue
      if (erasures.length === LIMITS.erasuresPerPush) return { erasures, revision, isLast: false }
      erasures.push({ seq: numberOf(recordKeyRest('erased', key).subarray(log.length)), secret })
    }
    return { erasures, revision: all, isLast: true }
  }

  /** The log is gone. */
  async forget (log: LogId): Promise<void> {
    const keys: Uint8Array[] = []
    for await (const [key] of this.#store.records.list(recordKey('erased', log))) keys.push(key)
    for (const key of keys) await this.#store.records.delete(key)
  }
}

function revisionOf (value: Uint8Array): number { return recordShape(decodeCbor(value, LIMITS.recordBytes), 'erasure')[1] }

function seqBytes (seq: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(seq))
  return bytes
}

function numberOf (bytes: Uint8Array): number { return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0)) }
