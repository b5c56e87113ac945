/**
 * The numbers by which home relays tell this home from a copy of it: each session there brings a new one, and those
 * before it. A copy that runs later does not know the original's last, nor the original the copy's.
 */
import { systemRandom, type RandomBytes } from '../../protocol/crypto/index.js'
import { LIMITS, peerIdText, shape, type KeyBytes } from '../../protocol/wire/index.js'
import type { HomeRuns } from '../gateway/index.js'
import type { Vault } from '../records/index.js'

const runsShape = shape.struct({ v: shape.literal(1), runs: shape.array(shape.bytes(LIMITS.runBytes), LIMITS.runsKept) })

/** See the file's head. */
export class Runs {
  readonly #vault: Vault
  readonly #random: RandomBytes

  constructor (vault: Vault, random: RandomBytes = systemRandom) {
    this.#vault = vault
    this.#random = random
  }

  /** The number of the next session at a relay, on the disk by now (or the last one, when that refuses), and the last ones before it. */
  async next (relay: KeyBytes): Promise<HomeRuns> {
    const name = `run/${peerIdText(relay)}`
    const kept = this.#vault.get(name)
    const before = kept === undefined ? [] : runsShape(kept, 'runs').runs
    const run = this.#random(LIMITS.runBytes)
    try {
      await this.#vault.write(name, { v: 1, runs: [run, ...before].slice(0, LIMITS.runsKept) })
      return { run, before }
    } catch {
      // A disk that takes nothing now keeps nobody from reading: the last number is said again.
      const [last = new Uint8Array(), ...earlier] = before
      return { run: last, before: earlier }
    }
  }
}
