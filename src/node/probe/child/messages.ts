/**
 * What is said between the node and the process that looks at files. One job at a time; while it runs the child
 * asks for bytes, one read at a time.
 */
import type { Piece } from '../recipe.js'

/** A picture's size and form, as it should come out. */
export interface PictureOrder {
  /** It fits into so many pixels; it is never made larger than it is. */
  readonly width: number
  readonly height: number
  readonly form: 'jpeg' | 'png' | 'rgb'
  /** As {@link Looked.orientation}: the turn is applied. */
  readonly orientation: number
  /** For JPEG: it becomes so small, at the price of detail. */
  readonly maxBytes: number
}

/** A job. `type` is the sniffed media type. */
export type Job =
  | { readonly do: 'look', readonly type: string, readonly size: number }
  | { readonly do: 'picture', readonly size: number, readonly order: PictureOrder }
  | { readonly do: 'sound', readonly type: string, readonly size: number, readonly waveform: boolean }

/** To the child: a job, what it asked to read, or that this cannot be read. */
export type ToChild = { readonly job: Job } | { readonly bytes: Uint8Array }

/** From the child. `damaged`: the file is not what it says. `missing`: a library is not installed. */
export type FromChild =
  | { readonly read: readonly [start: number, end: number] }
  | { readonly result: unknown }
  | { readonly damaged: string }
  | { readonly missing: string }

/** What `look` gives. */
export interface LookResult {
  readonly width: number | null
  readonly height: number | null
  readonly orientation: number
  readonly durationMs: number | null
  readonly hasVideo: boolean | null
  readonly decodeBytes: number
  /** Null: nothing to take out. */
  readonly pieces: readonly Piece[] | null
  /** This format cannot be cleaned. */
  readonly cannotClean: boolean
}

/** What `picture` gives. */
export interface PictureResult { readonly bytes: Uint8Array, readonly width: number, readonly height: number }

/** What `sound` gives. */
export interface SoundResult { readonly durationMs: number | null, readonly hasVideo: boolean, readonly width: number | null, readonly height: number | null, readonly waveform: Uint8Array | null }
