/** An ordered map of byte keys. Keys are held as latin1 text, whose order is the bytes' order. */
import type { KeyRange } from '../contract.js'
import type { Pair } from '../engine.js'

// So many are put in their places one by one: each moves all that stand behind it.
const FEW = 8

function text (key: Uint8Array): string { return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1') }

/** See the file's head. */
export class SortedMap {
  readonly #keys: string[] = []
  /** Keys that are not among the sorted ones yet: thousands may come before anybody asks for their order. */
  #fresh: string[] = []
  readonly #pairs = new Map<string, Pair>()

  get (key: Uint8Array): Uint8Array | undefined { return this.#pairs.get(text(key))?.[1] }

  set (key: Uint8Array, value: Uint8Array): void {
    const name = text(key)
    if (!this.#pairs.has(name)) this.#fresh.push(name)
    this.#pairs.set(name, [key.slice(), value.slice()])
  }

  delete (key: Uint8Array): void {
    const name = text(key)
    if (!this.#pairs.delete(name)) return
    this.#sort()
    this.#keys.splice(this.#firstAtOrAbove(name), 1)
  }

  /** The range's pairs as they are now. */
  slice (range: KeyRange): Pair[] {
    this.#sort()
    const [from, to] = this.#bounds(range)
    const limit = range.limit ?? Infinity
    const names = this.#keys.slice(from, Math.max(from, to))
    if (range.reverse === true) names.reverse()
    if (names.length > limit) names.length = limit
    return names.flatMap(name => {
      const pair = this.#pairs.get(name)
      return pair === undefined ? [] : [pair]
    })
  }

  #sort (): void {
    const fresh = this.#fresh
    if (fresh.length === 0) return
    this.#fresh = []
    if (fresh.length <= FEW) {
      for (const name of fresh) this.#keys.splice(this.#firstAtOrAbove(name), 0, name)
      return
    }
    fresh.sort()
    const keys = this.#keys
    let kept = keys.length - 1
    let added = fresh.length - 1
    // Behind the kept ones first, so that the list has its length; then from its end on each in its place.
    for (const name of fresh) keys.push(name)
    for (let at = keys.length - 1; added >= 0; at--) {
      const last = keys[kept] ?? ''
      const next = fresh[added] ?? ''
      const isKept = kept >= 0 && last > next
      keys[at] = isKept ? last : next
      if (isKept) kept--
      else added--
    }
  }

  #bounds (range: KeyRange): [from: number, to: number] {
    let from = 0
    let to = this.#keys.length
    if (range.gte !== undefined) from = this.#firstAtOrAbove(text(range.gte))
    else if (range.gt !== undefined) from = this.#firstAbove(text(range.gt))
    if (range.lte !== undefined) to = this.#firstAbove(text(range.lte))
    else if (range.lt !== undefined) to = this.#firstAtOrAbove(text(range.lt))
    return [from, to]
  }

  #firstAtOrAbove (name: string): number {
    let low = 0
    let high = this.#keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#keys[middle] ?? '') < name) low = middle + 1
      else high = middle
    }
    return low
  }

  // No key lies between a text and the same text with a zero byte behind it.
  #firstAbove (name: string): number { return this.#firstAtOrAbove(`${name}\0`) }
}
