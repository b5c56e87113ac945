/**
 * How a part of the index lies in one record. The rows of a chat stand in blocks of BLOCK_ROWS numbers; the words of a
 * block stand in shards by their first character, so that a search reads few of them, also for the beginning of a word. A shard has its words in order, and for each the rows of the block that have it.
 */
import { BadInputError, decodeCbor, encodeCbor, LIMITS, shape } from '../../protocol/wire/index.js'

/** Numbers of a chat's log in one block. Measured: larger ones make an index that grows by single messages dearer, smaller ones a search. */
export const BLOCK_ROWS = 1024

/** Words, and the places (0 to BLOCK_ROWS - 1) of the rows that have each, ascending. */
export type Shard = Map<string, readonly number[]>

/** The shard of who wrote a message. */
export const SENDERS = ':from'
/** The shard of what kinds a message is of. */
export const KINDS = ':kind'
// A text for each place would be thousands of the same few.
const STANDS = Array.from({ length: BLOCK_ROWS >> 6 }, (_, part) => `:in${part}`)
/** The shard of which shards a row stands in, so that who takes it out reads no others. Some neighbours share one: a new message writes it anew. */
export function standsOf (place: number): string { return STANDS[place >> 6] ?? '' }

/** Latin, Greek, Cyrillic, Hebrew, Arabic and others end here. */
const ALPHABETS = 0x800

/** Places of a list, which is ascending, and some more, ascending and each once. What comes as a chat goes on stands behind all that are there. */
export function merged (before: readonly number[], more: readonly number[]): readonly number[] {
  let last = before.at(-1) ?? -1
  for (let i = 0; i < more.length; i++) {
    const place = more[i] ?? 0
    if (place <= last) return [...new Set([...before, ...more])].sort((a, b) => a - b)
    last = place
  }
  return more.length === 0 ? before : before.length === 0 ? more : [...before, ...more]
}

const shardShape = shape.tuple(shape.literal(1), shape.text(LIMITS.searchShardBytes), shape.bytes({ max: LIMITS.searchShardBytes }))

/**
 * The shard that a word stands in. Letters of alphabets have one each; 32 neighbours among all other characters share
 * one, so that no text makes more than LIMITS.searchShards.
 */
export function shardOf (term: string): string {
  const first = term.codePointAt(0) ?? 0
  return SHARDS[first] ?? shardName(first)
}

function shardName (first: number): string { return (first < ALPHABETS ? first : ALPHABETS + (first >> 5)).toString(36) }

// Of plain letters and digits, as most words begin: a text is not made for each word.
const SHARDS = Array.from({ length: 0x80 }, (_, first) => shardName(first))

/** A shard's bytes. */
export function encodeShard (shard: Shard): Uint8Array {
  const terms = [...shard.keys()].sort()
  let most = 0
  for (const places of shard.values()) most += NUMBER_BYTES * (1 + places.length)
  const bytes = new Uint8Array(most)
  let end = 0
  for (const term of terms) {
    const places = shard.get(term) ?? []
    end = put(bytes, end, places.length)
    let before = 0
    // By number: what goes over them one by one makes an object for each.
    for (let i = 0; i < places.length; i++) {
      const place = places[i] ?? 0
      end = put(bytes, end, place - before)
      before = place
    }
  }
  return encodeCbor([1, terms.join('\n'), bytes.subarray(0, end)])
}

/** A shard from its bytes. @throws BadInputError */
export function decodeShard (bytes: Uint8Array): Shard {
  const shard: Shard = new Map()
  for (const [term, places] of read(bytes, () => true)) shard.set(term, places)
  return shard
}

/** The rows that have a word, or one that begins so, ascending. @throws BadInputError */
export function placesIn (bytes: Uint8Array, { term, prefix }: { term: string, prefix: boolean }): readonly number[] {
  const found = read(bytes, other => prefix ? other.startsWith(term) : other === term).map(([, places]) => places)
  const [first, ...rest] = found
  return rest.length === 0 ? first ?? [] : [...new Set(found.flat())].sort((a, b) => a - b)
}

/** The words of a shard that are wanted, with their rows. */
function read (bytes: Uint8Array, isWanted: (term: string) => boolean): Array<[string, number[]]> {
  const [, text, packed] = shardShape(decodeCbor(bytes, LIMITS.searchShardBytes * 2), 'search shard')
  const found: Array<[string, number[]]> = []
  const reader = new Reader(packed)
  for (const term of text.split('\n')) {
    const count = reader.next()
    if (count === 0 || count > BLOCK_ROWS) throw new BadInputError('search shard: a word with no rows, or more than there are')
    const places: number[] | undefined = isWanted(term) ? [] : undefined
    let place = 0
    for (let i = 0; i < count; i++) {
      place += reader.next()
      places?.push(place)
    }
    if (place >= BLOCK_ROWS) throw new BadInputError('search shard: a row outside its block')
    if (places !== undefined) found.push([term, places])
  }
  reader.end()
  return found
}

const NUMBER_BYTES = 2

/** Puts a number below 2^14 in one byte or two. @returns where it ends */
function put (out: Uint8Array, at: number, n: number): number {
  if (n >= 0x80) out[at++] = 0x80 | (n & 0x7f)
  out[at] = n < 0x80 ? n : n >> 7
  return at + 1
}

class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor (bytes: Uint8Array) { this.#bytes = bytes }

  next (): number {
    const first = this.#byte()
    return first < 0x80 ? first : (first & 0x7f) | this.#byte() << 7
  }

  end (): void { if (this.#at !== this.#bytes.length) throw new BadInputError('search shard: bytes behind its end') }

  #byte (): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new BadInputError('search shard: it ends too early')
    return byte
  }
}
