/**
 * What stands behind a refused append is refused too. DESIGN section 3: "after a refused append, everything
 * pipelined behind it on that log is refused too".
 *
 * The appends of one channel to one log form a lane. A refused item breaks its lane: every later item in it is
 * refused with ConflictError. A new lane begins
 * - when the append carries a higher `pipeline` number than the one before (the sender says that it has seen the
 *   refusal: exact, whatever the network does); a lower number than the newest is refused;
 * - without a number: with the first append that arrives after every append of the broken lane was answered.
 */
import { ConflictError, LIMITS } from '../../protocol/wire/index.js'

/** A run of appends that stands or falls together. */
export interface Lane {
  /** What the store knows the lane by. */
  readonly token: object
  readonly pipeline: number | undefined
  broken: boolean
  flying: number
}

/**
 * Broken lanes with a number that a channel may leave behind; beyond it the oldest is forgotten. No more logs than there
 * are calls in flight can have something behind a refusal that its sender has not seen.
 */
const KEPT = LIMITS.callsInFlight

/** The lanes of one channel, by log (map key). */
export class Lanes {
  readonly #lanes = new Map<string, Lane>()

  /** The lane of an append that arrives now. Every call is followed by one of `leave`. */
  join (log: string, pipeline: number | undefined): Lane {
    let lane = this.#lanes.get(log)
    if (lane === undefined || startsAnew(lane, pipeline)) {
      // Behind all others, or it would be taken for the oldest.
      if (lane !== undefined && this.#lanes.size > 1) this.#lanes.delete(log)
      lane = { token: {}, pipeline, broken: false, flying: 0 }
      this.#lanes.set(log, lane)
      if (this.#lanes.size > KEPT) this.#forgetOldest()
    } else if (pipeline !== undefined && lane.pipeline !== undefined && pipeline < lane.pipeline) {
      lane = { token: {}, pipeline, broken: true, flying: 0 }
    }
    lane.flying++
    return lane
  }

  /** The append is answered; `refused` when any of its items was refused. */
  leave (log: string, lane: Lane, refused: boolean): void {
    lane.flying--
    if (refused) lane.broken = true
    // The last one stays: a map that is emptied after each append is made anew each time.
    if (this.#lanes.size > 1 && isOver(lane) && this.#lanes.get(log) === lane) this.#lanes.delete(log)
  }

  /** Lanes that are not over. */
  get size (): number { return [...this.#lanes.values()].filter(lane => !isOver(lane)).length }

  #forgetOldest (): void {
    for (const [log, lane] of this.#lanes) {
      if (lane.flying > 0) continue
      this.#lanes.delete(log)
      return
    }
  }
}

/** A broken one without a number would begin anew with the next append anyway. */
function isOver ({ flying, broken, pipeline }: Lane): boolean { return flying === 0 && (!broken || pipeline === undefined) }

function startsAnew (lane: Lane, pipeline: number | undefined): boolean {
  if (isOver(lane)) return true
  if (pipeline === undefined) return lane.broken && lane.flying === 0
  return lane.pipeline !== undefined && pipeline > lane.pipeline
}

/** What a lane's later appends get. */
export function brokenLane (): ConflictError {
  return new ConflictError('an append before this one on the log was refused, and so is what was sent behind it: look at the refusal, then send again', { details: { pipelined: true } })
}
