/**
 * The blocks of a blob that are not here: which to ask for next. Index nodes come before what they link to, a block that
 * somebody waits for before all others, and after it the ones that follow it in the file. Pure.
 */
import { openIndex, type BlobPart, type Cid } from '../../protocol/wire/index.js'
import { mapKey } from '../bytes-text.js'

interface Item {
  readonly part: BlobPart
  readonly name: string
  state: 'wanted' | 'asked' | 'here'
  /** Sources that do not have it. */
  lackedBy: Set<string> | undefined
}

/** See the file's head. */
export class WantedBlocks {
  readonly #items: Item[] = []
  readonly #byName = new Map<string, number[]>()
  readonly #urgent = new Set<number>()
  /** Where the reading in order goes on. */
  #cursor = 0
  #open = 0
  /** Index nodes among them. */
  #openNodes = 0
  #asked = 0

  /** Whether every block of the blob is known: all index nodes are here. */
  get isWhole (): boolean { return this.#items.length > 0 && this.#openNodes === 0 }

  /** Whether all is here. */
  get isDone (): boolean { return this.#open === 0 }

  /** Whether something was asked for and has not come. */
  get isAsked (): boolean { return this.#asked > 0 }

  /** Takes further blocks of the blob, which follow one another in it. `here`: which of them are here already. */
  add (parts: readonly BlobPart[], here: readonly boolean[]): void {
    for (const [i, part] of parts.entries()) {
      const item: Item = { part, name: mapKey(part.cid), state: here[i] === true ? 'here' : 'wanted', lackedBy: undefined }
      const places = this.#byName.get(item.name)
      if (places === undefined) this.#byName.set(item.name, [this.#items.length])
      else places.push(this.#items.length)
      if (item.state === 'wanted') {
        this.#open++
        if (part.depth > 0) this.#openNodes++
      }
      this.#items.push(item)
    }
  }

  /** The next blocks to ask a source for: none when it has none of those that are wanted. */
  take (source: string, most: number): BlobPart[] {
    const taken: BlobPart[] = []
    const consider = (at: number): void => {
      const item = this.#items[at]
      if (item?.state !== 'wanted' || item.lackedBy?.has(source) === true) return
      item.state = 'asked'
      this.#asked++
      this.#urgent.delete(at)
      taken.push(item.part)
    }
    for (const at of [...this.#urgent]) if (taken.length < most) consider(at)
    const count = this.#items.length
    for (let i = 0; i < count && taken.length < most; i++) consider((this.#cursor + i) % count)
    while (this.#cursor < count && this.#items[this.#cursor]?.state !== 'wanted') this.#cursor++
    if (this.#cursor >= count) this.#cursor = 0
    return taken
  }

  /** Somebody waits for a block. Whether it is one of these, and not here. */
  hurry (cid: Cid): boolean {
    const [at, item] = this.#find(mapKey(cid))
    if (at === undefined || item === undefined || item.state === 'here') return false
    if (item.state === 'wanted') {
      this.#urgent.add(at)
      this.#cursor = at
    }
    return true
  }

  /** A block has come, and is kept. Its part, or undefined when it was here. */
  came (cid: Cid): BlobPart | undefined {
    const name = mapKey(cid)
    const [, first] = this.#find(name)
    // One block may stand in several places of a blob.
    for (const at of this.#byName.get(name) ?? []) {
      const item = this.#items[at]
      if (item === undefined || item.state === 'here') continue
      if (item.state === 'asked') this.#asked--
      item.state = 'here'
      this.#open--
      if (item.part.depth > 0) this.#openNodes--
      this.#urgent.delete(at)
    }
    return first?.state === 'here' ? first.part : undefined
  }

  /** A source did not bring these. `lacks`: it said that it does not have them. */
  missed (parts: readonly BlobPart[], source: string, lacks: boolean): void {
    for (const { cid } of parts) {
      for (const at of this.#byName.get(mapKey(cid)) ?? []) {
        const item = this.#items[at]
        if (item?.state !== 'asked') continue
        item.state = 'wanted'
        this.#asked--
        if (lacks) item.lackedBy = (item.lackedBy ?? new Set()).add(source)
      }
    }
  }

  #find (name: string): [number | undefined, Item | undefined] {
    for (const at of this.#byName.get(name) ?? []) if (this.#items[at]?.state !== 'here') return [at, this.#items[at]]
    const [first] = this.#byName.get(name) ?? []
    return [first, first === undefined ? undefined : this.#items[first]]
  }
}

/** What stands right below an index node, once its bytes are here; nothing below a leaf. @throws ProofError, BadInputError when the tree does not hold */
export function partsBelow (part: BlobPart, bytes: Uint8Array): BlobPart[] { return part.depth === 0 ? [] : openIndex(part, bytes) }
