/**
 * Where secret chats lie on the disk. Each line is sealed under a key of its own, which lies elsewhere: who erases the
 * key has erased the line, and only the few bytes of keys need to be taken off the disk at once.
 */
import { createHash } from 'node:crypto'
import { recordCipher, systemRandom, type SecretMls, type SecretSession } from '../../protocol/crypto/index.js'
import { CorruptError, decodeCbor, encodeCbor, ENTRY_ID_LENGTH, LIMITS, shape, type EntryId } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore, Store } from '../../store/index.js'
import type { SecretFiles } from '../media/index.js'
import { nameBytes, numberOf, type RecordKeys } from '../records/index.js'
import { openedBody } from './opened-body.js'
import { decodeSecretOut, decodeSecretRecord, decodeSecretRow, encodeSecretOut, encodeSecretRecord, encodeSecretRow, type KeptSession, type SecretOut, type SecretRecord, type SecretRow } from './record.js'

/** What it works with. `files`: the changes that let go of a line's files. */
export interface SecretStoreDeps { readonly kv: KeyValueStore, readonly keys: RecordKeys, readonly store: Pick<Store, 'scrub'>, readonly files: Pick<SecretFiles, 'dropped'> }

/** A line whose time is known: when it was read and when it goes, ms. */
export interface SecretDue { readonly chat: Uint8Array, readonly row: number, readonly readAt: number, readonly goesAt: number }

/** Something that was said about a message which is not here yet. */
export interface SecretFact { readonly own: boolean, readonly n: number, readonly body: Uint8Array }

const numberShape = shape.struct({ v: shape.literal(1), row: shape.uint() })
const seenShape = shape.struct({ v: shape.literal(1), chats: shape.array(shape.bytes(ENTRY_ID_LENGTH), LIMITS.secretSeen) })
const dueShape = shape.struct({ v: shape.literal(1), chat: shape.bytes(ENTRY_ID_LENGTH), row: shape.uint(), readAt: shape.uint(), goesAt: shape.uint() })
const factShape = shape.struct({ id: shape.bytes(ENTRY_ID_LENGTH), own: shape.bool, n: shape.uint(), body: shape.bytes({ max: LIMITS.secretBodyBytes }) })
const factsShape = shape.struct({ v: shape.literal(1), facts: shape.array(factShape, LIMITS.secretFacts) })
/** So many rows are read one by one: a walk over the disk costs more. */
const FEW_ROWS = 4
const FACTS_BYTES = LIMITS.secretFactsBytes + LIMITS.secretFacts * 64 + 64

/** The records of one device's secret chats. */
export class SecretStore {
  readonly #deps: SecretStoreDeps

  #isDueNew = false

  constructor (deps: SecretStoreDeps) { this.#deps = deps }

  /** Every chat. @throws CorruptError, BadInputError */
  async all (): Promise<SecretRecord[]> {
    const out: SecretRecord[] = []
    for await (const [, bytes] of this.#deps.kv.iterate(this.#deps.keys.all('secret'))) out.push(decodeSecretRecord(bytes))
    return out
  }

  /** Beginnings that were taken in, the first first: group ids. */
  async seen (): Promise<Uint8Array[]> {
    const bytes = await this.#deps.kv.get(this.#deps.keys.one('secretSeen'))
    return bytes === undefined ? [] : seenShape(decodeCbor(bytes, LIMITS.secretSeen * 32), 'seen beginnings').chats
  }

  /** The change that keeps them; of too many the last. */
  putSeen (chats: readonly Uint8Array[]): KeyValueOp {
    return { type: 'put', key: this.#deps.keys.one('secretSeen'), value: encodeCbor({ v: 1, chats: chats.slice(-LIMITS.secretSeen) }) }
  }

  /** The change that writes a chat's record. */
  put (record: SecretRecord): KeyValueOp { return { type: 'put', key: this.#deps.keys.one('secret', record.chat), value: encodeSecretRecord(record) } }

  /** The change that drops a chat's record. */
  drop (chat: Uint8Array): KeyValueOp { return { type: 'del', key: this.#deps.keys.one('secret', chat) } }

  /** A session as its record has it, and the changes that write and drop its earlier epochs. */
  session (chat: Uint8Array, mls: SecretMls, before: SecretSession | null, now: SecretSession): { kept: KeptSession, ops: KeyValueOp[] } {
    const { keys } = this.#deps
    const [had, has] = [before === null ? [] : mls.pastEpochs(before.mls), mls.pastEpochs(now.mls)]
    const ops: KeyValueOp[] = had.filter(epoch => !has.includes(epoch)).map(epoch => ({ type: 'del', key: keys.numbered('secretPast', epoch, chat) }))
    for (const epoch of has) {
      const bytes = mls.encodePast(now.mls, epoch)
      // Of most of them nothing was used since.
      if (before === null || !had.includes(epoch) || !same(mls.encodePast(before.mls, epoch), bytes)) ops.push({ type: 'put', key: keys.numbered('secretPast', epoch, chat), value: bytes })
    }
    return { kept: { mls: mls.encodeState(now.mls), ride: now.ride, epochs: now.epochs.map(one => ({ ...one })) }, ops }
  }

  /** A session from its record and its earlier epochs. @throws CorruptError, BadInputError */
  async load (chat: Uint8Array, mls: SecretMls, { mls: state, ride, epochs }: KeptSession): Promise<SecretSession> {
    const { kv, keys } = this.#deps
    const past: Uint8Array[] = []
    for await (const [, bytes] of kv.iterate(range(keys, 'secretPast', chat))) past.push(bytes)
    return { mls: mls.withPast(mls.decodeState(state), past), ride, epochs }
  }

  /** The changes that write a row under a fresh key. */
  newRow (chat: Uint8Array, row: number, value: SecretRow): KeyValueOp[] {
    const key = systemRandom(32)
    return [
      { type: 'put', key: this.#deps.keys.numbered('secretRowKey', row, chat), value: key }, this.#sealed(chat, row, value, key),
      ...value.id === null ? [] : [{ type: 'put', key: this.#idKey(chat, value.id), value: encodeCbor({ v: 1, row }) } as const]
    ]
  }

  /** The change that writes a row that is there anew. @throws CorruptError */
  async putRow (chat: Uint8Array, row: number, value: SecretRow): Promise<KeyValueOp> {
    const key = await this.#deps.kv.get(this.#deps.keys.numbered('secretRowKey', row, chat))
    if (key === undefined) throw new CorruptError('the key of a line of a secret chat is missing')
    return this.#sealed(chat, row, value, key)
  }

  /** The changes after which a row was read: from then on its time runs, and it stands among those that go. @throws CorruptError */
  async readRow (chat: Uint8Array, row: number, value: SecretRow, readAt: number): Promise<KeyValueOp[]> {
    const goesAt = value.ttl === 0 ? null : readAt + value.ttl * 1000
    const put = await this.putRow(chat, row, { ...value, readAt, goesAt })
    this.#isDueNew ||= goesAt !== null
    return goesAt === null ? [put] : [put, { type: 'put', key: this.#dueKey(chat, row, goesAt), value: encodeCbor({ v: 1, chat, row, readAt, goesAt }) }]
  }

  /** Whether there are lines whose time is known since this was asked last. */
  takeDueNew (): boolean {
    const isNew = this.#isDueNew
    this.#isDueNew = false
    return isNew
  }

  /** Lines whose time is known, the first to go first: those that go before `before` (ms), at most `limit`. */
  async due (before = Number.MAX_SAFE_INTEGER, limit?: number): Promise<SecretDue[]> {
    const out: SecretDue[] = []
    for await (const [, bytes] of this.#deps.kv.iterate({ ...this.#deps.keys.before('secretDue', before), ...limit === undefined ? {} : { limit } })) out.push(dueShape(decodeCbor(bytes, 256), 'due line'))
    return out
  }

  /** The change that takes a line out of those that go. */
  dropDue ({ chat, row, goesAt }: SecretDue): KeyValueOp { return { type: 'del', key: this.#dueKey(chat, row, goesAt) } }

  /** Takes lines out of those that go, when there is nothing else of them. */
  async forgetDue (due: readonly SecretDue[]): Promise<void> { await this.#deps.kv.batch(due.map(one => this.dropDue(one))) }

  /** The changes that erase a row, its key first, and let go of its files. */
  dropRow (chat: Uint8Array, row: number, { id, own, n, body, goesAt }: Pick<SecretRow, 'id' | 'own' | 'n' | 'body' | 'goesAt'>): KeyValueOp[] {
    const { keys, files } = this.#deps
    const said = body === null ? undefined : openedBody(body)
    return [
      { type: 'del', key: keys.numbered('secretRowKey', row, chat) }, { type: 'del', key: keys.numbered('secretRow', row, chat) },
      ...id === null ? [] : [{ type: 'del', key: this.#idKey(chat, id) } as const], ...goesAt === null ? [] : [{ type: 'del', key: this.#dueKey(chat, row, goesAt) } as const],
      ...own && n === 0 ? [this.dropKept(chat, row)] : [], ...said === undefined ? [] : files.dropped(chat, { own, id, body: said })
    ]
  }

  /** The change that notes that a row waits until its files are at a relay. */
  putKept (chat: Uint8Array, row: number): KeyValueOp { return { type: 'put', key: this.#deps.keys.numbered('secretKept', row, chat), value: encodeCbor({ v: 1, row }) } }

  /** The change that ends that. */
  dropKept (chat: Uint8Array, row: number): KeyValueOp { return { type: 'del', key: this.#deps.keys.numbered('secretKept', row, chat) } }

  /** The rows that wait so, in their order. */
  async kept (chat: Uint8Array): Promise<number[]> {
    const rows: number[] = []
    for await (const [key] of this.#deps.kv.iterate(range(this.#deps.keys, 'secretKept', chat))) rows.push(numberOf(key))
    return rows
  }

  /** Takes erased keys of all secret chats off the disk: of lines, sessions, frames, and files that no line has taken. */
  async scrub (options: { signal?: AbortSignal } = {}): Promise<void> {
    const { keys, store } = this.#deps
    for (const kind of ['secretRowKey', 'secretRow', 'secretPast', 'secret', 'secretOut', 'secretPackage', 'secretFact', 'secretFile', 'secretDraft'] as const) {
      const { gte, lt } = keys.all(kind)
      await store.scrub(gte, lt, options)
    }
  }

  /** The change that notes that something is to leave the disk, whatever happens before it has: of a chat that is forgotten nothing else tells it. */
  putErased (): KeyValueOp { return { type: 'put', key: this.#deps.keys.one('secretErased'), value: encodeCbor({ v: 1 }) } }

  /** Whether that was noted, and not done since. */
  async isErased (): Promise<boolean> { return await this.#deps.kv.get(this.#deps.keys.one('secretErased')) !== undefined }

  /** It has left the disk. */
  async dropErased (): Promise<void> { await this.#deps.kv.batch([{ type: 'del', key: this.#deps.keys.one('secretErased') }]) }

  /** A row; undefined when it was erased. @throws CorruptError */
  async row (chat: Uint8Array, row: number): Promise<SecretRow | undefined> {
    const { kv, keys } = this.#deps
    const [key, bytes] = await kv.getMany([keys.numbered('secretRowKey', row, chat), keys.numbered('secretRow', row, chat)])
    return key === undefined || bytes === undefined ? undefined : this.#open(chat, row, key, bytes)
  }

  /** Rows from the newest on, before a number (Infinity: all), at most `limit`. The last few are found at once by the number behind them. */
  async rows (chat: Uint8Array, before: number, limit: number): Promise<Array<{ row: number, value: SecretRow }>> {
    const { kv, keys } = this.#deps
    if (limit <= FEW_ROWS && before > limit && before < Number.MAX_SAFE_INTEGER) {
      const numbers = Array.from({ length: limit }, (_, i) => before - 1 - i)
      const found = await Promise.all(numbers.map(async row => ({ row, value: await this.row(chat, row) })))
      // Unless some were erased.
      const few = found.flatMap(({ row, value }) => value === undefined ? [] : [{ row, value }])
      if (few.length === limit) return few
    }
    const out: Array<{ row: number, value: SecretRow }> = []
    const { gte } = range(keys, 'secretRowKey', chat)
    const upper = keys.numbered('secretRowKey', Math.min(before, Number.MAX_SAFE_INTEGER), chat)
    for await (const [at, key] of kv.iterate({ gte, lt: upper, reverse: true, limit })) {
      const row = numberOf(at)
      const bytes = await kv.get(keys.numbered('secretRow', row, chat))
      if (bytes !== undefined) out.push({ row, value: this.#open(chat, row, key, bytes) })
    }
    return out
  }

  /** The number of the row that has an id. */
  async find (chat: Uint8Array, id: EntryId): Promise<number | undefined> {
    const bytes = await this.#deps.kv.get(this.#idKey(chat, id))
    return bytes === undefined ? undefined : numberShape(decodeCbor(bytes, 64), 'row number').row
  }

  /**
   * What was said about a message before it came, and the changes that keep it no longer, nor what nobody waits for: see
   * {@link SecretStore.putFacts}.
   */
  async takeFacts (chat: Uint8Array, id: EntryId, through: number): Promise<{ facts: SecretFact[], ops: KeyValueOp[], isErased: boolean }> {
    const all = await this.#facts(chat)
    const [facts, rest] = [all.filter(one => same(one.id, id)), all.filter(one => !same(one.id, id))]
    const left = rest.filter(({ n }) => n > through)
    return { facts, ops: left.length === all.length ? [] : [this.#factsOp(chat, left)], isErased: left.length < rest.length }
  }

  /**
   * The changes that keep something about messages that have not come, until all up to its own number have: what it names
   * has gone again by then, or will never come, and its words must not outlive that. It is one record a chat: of too many,
   * or too much, the first are kept.
   *
   * @param through - the number up to which all of the other's messages are here
   */
  async putFacts (chat: Uint8Array, ids: readonly EntryId[], fact: SecretFact | null, through: number): Promise<{ ops: KeyValueOp[], isErased: boolean }> {
    const all = await this.#facts(chat)
    const facts = all.filter(({ n }) => n > through)
    const isErased = facts.length < all.length
    let bytes = facts.reduce((sum, { body }) => sum + body.length, 0)
    for (const id of fact === null || fact.n <= through ? [] : ids) {
      if (fact === null || facts.length >= LIMITS.secretFacts || bytes + fact.body.length > LIMITS.secretFactsBytes) break
      facts.push({ ...fact, id })
      bytes += fact.body.length
    }
    return { ops: isErased || facts.length > all.length ? [this.#factsOp(chat, facts)] : [], isErased }
  }

  /** The change that keeps a frame until the other device has it. */
  putOut (chat: Uint8Array, out: SecretOut): KeyValueOp { return { type: 'put', key: this.#deps.keys.numbered('secretOut', out.n, chat), value: encodeSecretOut(out) } }

  /** The change that drops a frame. */
  dropOut (chat: Uint8Array, n: number): KeyValueOp { return { type: 'del', key: this.#deps.keys.numbered('secretOut', n, chat) } }

  /** Those of some numbers that wait, in the order of these. */
  async outsOf (chat: Uint8Array, numbers: readonly number[]): Promise<SecretOut[]> {
    const { kv, keys } = this.#deps
    const found = await kv.getMany(numbers.map(n => keys.numbered('secretOut', n, chat)))
    return found.flatMap(bytes => bytes === undefined ? [] : [decodeSecretOut(bytes)])
  }

  /** The frames that wait, from a number on, in their order. */
  async * outs (chat: Uint8Array, from = 0): AsyncGenerator<SecretOut> {
    const { kv, keys } = this.#deps
    for await (const [, bytes] of kv.iterate({ ...range(keys, 'secretOut', chat), gte: keys.numbered('secretOut', from, chat) })) yield decodeSecretOut(bytes)
  }

  /** The changes that erase a chat, but for its record and the frame with the number `but`: the last word, which is still to go. */
  async dropAll (chat: Uint8Array, but?: number): Promise<KeyValueOp[]> {
    const { kv, keys } = this.#deps
    const ops: KeyValueOp[] = [this.#factsOp(chat, [])]
    for (const { row, value } of await this.rows(chat, Infinity, Number.MAX_SAFE_INTEGER)) ops.push(...this.dropRow(chat, row, value))
    for (const kind of ['secretPast', 'secretOut'] as const) for await (const [key] of kv.iterate(range(keys, kind, chat))) if (kind === 'secretPast' || numberOf(key) !== but) ops.push({ type: 'del', key })
    return ops
  }

  async #facts (chat: Uint8Array): Promise<Array<SecretFact & { readonly id: EntryId }>> {
    const bytes = await this.#deps.kv.get(this.#deps.keys.one('secretFact', chat))
    return bytes === undefined ? [] : factsShape(decodeCbor(bytes, FACTS_BYTES), 'facts').facts
  }

  #factsOp (chat: Uint8Array, facts: ReadonlyArray<SecretFact & { readonly id: EntryId }>): KeyValueOp {
    const key = this.#deps.keys.one('secretFact', chat)
    return facts.length === 0 ? { type: 'del', key } : { type: 'put', key, value: encodeCbor({ v: 1, facts: facts.map(({ id, own, n, body }) => ({ id, own, n, body })) }) }
  }

  #dueKey (chat: Uint8Array, row: number, goesAt: number): Uint8Array { return this.#deps.keys.ordered('secretDue', goesAt, chat, nameBytes(String(row))) }

  #idKey (chat: Uint8Array, id: EntryId): Uint8Array { return this.#deps.keys.one('secretId', chat, id) }

  #sealed (chat: Uint8Array, row: number, value: SecretRow, key: Uint8Array): KeyValueOp {
    const at = this.#deps.keys.numbered('secretRow', row, chat)
    return { type: 'put', key: at, value: recordCipher(key).seal(encodeSecretRow(value), at) }
  }

  #open (chat: Uint8Array, row: number, key: Uint8Array, bytes: Uint8Array): SecretRow {
    return decodeSecretRow(recordCipher(key).open(bytes, this.#deps.keys.numbered('secretRow', row, chat)))
  }
}

function range (keys: RecordKeys, kind: 'secretPast' | 'secretRowKey' | 'secretOut' | 'secretKept', chat: Uint8Array): { gte: Uint8Array, lte: Uint8Array } {
  return { gte: keys.numbered(kind, 0, chat), lte: keys.numbered(kind, Number.MAX_SAFE_INTEGER, chat) }
}

function same (a: Uint8Array, b: Uint8Array): boolean { return Buffer.compare(a, b) === 0 }

/** A short name for a chat: the start of a hash of its group id, so that the id itself is told to nobody. */
export function secretName (chat: Uint8Array): string { return createHash('sha256').update('petrel/v1 secret name').update(chat).digest('hex').slice(0, 16) }
