/** Which logs are mirrored for whom: durable, so that a relay that was killed goes on with all of them. */
import { BadInputError, CorruptError, decodeCbor, encodeCbor, KEY_LENGTH, keyShape, LIMITS, QuotaError, shape, type KeyBytes, type LogId } from '../../protocol/wire/index.js'
import type { RecordStore } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import { recordKey, recordKeyRest } from '../record-keys.js'

/** What is kept of a mirrored log beside its copy. */
export interface Wish {
  readonly log: LogId
  /** The owner key in the log's genesis. */
  readonly owner: KeyBytes
  /** Signed delegations to this relay. */
  readonly delegations: readonly Uint8Array[]
  /** How the home was caught lying; null while it was not. */
  readonly broken: string | null
}

const wishShape = shape.tuple(shape.literal(1), keyShape, shape.array(shape.bytes({ max: LIMITS.delegationBytes }), LIMITS.delegationsPerMirror), shape.nullable(shape.text(LIMITS.noteBytes)))
const WISH_BYTES = (LIMITS.delegationsPerMirror + 3) * (LIMITS.delegationBytes + 64)

/** See the file's head. Logs and accounts are named by their map keys in memory. */
export class Wishes {
  readonly #records: RecordStore
  readonly #accounts = new Map<string, Map<string, KeyBytes>>()
  readonly #logs = new Map<string, Set<string>>()

  constructor (records: RecordStore) { this.#records = records }

  /** Reads all of them. Once, before use. @throws CorruptError */
  async recover (): Promise<Wish[]> {
    const wishes: Wish[] = []
    for await (const [key] of this.#records.list(recordKey('mirrorFor'))) {
      const rest = recordKeyRest('mirrorFor', key)
      this.#note(keyShape(rest.slice(0, KEY_LENGTH), 'account'), rest.slice(KEY_LENGTH))
    }
    for await (const [key, { value }] of this.#records.list(recordKey('mirror'))) {
      const log = recordKeyRest('mirror', key).slice()
      if (this.accounts(mapKey(log)).length > 0) wishes.push(decodeWish(log, value))
      else await this.#records.delete(key)
    }
    return wishes
  }

  /** The accounts that want a log mirrored. */
  accounts (log: string): KeyBytes[] { return [...this.#accounts.get(log)?.values() ?? []] }

  /** The logs an account wants mirrored. */
  logsOf (account: string): string[] { return [...this.#logs.get(account) ?? []] }

  /** Checks that an account may want one more. @throws QuotaError */
  requireRoom (account: string, log: string): void {
    const held = this.#logs.get(account)
    if (held?.has(log) !== true && (held?.size ?? 0) >= LIMITS.mirrorsPerAccount) {
      throw new QuotaError(`the account has ${LIMITS.mirrorsPerAccount} logs mirrored, which is the most: end some`, { details: { quotaMirrors: LIMITS.mirrorsPerAccount } })
    }
  }

  /** Writes what is known of a log. */
  async put (wish: Wish): Promise<void> {
    await this.#records.put(recordKey('mirror', wish.log), encodeCbor([1, wish.owner, wish.delegations, wish.broken]))
  }

  /** An account wants a log. */
  async add (account: KeyBytes, log: LogId): Promise<void> {
    if (this.#logs.get(mapKey(account))?.has(mapKey(log)) === true) return
    await this.#records.put(recordKey('mirrorFor', account, log), encodeCbor([1]))
    this.#note(account, log)
  }

  /** It wants it no more. True when nobody else does. */
  async remove (account: KeyBytes, log: LogId): Promise<boolean> {
    const [name, accountName] = [mapKey(log), mapKey(account)]
    await this.#records.delete(recordKey('mirrorFor', account, log))
    this.#accounts.get(name)?.delete(accountName)
    const logs = this.#logs.get(accountName)
    logs?.delete(name)
    if (logs?.size === 0) this.#logs.delete(accountName)
    return this.accounts(name).length === 0
  }

  /** Forgets a log that nobody wants. */
  async forget (log: LogId): Promise<void> {
    await this.#records.delete(recordKey('mirror', log))
    this.#accounts.delete(mapKey(log))
  }

  #note (account: KeyBytes, log: LogId): void {
    const [name, accountName] = [mapKey(log), mapKey(account)]
    this.#accounts.set(name, (this.#accounts.get(name) ?? new Map<string, KeyBytes>()).set(accountName, account))
    this.#logs.set(accountName, (this.#logs.get(accountName) ?? new Set()).add(name))
  }
}

function decodeWish (log: LogId, value: Uint8Array): Wish {
  try {
    const [, owner, delegations, broken] = wishShape(decodeCbor(value, WISH_BYTES), 'mirror')
    return { log, owner, delegations, broken }
  } catch (cause) {
    if (!(cause instanceof BadInputError)) throw cause
    throw new CorruptError('what is kept of a mirrored log does not decode: restore from a backup or run doctor', { cause })
  }
}
