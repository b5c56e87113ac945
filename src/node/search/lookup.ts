/** Goes through a chat's index from its newest message down, and says which rows may have what is looked for. */
import { peerIdText, type KeyBytes, type LogId } from '../../protocol/wire/index.js'
import type { SearchKind } from '../../protocol/api/index.js'
import type { KeyValueStore } from '../../store/index.js'
import type { Clause } from './query.js'
import { blockOf, decodeHead, firstOf, type BlockHead, type SearchKeys } from './records.js'
import { KINDS, placesIn, SENDERS, shardOf } from './shard.js'

/** What a message must have. Times in ms: at or after `since`, before `until`. */
export interface Wanted {
  readonly clauses: readonly Clause[]
  readonly from: KeyBytes | null
  readonly kind: SearchKind | null
  readonly since: number
  readonly until: number
}

/** One look into a block: a shard, and the word in it. */
interface Look { readonly shard: string, readonly term: string, readonly prefix: boolean }

/** The looks that a row must be in. */
function looksFor ({ clauses, from, kind }: Wanted): Look[] {
  const looks = clauses.flat().map(({ term, prefix }): Look => ({ shard: shardOf(term), term, prefix }))
  if (from !== null) looks.push({ shard: SENDERS, term: peerIdText(from), prefix: false })
  if (kind !== null) looks.push({ shard: KINDS, term: kind, prefix: false })
  // All messages have a kind.
  return looks.length > 0 ? looks : [{ shard: KINDS, term: '', prefix: true }]
}

/**
 * Numbers of rows that may fit, the newest first, from below `before`, a block at a time. `skip` says of a block's times whether it is of
 * no use. What the index says is only a hint: the row itself decides.
 */
export async function * candidates (kv: KeyValueStore, keys: SearchKeys, log: LogId, wanted: Wanted, before: number, skip: (head: BlockHead) => boolean): AsyncGenerator<number[]> {
  const looks = looksFor(wanted)
  const shards = [...new Set(looks.map(({ shard }) => shard))]
  for (let block = blockOf(before - 1); block >= 0 && before > 1; block--) {
    const found = await kv.getMany(shards.map(shard => keys.shard(log, block, shard)))
    const places = inAll(looks, new Map(shards.map((shard, i) => [shard, found[i]])))
    if (places.length === 0) continue
    const headBytes = await kv.get(keys.head(log, block))
    if (headBytes === undefined) continue
    const head = decodeHead(headBytes)
    if (head.at[0] >= wanted.until || head.at[1] < wanted.since || skip(head)) continue
    yield places.map(place => firstOf(block) + place).filter(seq => seq < before).reverse()
  }
}

function inAll (looks: readonly Look[], found: ReadonlyMap<string, Uint8Array | undefined>): readonly number[] {
  const size = ({ shard }: Look): number => found.get(shard)?.length ?? 0
  let left: readonly number[] | undefined
  // The small ones first: what is in none of them need not be looked for in the large ones.
  for (const look of looks.toSorted((a, b) => size(a) - size(b))) {
    const bytes = found.get(look.shard)
    const places = bytes === undefined ? [] : placesIn(bytes, look)
    const has = new Set(places)
    left = left === undefined ? places : left.filter(place => has.has(place))
    if (left.length === 0) return []
  }
  return left ?? []
}
