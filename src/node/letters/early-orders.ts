/**
 * Orders to move a chat that this account has not come into yet: members are told of a new home by its owner, and let in
 * by another of them, whose letter may come later and know of the home before alone. Kept, durably, for that letter.
 */
import { base32Text, keyFromPeerId, LIMITS, openOwnerAction, peerIdText, QuotaError, shape, type KeyBytes, type LogId } from '../../protocol/wire/index.js'
import type { Vault } from '../records/index.js'

const earlyShape = shape.struct({ v: shape.literal(1), order: shape.bytes({ max: LIMITS.recordBytes + 256 }), since: shape.uint() })

// By sender too: whose order is the owner's shows only when the chat is there.
const nameOf = (log: LogId, sender: KeyBytes): string => `early/${base32Text(log)}/${peerIdText(sender)}`

/** See the file's head. */
export class EarlyOrders {
  readonly #vault: Vault
  readonly #now: () => number

  constructor (vault: Vault, now: () => number) {
    this.#vault = vault
    this.#now = now
  }

  /** Keeps a signed order, durably; that of the highest term that one sender tells of a chat: a letter may be handed out again. @throws QuotaError when too many wait */
  async keep (log: LogId, order: Uint8Array, sender: KeyBytes): Promise<void> {
    const name = nameOf(log, sender)
    const names = await this.#current()
    if (!names.includes(name)) {
      if (names.length >= LIMITS.comingGroups) throw new QuotaError(`${LIMITS.comingGroups} orders to move chats wait for their invitations already`)
      if (names.filter(other => other.endsWith(`/${peerIdText(sender)}`)).length >= LIMITS.comingOfOne) throw new QuotaError(`${LIMITS.comingOfOne} orders of one sender wait for their invitations already`)
    } else if (termOf(earlyShape(this.#vault.get(name), 'early order').order) > termOf(order)) return
    await this.#vault.write(name, { v: 1, order, since: this.#now() })
  }

  /** What was kept of a chat, and who told of it. */
  of (log: LogId): Array<{ order: Uint8Array, sender: KeyBytes }> {
    const prefix = `early/${base32Text(log)}/`
    return [...this.#vault.list(prefix)].map(([name, data]) => ({ order: earlyShape(data, 'early order').order, sender: keyFromPeerId(name.slice(prefix.length)) }))
  }

  /** Forgets what was kept of a chat. */
  async drop (log: LogId): Promise<void> {
    const names = [...this.#vault.list(`early/${base32Text(log)}/`)].map(([name]) => name)
    if (names.length > 0) await this.#vault.kv.batch(names.map(name => this.#vault.del(name)))
  }

  /** The names of what is kept; what waited as long as a letter may is let go of. */
  async #current (): Promise<string[]> {
    const all = [...this.#vault.list('early/')].map(([name, data]) => ({ name, since: earlyShape(data, 'early order').since }))
    const isOver = ({ since }: { readonly since: number }): boolean => since + LIMITS.letterPatienceMs < this.#now()
    const over = all.filter(isOver)
    if (over.length > 0) await this.#vault.kv.batch(over.map(({ name }) => this.#vault.del(name)))
    return all.filter(one => !isOver(one)).map(({ name }) => name)
  }
}

function termOf (order: Uint8Array): number {
  const { action } = openOwnerAction(order)
  return action.op === 'term' ? action.term : 0
}
