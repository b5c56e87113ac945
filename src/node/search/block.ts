/** Changes one block of a chat's index: takes rows out of it, and puts them in with what they say now. */
import { LIMITS, peerIdText, type KeyBytes, type LogId } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import { decodeHead, encodeHead, type BlockHead, type SearchKeys } from './records.js'
import { decodeShard, encodeShard, KINDS, merged, SENDERS, shardOf, standsOf, type Shard } from './shard.js'
import { Stands } from './stands.js'
import type { Subject } from './subject.js'
import { wordsOf } from './words.js'

/** A message for the index: its place in the block, and what can be looked for. */
export interface Entry { readonly place: number, readonly from: KeyBytes, readonly time: number, readonly at: number, readonly subject: Subject }

/** New words of a block by shard: for each the places that have it. */
type Additions = Map<string, Map<string, Set<number>>>

/** What changes, and how many messages the block has gained or lost. */
export interface BlockChange { readonly ops: KeyValueOp[], readonly gained: number }

/** Gathers what changes in one block. */
export class BlockDraft {
  readonly #additions: Additions = new Map()
  readonly #taken = new Set<number>()
  readonly #places = new Set<number>()
  #time: [number, number] = [Infinity, 0]
  #at: [number, number] = [Infinity, 0]
  /** Words gathered. */
  words = 0

  /** Whether nothing changes. */
  get isEmpty (): boolean { return this.#places.size === 0 && this.#taken.size === 0 }

  /** Takes out whatever stands there now. */
  take (place: number): void { this.#taken.add(place) }

  /** Puts a message in. */
  put ({ place, from, time, at, subject }: Entry): void {
    this.#places.add(place)
    this.#time = widened(this.#time, time)
    this.#at = widened(this.#at, at)
    this.#add(SENDERS, peerIdText(from), place)
    for (const kind of subject.kinds) this.#add(KINDS, kind, place)
    for (const { term } of subject.texts.flatMap(text => wordsOf(text)).slice(0, LIMITS.searchWords)) this.#add(shardOf(term), term, place)
  }

  /** The changes, for a block as it lies in the store: of what is taken out, and put in, only the shards that it stands in are read. */
  async change (kv: KeyValueStore, keys: SearchKeys, log: LogId, block: number): Promise<BlockChange> {
    const read = async (name: string): Promise<Shard> => {
      const bytes = await kv.get(keys.shard(log, block, name))
      return bytes === undefined ? new Map() : decodeShard(bytes)
    }
    const ops: KeyValueOp[] = []
    const put = (name: string, shard: Shard): void => {
      const key = keys.shard(log, block, name)
      ops.push(shard.size === 0 ? { type: 'del', key } : { type: 'put', key, value: encodeShard(shard) })
    }
    const headBytes = await kv.get(keys.head(log, block))
    const before = headBytes === undefined ? undefined : decodeHead(headBytes)
    let messages = before?.messages ?? 0
    const stands = new Stands()
    for (const name of new Set([...this.#taken, ...this.#places].map(standsOf))) stands.add(name, await read(name))
    for (const name of new Set([...stands.of(this.#taken), ...this.#additions.keys()])) {
      const shard = await read(name)
      const isChanged = this.#takeOut(shard)
      const places = this.#putIn(shard, name)
      if (places.size === 0 && !isChanged) continue
      put(name, shard)
      stands.change(name, this.#taken, places)
      if (name === KINDS) messages = messagesIn(shard)
    }
    for (const [name, shard] of stands.all) put(name, shard)
    ops.push(this.#headOp(keys.head(log, block), messages, before))
    return { ops, gained: messages - (before?.messages ?? 0) }
  }

  #headOp (key: Uint8Array, messages: number, before: BlockHead | undefined): KeyValueOp {
    if (messages === 0) return { type: 'del', key }
    const [time, at] = [union(this.#time, before?.time), union(this.#at, before?.at)]
    return { type: 'put', key, value: encodeHead({ messages, time, at }) }
  }

  /** Whether anything stood there. */
  #takeOut (shard: Shard): boolean {
    if (this.#taken.size === 0) return false
    let isChanged = false
    for (const [term, places] of shard) {
      const left = places.filter(place => !this.#taken.has(place))
      if (left.length === places.length) continue
      isChanged = true
      if (left.length === 0) shard.delete(term)
      else shard.set(term, left)
    }
    return isChanged
  }

  /** Puts in what is to be in this shard, as far as it has room. @returns the places that were put in */
  #putIn (shard: Shard, name: string): Set<number> {
    const put = new Set<number>()
    for (const [term, places] of this.#additions.get(name) ?? []) {
      if (shard.size >= LIMITS.searchShardWords && !shard.has(term)) continue
      for (const place of places) put.add(place)
      shard.set(term, merged(shard.get(term) ?? [], places))
    }
    return put
  }

  #add (name: string, term: string, place: number): void {
    let shard = this.#additions.get(name)
    if (shard === undefined) this.#additions.set(name, shard = new Map<string, Set<number>>())
    const places = shard.get(term)
    if (places === undefined) shard.set(term, new Set([place]))
    else places.add(place)
    this.words++
  }
}

function messagesIn (kinds: Shard): number { return new Set([...kinds.values()].flat()).size }

function widened ([from, to]: [number, number], time: number): [number, number] { return [Math.min(from, time), Math.max(to, time)] }

function union ([from, to]: [number, number], before: [number, number] | undefined): [number, number] {
  if (before === undefined) return [from, to]
  return [Math.min(from, before[0]), Math.max(to, before[1])]
}
