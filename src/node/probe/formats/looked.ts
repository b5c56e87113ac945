/** What a look at a picture's or film's own structure finds. */
import type { Recipe } from '../recipe.js'

/** One file, looked through from its start to its end. */
export interface Looked {
  readonly width?: number
  readonly height?: number
  /** As EXIF counts: 1 upright, 3 half a turn, 6 and 8 quarter turns, the even and 5, 7 mirrored. */
  readonly orientation?: number
  readonly durationMs?: number
  readonly hasVideo?: boolean
  /** How much memory decoding it takes, in bytes: measured with sharp 0.35, with room. */
  readonly decodeBytes?: number
  /** The file without what it tells; null where this format cannot be cleaned. */
  readonly recipe: Recipe | null
}

/** Pieces of one file (segments, chunks, boxes) that are looked at: more are made only by who wants to keep us busy. */
export const MANY = 200_000
