/** Which shards the rows of a block stand in, as far as a change is about them. Pure. */
import { merged, standsOf, type Shard } from './shard.js'

/** Parts of a block's directory: shards whose words are the names of shards. */
export class Stands {
  readonly #parts = new Map<string, Shard>()

  /** Takes a part as it was read. */
  add (name: string, part: Shard): void { this.#parts.set(name, part) }

  /** All parts by name, as they are to be written. */
  get all (): Iterable<[string, Shard]> { return this.#parts }

  /** The shards that some rows stand in. */
  of (rows: ReadonlySet<number>): Set<string> {
    const found = new Set<string>()
    if (rows.size === 0) return found
    for (const part of this.#parts.values()) for (const [shard, places] of part) if (places.some(place => rows.has(place))) found.add(shard)
    return found
  }

  /** Rows were taken out of a shard, and others (ascending) put in. Of each the part is there. */
  change (shard: string, taken: ReadonlySet<number>, put: readonly number[]): void {
    const byPart = new Map<string, number[]>()
    for (let i = 0; i < put.length; i++) {
      const place = put[i] ?? 0
      const name = standsOf(place)
      const these = byPart.get(name)
      if (these === undefined) byPart.set(name, [place])
      else these.push(place)
    }
    for (const [name, part] of this.#parts) {
      const before = part.get(shard) ?? []
      const after = merged(taken.size === 0 ? before : before.filter(place => !taken.has(place)), byPart.get(name) ?? [])
      if (after.length === 0) part.delete(shard)
      else part.set(shard, after)
    }
  }
}
