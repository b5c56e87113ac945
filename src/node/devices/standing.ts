/** Whether this device may go on: not once its account has revoked it, nor beside another copy of its home, nor before it is let in. */
import type { WhyStopped } from '../../protocol/api/index.js'
import { ForbiddenError, LIMITS, lists, sameBytes, type KeyBytes, type Manifest, type PetrelError } from '../../protocol/wire/index.js'

/** See the file's head. It stops once and for the whole run. */
export class Standing {
  #stopped: { readonly why: WhyStopped, readonly error: PetrelError } | undefined
  readonly #listeners = new Set<(why: WhyStopped, error: PetrelError) => void>()

  /** Why it has stopped; undefined while it goes on. */
  get stopped (): WhyStopped | undefined { return this.#stopped?.why }
  /** The same as an error; undefined while it goes on. */
  get error (): PetrelError | undefined { return this.#stopped?.error }

  /** Why what needs this scope is refused now; undefined when it is not. What is here may be read before the device is let in. */
  refusalOf (scope: 'read' | 'send' | 'admin'): PetrelError | undefined {
    return this.#stopped?.why === 'unlisted' && scope === 'read' ? undefined : this.#stopped?.error
  }

  /** Calls `listener` when it stops, at once when it has. */
  onStop (listener: (why: WhyStopped, error: PetrelError) => void): void {
    if (this.#stopped === undefined) this.#listeners.add(listener)
    else listener(this.#stopped.why, this.#stopped.error)
  }

  /** Judges the device by its account's newest manifest. */
  judge (manifest: Manifest, device: KeyBytes): void {
    if (lists(manifest, device)) return
    const wasThere = [...manifest.devices, ...manifest.revoked].some(one => sameBytes(one.key, device))
    this.#stop(wasThere ? 'revoked' : 'unlisted')
  }

  /** Takes note of what a home relay has refused this device for. `relay`: what the person calls it. */
  heard (error: PetrelError, relay: string): void {
    if (error.details.cloned === true) this.#stop('cloned', relay, error.details.last === true)
  }

  #stop (why: WhyStopped, relay?: string, isLast = false): void {
    if (this.#stopped !== undefined) return
    const error = new ForbiddenError(isLast ? lastWords(relay) : wordsOf(why, relay), { details: { [why]: true } })
    this.#stopped = { why, error }
    for (const listener of this.#listeners) listener(why, error)
    this.#listeners.clear()
  }
}

function wordsOf (why: WhyStopped, relay = 'a home relay'): string {
  switch (why) {
    case 'revoked': return 'this device was revoked by its account: it sends and shows nothing any more. To use the account on this machine again, make a new device of it in another home: petrel --profile NAME devices link'
    case 'cloned': return `another copy of this home was at ${relay} since this one last was: two must never run, so this one has stopped. Go on with the other copy; to use the account here as well, make a device of its own in another home: petrel --profile NAME devices link`
    case 'unlisted': return 'this device is not one of its account\'s yet: let it in first, with petrel devices link, or with the 24 words (petrel init --recover)'
  }
}

/** Of two copies that ran at once both have stopped: the relay goes on with the one that was there last, and with no other. */
function lastWords (relay = 'a home relay'): string {
  return `another copy of this home was at ${relay} while this one was: two must never run, so both have stopped. This is the one that goes on: stop the other for good, wait ${LIMITS.clonedOutMs / 1000} seconds, then stop this one and start it again: petrel daemon stop, petrel daemon start`
}
