/** Tokens for players: each opens one file, for a while. Pure but for the clock and the chance it is given. */
import { createHash } from 'node:crypto'
import { LIMITS } from '../../../protocol/api/index.js'

const TOKEN_BYTES = 32

/** Which file of which message. `item` counts the files of an album, from 0. */
export interface MediaPlace { readonly chat: string, readonly message: string, readonly item: number }

/** See the file's head. Only hashes are kept, so nothing that reads this memory opens a file with it. */
export class Tickets {
  /** By the token's hash, in the order they were given out. */
  readonly #places = new Map<string, { readonly place: MediaPlace, readonly expires: number }>()
  readonly #random: (bytes: number) => Uint8Array
  readonly #now: () => number

  constructor ({ random, now }: { random: (bytes: number) => Uint8Array, now: () => number }) {
    this.#random = random
    this.#now = now
  }

  /** A new token for a file, good for `ttlMs`. The oldest gives way when there are LIMITS.mediaTickets. */
  issue (place: MediaPlace, ttlMs: number): { token: string, expires: number } {
    this.#sweep()
    const [oldest] = this.#places.keys()
    if (oldest !== undefined && this.#places.size >= LIMITS.mediaTickets) this.#places.delete(oldest)
    const token = Buffer.from(this.#random(TOKEN_BYTES)).toString('base64url')
    const expires = this.#now() + ttlMs
    this.#places.set(hashOf(token), { place, expires })
    return { token, expires }
  }

  /** The file that a token opens, or null: it is unknown, or its time is over. */
  placeOf (token: string): MediaPlace | null {
    // Looked up by its hash: how long that takes says nothing about the tokens that are there.
    const found = this.#places.get(hashOf(token))
    return found === undefined || found.expires <= this.#now() ? null : found.place
  }

  #sweep (): void {
    const now = this.#now()
    for (const [hash, { expires }] of this.#places) if (expires <= now) this.#places.delete(hash)
  }
}

function hashOf (token: string): string { return createHash('sha256').update(token).digest('base64') }
