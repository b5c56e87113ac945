/** The addresses at which a relay keeps frames for this device: registered anew in every session; each frame is taken once it is dealt with here. */
import { LIMITS, METHOD, pb } from '../../protocol/wire/index.js'
import type { GatewayPush } from '../../relay/net/index.js'
import type { Caller } from './caller.js'
import type { LinkCore, Session } from './link-core.js'
import type { KeptHandler, LinkCallOptions } from './types.js'

interface Place {
  readonly address: Uint8Array
  /** How many frames wait there at most; 0: as many as the relay allows. */
  readonly most: number
  /** The frames of this session, one after the other. */
  taking: Promise<void>
  /** How often what was not taken has come again in it, as its frames say. */
  again: number
}

const nameOf = (address: Uint8Array): string => Buffer.from(address).toString('latin1')

/** See the file's head. */
export class KeptAddresses {
  readonly #core: LinkCore
  readonly #caller: Caller
  readonly #places = new Map<string, Place>()
  #handler: KeptHandler | undefined
  /** How often was asked for what was not taken. */
  #again = 0

  constructor (core: LinkCore, caller: Caller) {
    this.#core = core
    this.#caller = caller
  }

  /** See RelayLink.onKept. */
  onFrame (handler: KeptHandler): void { this.#handler = handler }

  /** See RelayLink.keepPipes. */
  async keep (addresses: readonly Uint8Array[], { most = 0, again = false, ...options }: LinkCallOptions & { most?: number, again?: boolean } = {}): Promise<void> {
    for (const address of addresses) if (!this.#places.has(nameOf(address))) this.#places.set(nameOf(address), { address, most, taking: Promise.resolve(), again: 0 })
    // What comes before the relay has heard it is not what was asked for: see push.
    const count = again ? ++this.#again : 0
    for (const body of bodiesOf(addresses, most, count)) await this.#caller.call({ method: METHOD.pipeKeep, body }, options)
  }

  /** See RelayLink.forgetPipes. */
  async forget (addresses: readonly Uint8Array[], options?: LinkCallOptions): Promise<void> {
    for (const address of addresses) this.#places.delete(nameOf(address))
    for (const body of bodiesOf(addresses)) await this.#caller.call({ method: METHOD.pipeForget, body }, options)
  }

  /** A new session knows none of them, and hands over again what was not taken in the last one. */
  session ({ channel }: Session): void {
    const places = [...this.#places.values()]
    for (const place of places) {
      place.taking = Promise.resolve()
      place.again = 0
    }
    // A relay without kept pipes, or one that has no room: frames do not come, and whoever posts them is told so.
    for (const most of new Set(places.map(place => place.most))) {
      for (const body of bodiesOf(places.filter(place => place.most === most).map(({ address }) => address), most)) channel.call(METHOD.pipeKeep, body).catch(() => undefined)
    }
  }

  /** Takes a kept frame: its relay drops it once the handler is done with it. What the handler throws at comes again in the next session, and all behind it at that address. */
  push ({ body }: GatewayPush): undefined | Promise<void> {
    const { address, frame, number, again } = pb.KeptPush.decode(body)
    const place = this.#places.get(nameOf(address))
    const handler = this.#handler
    const { session } = this.#core
    if (place === undefined || handler === undefined || session === undefined) return undefined
    // Here begins what was not taken: what was handed over behind it before comes once more as well.
    if (again > place.again) place.taking = place.taking.catch(() => undefined)
    place.again = again
    const taking = place.taking.then(async () => { await handler(address, frame) })
    place.taking = taking
    // The next one does not wait for the relay's answer.
    return taking.then(async () => { await session.channel.call(METHOD.pipeTaken, pb.PipeTakenRequest.encode({ address, through: number })) }).catch(() => undefined)
  }
}

function bodiesOf (addresses: readonly Uint8Array[], most = 0, again = 0): Uint8Array[] {
  return Array.from({ length: Math.ceil(addresses.length / LIMITS.pipeAddressesPerCall) }, (_, i) =>
    pb.PipeAddressesRequest.encode({ addresses: addresses.slice(i * LIMITS.pipeAddressesPerCall, (i + 1) * LIMITS.pipeAddressesPerCall), most, again }))
}
