/**
 * How many inbound connections a busy host takes on at once: so many as it gets through within half of the time that each
 * has. It works on all of them in turns, so with some too many hardly one would be in time, and what was done for the others
 * would be for nothing, again and again as they come back. Learnt from those that come through and those that do not, and only
 * while the host has no rest: whoever is slow by himself says nothing. Pure.
 */

/** Fewer than these are taken on in any case: else nothing would be learnt. */
const LEAST = 8
/** The part of its time that a handshake may take before there are too many at once, and that a host rests to forget. */
const SOON = 1 / 4
/** A host that rests for no more than this part of the time has as much to do as it can. */
const REST = 1 / 4

/** A moment: of a clock that does not jump, and how long the host has had nothing to do until then; ms. */
export interface Moment { readonly at: number, readonly idle: number }

/** When a connection began, and how many waited then, with itself. */
export interface Begun extends Moment { readonly among: number }

/** See the file's head. */
export class UpgradeRoom {
  readonly #total: number
  readonly #deadlineMs: number
  #room: number
  #restedAt = -Infinity

  /** Room for so many in all, each of which has so long. */
  constructor ({ total, deadlineMs }: { readonly total: number, readonly deadlineMs: number }) {
    this.#total = this.#room = total
    this.#deadlineMs = deadlineMs
  }

  /** Connections that may wait now: all there is room for, when the host has rested since something was learnt. */
  room (now: Moment): number { return now.idle - this.#restedAt > this.#deadlineMs * SOON ? this.#total : this.#room }

  /** A connection has come through. */
  upgraded (begun: Begun, now: Moment): void {
    const took = now.at - begun.at
    const room = this.room(now)
    if (took < this.#deadlineMs * SOON || !isBusy(begun, now)) this.#learn(room + 1, now)
    // A bit at a time: one alone may have had luck.
    else this.#learn(room + (begun.among * this.#deadlineMs / 2 / took - room) / 4, now)
  }

  /** A connection has ended otherwise. */
  ended (begun: Begun, now: Moment): void {
    if (now.at - begun.at > this.#deadlineMs / 2 && isBusy(begun, now)) this.#learn(this.room(now) / 2, now)
  }

  #learn (room: number, now: Moment): void {
    this.#room = Math.min(this.#total, Math.max(LEAST, room))
    this.#restedAt = now.idle
  }
}

function isBusy (begun: Moment, now: Moment): boolean { return now.idle - begun.idle <= (now.at - begun.at) * REST }
