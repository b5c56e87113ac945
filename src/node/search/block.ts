/** Changes one block of a chat's index: takes rows out of it, and puts them in with what they say now. */
import { LIMITS, peerIdText, sameBytes, type KeyBytes, type LogId } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import { decodeHead, encodeHead, type BlockHead, type SearchKeys } from './records.js'
import { BLOCK_ROWS, decodeShard, encodeShard, KINDS, merged, SENDERS, shardOf, standsOf, type Shard } from './shard.js'
import { Stands } from './stands.js'
import type { Subject } from './subject.js'
import { termsOf } from './words.js'

/** A message for the index: its place in the block, and what can be looked for. */
export interface Entry { readonly place: number, readonly from: KeyBytes, readonly time: number, readonly at: number, readonly subject: Subject }

/** Words, and for each the places that are to have it, in the order in which they came. */
type Additions = Map<string, number[]>

/** What changes, and how many messages the block has gained or lost. */
export interface BlockChange { readonly ops: KeyValueOp[], readonly gained: number }

/** Gathers what changes in one block. */
export class BlockDraft {
  readonly #words: Additions = new Map()
  readonly #kinds: Additions = new Map()
  readonly #senders: Additions = new Map()
  /** Who wrote the last one: mostly the next one too. */
  #sender: { readonly from: KeyBytes, readonly name: string } | undefined
  readonly #taken = new Set<number>()
  readonly #places = new Set<number>()
  readonly #time: [number, number] = [Infinity, 0]
  readonly #at: [number, number] = [Infinity, 0]
  /** Words gathered. */
  words = 0

  /** Whether nothing changes. */
  get isEmpty (): boolean { return this.#places.size === 0 && this.#taken.size === 0 }

  /** Takes out whatever stands there now. */
  take (place: number): void { this.#taken.add(place) }

  /** Puts a message in. */
  put ({ place, from, time, at, subject }: Entry): void {
    this.#places.add(place)
    widen(this.#time, time)
    widen(this.#at, at)
    if (this.#sender === undefined || !sameBytes(this.#sender.from, from)) this.#sender = { from, name: peerIdText(from) }
    this.#add(this.#senders, this.#sender.name, place)
    for (const kind of subject.kinds) this.#add(this.#kinds, kind, place)
    let left: number = LIMITS.searchWords
    for (const text of subject.texts) {
      const terms = termsOf(text)
      for (let i = 0; i < terms.length && left > 0; i++, left--) this.#add(this.#words, terms[i] ?? '', place)
    }
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
    const additions = this.#additions()
    for (const name of new Set([...stands.of(this.#taken), ...additions.keys()])) {
      const shard = await read(name)
      const isChanged = this.#takeOut(shard)
      const places = putIn(shard, additions.get(name))
      if (places.length === 0 && !isChanged) continue
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

  /** What is to be in each shard. */
  #additions (): Map<string, Additions> {
    const shards = new Map<string, Additions>()
    if (this.#senders.size > 0) shards.set(SENDERS, this.#senders)
    if (this.#kinds.size > 0) shards.set(KINDS, this.#kinds)
    for (const [term, places] of this.#words) {
      const name = shardOf(term)
      const shard = shards.get(name)
      if (shard === undefined) shards.set(name, new Map([[term, places]]))
      else shard.set(term, places)
    }
    return shards
  }

  #add (additions: Additions, term: string, place: number): void {
    const places = additions.get(term)
    if (places === undefined) additions.set(term, [place])
    // A word stands in a text more than once.
    else if (places.at(-1) !== place) places.push(place)
    this.words++
  }
}

/** Puts in what is to be in a shard, as far as it has room. @returns the places that were put in, ascending */
function putIn (shard: Shard, additions: Additions | undefined): number[] {
  const isIn = new Uint8Array(BLOCK_ROWS)
  const all: number[] = []
  if (additions === undefined) return all
  for (const [term, places] of additions) {
    if (shard.size >= LIMITS.searchShardWords && !shard.has(term)) continue
    for (let i = 0; i < places.length; i++) isIn[places[i] ?? 0] = 1
    shard.set(term, merged(shard.get(term) ?? [], places))
  }
  for (let place = 0; place < isIn.length; place++) if (isIn[place] === 1) all.push(place)
  return all
}

function messagesIn (kinds: Shard): number { return new Set([...kinds.values()].flat()).size }

function widen (span: [number, number], time: number): void {
  span[0] = Math.min(span[0], time)
  span[1] = Math.max(span[1], time)
}

function union ([from, to]: [number, number], before: [number, number] | undefined): [number, number] {
  if (before === undefined) return [from, to]
  return [Math.min(from, before[0]), Math.max(to, before[1])]
}
