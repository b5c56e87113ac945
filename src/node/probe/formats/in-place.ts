/** Taking out by blanking: formats whose parts name each other by place keep their size, and nothing in them moves. */
import { Damaged } from '../damaged.js'
import { Recipe } from '../recipe.js'
import { MANY } from './looked.js'

/** From `start` on: bytes of our own, then zeros up to `end`. */
export interface Edit { readonly start: number, readonly end: number, readonly bytes?: Uint8Array }

/** Collects edits in any order. */
export class Edits {
  readonly #edits: Edit[] = []

  /** @throws Damaged when there are too many, or one of nothing or of less than its bytes */
  add (edit: Edit): void {
    if (edit.end < edit.start || (edit.bytes?.length ?? 0) > edit.end - edit.start) throw new Damaged('one of its parts has no room')
    if (this.#edits.length >= MANY) throw new Damaged('it has too many parts')
    if (edit.end > edit.start) this.#edits.push(edit)
  }

  /** The file with the edits. Where two of them meet the first one holds, and the rest of the second is blank. */
  recipe (size: number): Recipe {
    const recipe = new Recipe()
    let at = 0
    for (const { start, end, bytes = new Uint8Array(0) } of this.#edits.sort((a, b) => a.start - b.start)) {
      const from = Math.max(at, start)
      const to = Math.min(end, size)
      if (from >= to) continue
      recipe.keep(at, from)
      const own = from === start ? bytes : new Uint8Array(0)
      recipe.put(own)
      recipe.zeros(to - from - own.length)
      at = to
    }
    recipe.keep(at, size)
    return recipe
  }
}
