/** A chat's rows on a disk in memory, and the search over them: without logs, keys and relays. */
import { randomBytes } from 'node:crypto'
import { Timeline, type TimelineChange } from '../../../src/node/chats/timeline.js'
import { idName } from '../../../src/node/chats/draft-rows.js'
import type { Row, Searched } from '../../../src/node/chats/index.js'
import { RecordKeys } from '../../../src/node/records/index.js'
import { Search } from '../../../src/node/search/index.js'
import type { Found } from '../../../src/node/search/search.js'
import { parseQuery } from '../../../src/node/search/query.js'
import type { Wanted } from '../../../src/node/search/lookup.js'
import { decodeBody, encodeBody, type Body } from '../../../src/protocol/message/index.js'
import { base32Text, ed25519Key, type KeyBytes, type LogId } from '../../../src/protocol/wire/index.js'
import type { KeyValueStore } from '../../../src/store/index.js'
import { MemoryDisk } from '../../../src/store/memory/engine.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'

export const account = (n: number): KeyBytes => ed25519Key(new Uint8Array(32).fill(n))
const HASH = new Uint8Array(32)

/** A node's chats as far as search goes. */
export class History {
  readonly disk: MemoryDisk
  readonly chats: Talk[] = []
  search!: Search
  kv!: KeyValueStore
  readonly #keys = new RecordKeys(new Uint8Array(32).fill(7))

  private constructor (disk: MemoryDisk) { this.disk = disk }

  static async open (chats = 1, disk = new MemoryDisk()): Promise<History> {
    const history = new History(disk)
    history.kv = (await openMemoryStore({ disk })).kv
    history.search = await Search.open({ kv: history.kv, keys: history.#keys, log: () => undefined, chats: () => history.chats })
    for (let n = 0; n < chats; n++) {
      const talk = new Talk(history, history.#keys, Uint8Array.from([0x12, 0x20, ...new Uint8Array(32).fill(n + 1)]))
      for await (const { seq } of talk.timeline.range(0, Number.MAX_SAFE_INTEGER, true)) { talk.seq = seq; break }
      history.chats.push(talk)
    }
    return history
  }

  /** As after a restart, on the disk as it is, or on another one. */
  async again (disk = this.disk): Promise<History> { return await History.open(this.chats.length, disk) }

  /** The texts that are found, the newest first. */
  async texts (query: string, more: Partial<Wanted> & { chats?: readonly Searched[] } = {}): Promise<string[]> {
    return (await this.found(query, more)).map(({ row }) => textOf(row))
  }

  /** How many records of the index are read and written for a change. */
  async touched (change: () => Promise<void>): Promise<{ read: number, written: number }> {
    await this.search.index.ready({ mostMs: 60_000 })
    await change()
    const touched = { read: 0, written: 0 }
    const { get } = this.kv
    this.kv.get = async key => { touched.read++; return await get.call(this.kv, key) }
    this.disk.beforeWrite = async ops => { touched.written += ops.length }
    await this.search.index.ready({ mostMs: 60_000 })
    this.kv.get = get
    this.disk.beforeWrite = async () => undefined
    return touched
  }

  async found (query: string, { chats = this.chats, ...more }: Partial<Wanted> & { chats?: readonly Searched[] } = {}): Promise<Found[]> {
    await this.search.index.ready({ mostMs: 60_000 })
    return (await this.search.find(chats, wanted(query, more), { limit: 10_000, after: undefined })).found
  }
}

export function wanted (query: string, more: Partial<Wanted> = {}): Wanted {
  return { clauses: query === '' ? [] : parseQuery(query), from: null, kind: null, since: 0, until: Infinity, ...more }
}

function textOf ({ body }: Row): string {
  const said = body === null ? null : decodeBody(body)
  return said !== null && 'text' in said ? said.text ?? '' : ''
}

/** One chat. */
export class Talk implements Searched {
  readonly id: string
  readonly log: LogId
  seq = 0
  readonly timeline: Timeline
  readonly #history: History
  readonly #edits = new Map<string, number>()
  readonly #words = new Map<string, Body>()

  constructor (history: History, keys: RecordKeys, log: LogId) {
    this.#history = history
    this.log = log
    this.id = base32Text(log)
    this.timeline = new Timeline(history.kv, keys, log, at => history.search.changed(log, at, at > this.seq))
  }

  async at (seq: number): Promise<Row | undefined> { return await this.timeline.at(seq) }
  async many (seqs: readonly number[]): Promise<Array<Row | undefined>> { return await this.timeline.many(seqs) }
  runs (from: number, to: number): ReturnType<Timeline['runs']> { return this.timeline.runs(from, to) }
  async editedBy (rows: readonly Row[]): Promise<number[]> { return rows.flatMap(({ id }) => this.#edits.get(idName(id)) ?? []) }
  async bodies (rows: readonly Row[]): Promise<Array<Body | null>> { return rows.map(({ id, body }) => this.#words.get(idName(id)) ?? (body === null ? null : decodeBody(body))) }

  /** Another row says that a message has other words; nothing else tells the index of it. */
  async edit (seq: number, text: string): Promise<void> {
    const edit = this.row({ kind: 'edit', target: (await this.timeline.at(seq))!.id, text }, { kind: 'other' })
    this.#edits.set(idName(edit.id), seq)
    this.#words.set(idName((await this.timeline.at(seq))!.id), { kind: 'text', text })
    await this.add(edit)
  }

  row (body: Body | null, { from = 1, time = this.seq + 1, kind = 'message' }: { from?: number, time?: number, kind?: Row['kind'] } = {}): Row {
    return { kind, id: randomBytes(16), hash: HASH, time, epoch: 0, from: account(from), device: account(from), at: time, body: body === null ? null : encodeBody(body), note: null }
  }

  /** Appends rows in one batch. */
  async add (...rows: Row[]): Promise<void> {
    await this.#write(lines => { for (const [i, row] of rows.entries()) lines.put(this.seq + 1 + i, row) })
    this.seq += rows.length
  }

  async say (...texts: string[]): Promise<void> { await this.add(...texts.map((text, i) => this.row({ kind: 'text', text }, { time: this.seq + 1 + i }))) }

  /** Writes over a row that is there. */
  async set (seq: number, row: Row): Promise<void> { await this.#write(lines => { lines.put(seq, row) }) }
  async erase (seq: number): Promise<void> { await this.set(seq, { ...(await this.timeline.at(seq))!, kind: 'erased', body: null }) }

  /** A takeover: what is above a number goes. */
  async cut (to: number): Promise<void> {
    const rows = await Array.fromAsync(this.timeline.range(to + 1, this.seq))
    await this.#write(lines => { lines.cutAfter(to, rows) })
    this.seq = to
  }

  async #write (fill: (lines: TimelineChange) => void): Promise<void> {
    const lines = this.timeline.change()
    fill(lines)
    const { ops, written } = await this.timeline.write(lines)
    await written(this.#history.kv.batch(ops))
  }
}
