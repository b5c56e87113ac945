/**
 * A map of what passes through: it goes in nearly the order in which it came, so what is looked for stands near the front of
 * a line. Not a Map: one in which entries come and go is made anew again and again by the engine, and each old table holds
 * the next, with all that lies in it, until the whole heap is looked through; for what lives for milliseconds that costs more
 * than all else about it.
 */
export class Passing<K, V> {
  readonly #keys: K[] = []
  readonly #values: V[] = []

  /** How many there are. */
  get size (): number { return this.#keys.length }

  /** Puts one at the end. The caller knows that the key is not there: looking for it would be looking at all. */
  add (key: K, value: V): void {
    this.#keys.push(key)
    this.#values.push(value)
  }

  /** The value of a key. */
  get (key: K): V | undefined { return this.#values[this.#keys.indexOf(key)] }

  /** Takes a key away. @returns its value; undefined when it is not there */
  take (key: K): V | undefined {
    const at = this.#keys.indexOf(key)
    if (at < 0) return undefined
    if (at > 0) {
      this.#keys.splice(at, 1)
      return this.#values.splice(at, 1)[0]
    }
    this.#keys.shift()
    return this.#values.shift()
  }

  /** All keys with their values, in the order they came. */
  entries (): Array<[K, V]> { return this.#keys.map((key, i) => [key, this.#values[i] as V]) }

  /** All values, in the order they came. */
  values (): readonly V[] { return this.#values }

  /** Takes all away. */
  clear (): void {
    this.#keys.length = 0
    this.#values.length = 0
  }
}
