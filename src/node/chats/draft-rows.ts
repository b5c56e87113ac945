/** The rows of one batch, by their numbers and by the ids that they stand under. */
import { bytesName, type EntryId } from '../../protocol/wire/index.js'
import type { Row } from './row.js'
import type { NumberedRow } from './timeline.js'

/** An id as a map's key. */
export function idName (id: EntryId): string { return bytesName(id) }

/** See the file's head. A number goes on to stand under one id, whatever becomes of its row. */
export class DraftRows extends Map<number, Row> {
  readonly #numbers = new Map<string, number[]>()
  /** Numbers that nobody has asked for by an id since they came. */
  #more: number[] = []

  override set (seq: number, row: Row): this {
    if (!this.has(seq)) this.#more.push(seq)
    return super.set(seq, row)
  }

  /** The rows under an id, in the order in which they came. */
  under (id: EntryId): NumberedRow[] {
    this.#sort()
    return (this.#numbers.get(idName(id)) ?? []).flatMap(seq => {
      const row = this.get(seq)
      return row === undefined ? [] : [{ seq, row }]
    })
  }

  #sort (): void {
    for (const seq of this.#more) {
      const name = idName(this.get(seq)?.id ?? new Uint8Array())
      const numbers = this.#numbers.get(name)
      if (numbers === undefined) this.#numbers.set(name, [seq])
      else numbers.push(seq)
    }
    this.#more = []
  }
}
