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
/** The shard of which shards a row stands in, so that who takes it out reads no others. Some neighbours share one: a new message writes it anew. */
export function standsOf (place: number): string { return `:in${place >> 6}` }

/** Latin, Greek, Cyrillic, Hebrew, Arabic and others end here. */
const ALPHABETS = 0x800

/** Places of a list, which is ascending, and some more, ascending and each once. What comes as a chat goes on stands behind all that are there. */
export function merged (before: readonly number[], more: Iterable<number>): readonly number[] {
  const after = [...more]
  const last = before.at(-1) ?? -1
  if (after.every((place, i) => place > (after[i - 1] ?? last))) return after.length === 0 ? before : before.length === 0 ? after : [...before, ...after]
  return [...new Set([...before, ...after])].sort((a, b) => a - b)
}

const shardShape = shape.tuple(shape.literal(1), shape.text(LIMITS.searchShardBytes), shape.bytes({ max: LIMITS.searchShardBytes }))

/**
 * The shard that a word stands in. Letters of alphabets have one each; 32 neighbours among all other characters share
 * one, so that no text makes more than LIMITS.searchShards.
 */
export function shardOf (term: string): string {
  const first = term.codePointAt(0) ?? 0
  return (first < ALPHABETS ? first : ALPHABETS + (first >> 5)).toString(36)
}

/** A shard's bytes. */
export function encodeShard (shard: Shard): Uint8Array {
  const terms = [...shard.keys()].sort()
  const bytes: number[] = []
  for (const term of terms) {
    const places = shard.get(term) ?? []
    push(bytes, places.length)
    let before = 0
    // By number: what goes over them one by one makes an object for each.
    for (let i = 0; i < places.length; i++) {
      const place = places[i] ?? 0
      push(bytes, place - before)
      before = place
    }
  }
  return encodeCbor([1, terms.join('\n'), Uint8Array.from(bytes)])
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

/** Numbers below 2^14, in one byte or two. */
function push (out: number[], n: number): void {
  if (n < 0x80) out.push(n)
  else out.push(0x80 | (n & 0x7f), n >> 7)
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
