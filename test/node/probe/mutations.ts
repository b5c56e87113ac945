/** Files of every kind that is looked into, and damage of every kind done to them. */
import assert from 'node:assert/strict'
import { look } from '../../../src/node/probe/child/look.js'
import { Damaged } from '../../../src/node/probe/damaged.js'
import { cooked } from '../../../src/node/probe/recipe.js'
import { sniff } from '../../../src/node/probe/index.js'
import { all, chunk, secretsIn, sourceOf, telling } from './files.js'
import { film, webm } from './films.js'

/** Sound files, one of each kind, each with something to take out. */
export async function soundFiles (): Promise<Record<string, Buffer>> {
  const small = { width: 40, height: 30, orientation: 5 }
  const png = await telling(small).png().toBuffer()
  const gif = await telling(small).gif().toBuffer()
  return {
    jpeg: await telling(small).jpeg().toBuffer(),
    progressive: await telling(small).jpeg({ progressive: true }).toBuffer(),
    png: Buffer.concat([png.subarray(0, 33), chunk('tEXt', Buffer.from('Author\0Ada Lovelace')), png.subarray(33)]),
    webp: await telling(small).webp().toBuffer(),
    gif: Buffer.concat([gif.subarray(0, -1), Buffer.from([0x21, 0xfe, 3, 1, 2, 3, 0, 0x3b])]),
    avif: await telling(small).avif({ effort: 0 }).toBuffer(),
    film: film(), webm: webm(), live: webm({ live: true })
  }
}

/** Numbers from 0 to below a bound that a seed decides. */
export function dice (seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor(state / 2 ** 32 * below)
  }
}

/** The file with some of its bytes changed, cut out, doubled or put in. */
export function damaged (file: Buffer, roll: (below: number) => number): Buffer {
  let out = Buffer.from(file)
  for (let n = 1 + roll(4); n > 0; n--) {
    const at = roll(out.length)
    const to = Math.min(out.length, at + 1 + roll(40))
    const kinds = [
      () => { out[at] = roll(256) },
      () => { out[at] = [0, 1, 0x7f, 0x80, 0xff][roll(5)]! },
      () => { out = Buffer.concat([out.subarray(0, at), out.subarray(to)]) },
      () => { out = Buffer.concat([out.subarray(0, to), out.subarray(at)]) },
      () => { out = Buffer.concat([out.subarray(0, at), Buffer.from(Array.from({ length: 1 + roll(9) }, () => roll(256))), out.subarray(at)]) },
      () => { out = out.subarray(0, at) }
    ]
    kinds[roll(kinds.length)]!()
    if (out.length === 0) return out
  }
  return out
}

const EXACT = new Set(['image/jpeg', 'image/gif'])

/** Looks a file through as the child does: it ends, in a result that can be read, or as Damaged. */
export async function lookedThrough (file: Buffer): Promise<'clean' | 'cleaned' | 'damaged'> {
  const { type } = sniff(file)
  try {
    const { pieces } = await look(sourceOf(file), type ?? '')
    if (pieces === null) return 'clean'
    const made = cooked(sourceOf(file), pieces)
    const bytes = await all(made)
    assert.equal(bytes.length, made.size)
    // What was cleaned is clean: nothing that the first look left over is found by a second one.
    // Whose parts must be as long as what they hold lets nothing else through, whatever the damage. Elsewhere a damaged length may take in what follows.
    if (EXACT.has(type ?? '')) assert.deepEqual(secretsIn(bytes), [])
    const again = await look(sourceOf(bytes), type ?? '')
    assert.ok(again.pieces === null || (await all(cooked(sourceOf(bytes), again.pieces))).length <= bytes.length)
    return 'cleaned'
  } catch (error) {
    if (error instanceof Damaged) return 'damaged'
    throw error
  }
}
