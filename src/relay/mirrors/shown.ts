/** The keys that a mirror has shown to a log's home on the channel of now: one to read by, one to append by. */
import { ForbiddenError, RIGHT, sameBytes, type KeyBytes } from '../../protocol/wire/index.js'
import type { GatewayChannel } from '../net/index.js'
import type { NamedLog } from '../peer.js'
import type { Held } from './lent.js'
import { show } from './show.js'

interface OnChannel { readonly channel: GatewayChannel, readonly key: KeyBytes }

/** See the file's head. A channel that ends takes what was shown on it along. */
export class ShownKeys {
  #append: OnChannel | undefined
  #reading: OnChannel | undefined

  /** The home took one. */
  took (channel: GatewayChannel, { right, key }: Held): void {
    if (right === RIGHT.append) this.#append = { channel, key }
    else this.#reading = { channel, key }
  }

  /** The append key that was shown last on a channel. */
  append (channel: GatewayChannel): KeyBytes | undefined { return this.#append?.channel === channel ? this.#append.key : undefined }

  /** Shows what was lent of an append key, unless that is the one shown last. @throws ForbiddenError with `details.delegation` when nothing was lent of it */
  async proveAppend (log: NamedLog, held: Held | undefined, channel: GatewayChannel, key: KeyBytes | undefined): Promise<void> {
    const shown = this.append(channel)
    if (key === undefined || (shown !== undefined && sameBytes(shown, key))) return
    if (held === undefined) throw new ForbiddenError('this relay was not lent the right to append with this key: lend it by mirror', { details: { delegation: 'append' } })
    // Until the home has answered, nothing may be sent on the word that another key is the one shown last.
    this.#append = undefined
    const [outcome] = await show(channel, [{ log, held }])
    if (outcome !== undefined) throw outcome
    this.took(channel, held)
  }

  /** Whether the log is read on a channel by this key. */
  readsBy (channel: GatewayChannel, key: KeyBytes): boolean { return this.#reading?.channel === channel && sameBytes(this.#reading.key, key) }

  /** Nothing is shown any more. */
  clear (): void {
    this.#append = undefined
    this.#reading = undefined
  }
}
