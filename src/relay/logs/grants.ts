/** Who may append to an inbox: keys its owner has granted, each for a contact or an invite. */
import {
  BadInputError, decodeCbor, encodeCbor, LIMITS, QuotaError, shape, TooLargeError, UnsupportedError, type KeyBytes
} from '../../protocol/wire/index.js'
import { mapKey } from '../bytes-text.js'
import type { NamedLog, Peer } from '../peer.js'
import { recordKey } from '../record-keys.js'
import { requireOwner } from './access.js'
import type { LogContext } from './context.js'
import { decodeMeta } from './meta.js'

/** A right to append; `expiresAt` in ms, 0 never. */
export interface GrantWish { readonly key: KeyBytes, readonly expiresAt: number }

const grantShape = shape.tuple(shape.literal(1), shape.uint())

/** See the file's head. */
export class Grants {
  readonly #context: LogContext
  readonly #peers: () => Iterable<Peer>
  #revision = 0

  /** `peers` are the open channels: a revoked key ends there at once. */
  constructor (context: LogContext, peers: () => Iterable<Peer>) {
    this.#context = context
    this.#peers = peers
  }

  /** Changes with every revocation: what was found before may be gone. */
  get revision (): number { return this.#revision }

  /** When the grant of `key` ends (0 never), or undefined when there is none. */
  async find (log: NamedLog, key: KeyBytes): Promise<number | undefined> {
    const record = await this.#context.store.records.get(recordKey('grant', log.log, key))
    return record === undefined ? undefined : grantShape(decodeCbor(record.value, 64), 'grant')[1]
  }

  /** @throws ForbiddenError without the owner key, UnsupportedError for a log that is no inbox, QuotaError over LIMITS.inboxGrants */
  async grant (peer: Peer, log: NamedLog, wishes: readonly GrantWish[]): Promise<void> {
    const { records } = this.#context.store
    await this.#requireInbox(peer, log, wishes.length)
    const now = this.#context.clock.now()
    for (const { expiresAt } of wishes) if (expiresAt !== 0 && expiresAt <= now) throw new BadInputError('a grant that has ended already')
    let held = 0
    for await (const [_key] of records.list(recordKey('grant', log.log))) held++
    if (held + wishes.length > LIMITS.inboxGrants) throw new QuotaError(`an inbox has at most ${LIMITS.inboxGrants} grants: revoke some`, { details: { max: LIMITS.inboxGrants } })
    await Promise.all(wishes.map(({ key, expiresAt }) =>
      records.put(recordKey('grant', log.log, key), encodeCbor([1, expiresAt]), expiresAt === 0 ? {} : { ttl: expiresAt - now })))
  }

  /** Takes grants back; unknown ones are passed over. @throws ForbiddenError, UnsupportedError */
  async revoke (peer: Peer, log: NamedLog, keys: readonly KeyBytes[]): Promise<void> {
    await this.#requireInbox(peer, log, keys.length)
    await Promise.all(keys.map(key => this.#context.store.records.delete(recordKey('grant', log.log, key))))
    this.#revision++
    const revoked = new Set(keys.map(mapKey))
    for (const other of this.#peers()) other.unprove(log.name, key => revoked.has(mapKey(key)))
  }

  /** Removes all grants of a log that is being deleted. */
  async removeAll (log: Uint8Array): Promise<void> {
    const { records } = this.#context.store
    for await (const [key] of records.list(recordKey('grant', log))) await records.delete(key, { soft: true })
  }

  async #requireInbox (peer: Peer, log: NamedLog, count: number): Promise<void> {
    if (count > LIMITS.grantsPerCall) throw new TooLargeError(`${count} grants in one call: at most ${LIMITS.grantsPerCall}`)
    const meta = decodeMeta((await this.#context.store.logs.head(log.log)).meta)
    requireOwner(meta, peer.proven(log.name))
    if (meta.kind !== 'inbox') throw new UnsupportedError('only an inbox has grants')
  }
}
