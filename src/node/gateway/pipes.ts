/** The pipe addresses of one link: registered anew in every session, frames handed to whoever listens. */
import { BadInputError, ExistsError, LIMITS, METHOD, pb } from '../../protocol/wire/index.js'
import type { GatewayPush } from '../../relay/net/index.js'
import type { LinkCore, Session } from './link-core.js'
import type { PipeHandler } from './types.js'

const ADDRESS_BYTES = 32

interface Listening { readonly address: Uint8Array, readonly onFrame: PipeHandler, session: number }

const nameOf = (address: Uint8Array): string => Buffer.from(address).toString('latin1')

/** See the file's head. */
export class PipeAddresses {
  readonly #core: LinkCore
  readonly #listening = new Map<string, Listening>()
  readonly #left = new Map<string, Uint8Array>()
  #due = false

  constructor (core: LinkCore) { this.#core = core }

  /** See RelayLink.listenPipe. */
  listen (address: Uint8Array, onFrame: PipeHandler): () => void {
    if (address.length !== ADDRESS_BYTES) throw new BadInputError(`a pipe address has ${ADDRESS_BYTES} bytes`)
    const name = nameOf(address)
    if (this.#listening.has(name)) throw new ExistsError('this link listens at the pipe address already: stop that first')
    const listening: Listening = { address, onFrame, session: 0 }
    this.#listening.set(name, listening)
    this.#left.delete(name)
    this.#tellSoon()
    return () => {
      if (this.#listening.get(name) !== listening) return
      this.#listening.delete(name)
      if (listening.session > 0) this.#left.set(name, address)
      this.#tellSoon()
    }
  }

  /** A new session knows none of them. */
  session (session: Session): void {
    this.#left.clear()
    this.#tell(session)
  }

  /** Takes a pipe's push. */
  push (push: GatewayPush): undefined | Promise<void> {
    const { address, frame } = pb.PipePush.decode(push.body)
    return this.#listening.get(nameOf(address))?.onFrame(frame)
  }

  /** All that is asked for in one go travels in one call. */
  #tellSoon (): void {
    if (this.#due) return
    this.#due = true
    queueMicrotask(() => {
      this.#due = false
      const { session } = this.#core
      if (session !== undefined) this.#tell(session)
    })
  }

  #tell (session: Session): void {
    const left = [...this.#left.values()]
    this.#left.clear()
    const missing = [...this.#listening.values()].filter(one => one.session !== session.number)
    for (const one of missing) one.session = session.number
    this.#send(session, METHOD.pipeUnlisten, left)
    this.#send(session, METHOD.pipeListen, missing.map(({ address }) => address))
  }

  #send (session: Session, method: number, addresses: readonly Uint8Array[]): void {
    for (let from = 0; from < addresses.length; from += LIMITS.pipeAddressesPerCall) {
      const body = pb.PipeAddressesRequest.encode({ addresses: addresses.slice(from, from + LIMITS.pipeAddressesPerCall) })
      // A relay without pipes, or one that has no room: frames do not come, and whoever sends them is told so.
      session.channel.call(method, body).catch(() => undefined)
    }
  }
}
