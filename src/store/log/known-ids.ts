/**
 * The ids of one log, so far as to say of nearly every new one that it is surely not among them: each append asks that, and
 * the disk would be asked in vain. A Bloom filter (B. H. Bloom, 1970) in layers: 32 bits an id and six places for each, so
 * of new ids one in ten thousand is looked up all the same. Who chooses ids that seem to be there has them looked up.
 */

const BITS_PER_ID = 32
const PLACES = 6
/** Ids that the first layer takes; each further one takes so many times as many. Powers of two: a place is cut out of a hash. */
const FIRST_IDS = 128
const GROWTH = 4
/** A log with more ids is not worth the memory, 170 KiB. */
export const MOST_IDS = 32_768

interface Layer { readonly bits: Uint32Array, readonly ids: number, taken: number }

/** See the file's head. */
export class KnownIds {
  readonly #layers: Layer[] = []
  readonly #onGrown: (bytes: number) => void

  /** @param onGrown told the bytes of each layer, before it is there */
  constructor (onGrown: (bytes: number) => void) { this.#onGrown = onGrown }

  /** Bytes that it takes. */
  get bytes (): number { return this.#layers.reduce((sum, { bits }) => sum + bits.byteLength, 0) }

  /** Takes an id in. False when there are too many: this is of no use any more. */
  add (id: Uint8Array): boolean {
    let layer = this.#layers.at(-1)
    if (layer === undefined || layer.taken >= layer.ids) {
      const ids = layer === undefined ? FIRST_IDS : layer.ids * GROWTH
      if (ids > MOST_IDS) return false
      const bytes = ids * BITS_PER_ID / 8
      this.#onGrown(bytes)
      this.#layers.push(layer = { bits: new Uint32Array(bytes / 4), ids, taken: 0 })
    }
    layer.taken++
    const [first, step] = hashesOf(id)
    const mask = layer.ids * BITS_PER_ID - 1
    for (let i = 0; i < PLACES; i++) {
      const place = (first + Math.imul(i, step)) & mask
      layer.bits[place >>> 5] = (layer.bits[place >>> 5] ?? 0) | 1 << (place & 31)
    }
    return true
  }

  /** Whether an id may have been taken in. False is certain. */
  mayHold (id: Uint8Array): boolean {
    const [first, step] = hashesOf(id)
    return this.#layers.some(({ bits, ids }) => {
      const mask = ids * BITS_PER_ID - 1
      for (let i = 0; i < PLACES; i++) {
        const place = (first + Math.imul(i, step)) & mask
        if (((bits[place >>> 5] ?? 0) & 1 << (place & 31)) === 0) return false
      }
      return true
    })
  }
}

/** Two numbers of 32 bits from an id, the second odd: FNV-1a (RFC 9923), mixed in two ways. */
function hashesOf (id: Uint8Array): [number, number] {
  let hash = 0x811c9dc5
  // By number: what goes over bytes one by one makes an object for each.
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ (id[i] ?? 0), 0x01000193)
  return [mixed(hash), mixed(hash ^ 0x9e3779b9) | 1]
}

/** Every bit of what comes out hangs on every bit that goes in. */
function mixed (value: number): number {
  const half = Math.imul(value ^ value >>> 16, 0x21f0aaad)
  const whole = Math.imul(half ^ half >>> 15, 0x735a2d97)
  return whole ^ whole >>> 15
}
