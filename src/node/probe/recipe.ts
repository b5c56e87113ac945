/** A file made out of another one: which ranges stay, and what stands between them. Nothing is copied until it is read. */
import type { ByteSource } from './types.js'

/** A range of the source, bytes of our own, or so many zeros. */
export type Piece = { readonly start: number, readonly end: number } | { readonly bytes: Uint8Array } | { readonly zeros: number }

/** Collects pieces in order. */
export class Recipe {
  readonly pieces: Piece[] = []

  /** The source's bytes from `start` up to `end` stay. */
  keep (start: number, end: number): void {
    const last = this.pieces.at(-1)
    if (start >= end) return
    if (last !== undefined && 'start' in last && last.end === start) this.pieces[this.pieces.length - 1] = { start: last.start, end }
    else this.pieces.push({ start, end })
  }

  /** Bytes that the source does not have. */
  put (bytes: Uint8Array): void { if (bytes.length > 0) this.pieces.push({ bytes }) }

  /** What stood here is blanked, so that nothing behind it moves. */
  zeros (count: number): void { if (count > 0) this.pieces.push({ zeros: count }) }
}

/** How many bytes the pieces are. */
export function sizeOf (pieces: readonly Piece[]): number { return pieces.reduce((sum, piece) => sum + lengthOf(piece), 0) }

/** How many bytes a piece is. */
export function lengthOf (piece: Piece): number {
  if ('start' in piece) return piece.end - piece.start
  return 'bytes' in piece ? piece.bytes.length : piece.zeros
}

/** The pieces as bytes to be read from anywhere; the source stays where it is. */
export function cooked (source: ByteSource, pieces: readonly Piece[]): ByteSource {
  const starts: number[] = []
  let size = 0
  for (const piece of pieces) { starts.push(size); size += lengthOf(piece) }
  return {
    size,
    read: async (start, end, options) => {
      const out = new Uint8Array(end - start)
      for (let i = lastAtOrBelow(starts, start); i < pieces.length && (starts[i] ?? size) < end; i++) {
        const piece = pieces[i]
        const at = starts[i] ?? 0
        if (piece === undefined) break
        const from = Math.max(start, at)
        const to = Math.min(end, at + lengthOf(piece))
        if (to > from) await fill(out.subarray(from - start, to - start), source, piece, from - at, options)
      }
      return out
    }
  }
}

async function fill (into: Uint8Array, source: ByteSource, piece: Piece, offset: number, options?: { readonly signal?: AbortSignal }): Promise<void> {
  if ('bytes' in piece) into.set(piece.bytes.subarray(offset, offset + into.length))
  if ('start' in piece) into.set(await source.read(piece.start + offset, piece.start + offset + into.length, options))
}

function lastAtOrBelow (sorted: readonly number[], value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? 0) <= value) low = middle + 1
    else high = middle
  }
  return Math.max(0, low - 1)
}
