/** This account's own wishes to join groups by others' links: what was asked, and what came of it. */
import { grantName, type JoinAnswer } from '../../protocol/message/index.js'
import { LIMITS, sameBytes, TooLargeError, type Digest, type KeyBytes, type LogId } from '../../protocol/wire/index.js'
import { peerIdText } from '../../protocol/wire/index.js'
import type { UpdateEvent } from '../../protocol/api/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Vault, VaultView } from '../records/index.js'
import type { UpdateLog } from '../updates/index.js'
import { decodeJoining, encodeJoining, joiningName, type JoiningRecord } from './joining-record.js'

const REASONS: Readonly<Record<string, string>> = {
  declined: 'the request to join was declined',
  expired: 'the link has ended: ask for a new one',
  used: 'the link has been used as often as it may: ask for a new one',
  member: 'this account is in the group already (petrel group list)'
}
const REFUSED = 'the group does not let you in'
/** What is shown when the relay knows nothing of the link's key. */
const ENDED = 'the link is good no more: it has ended or was revoked'

/** See the file's head. */
export class Joinings {
  readonly #vault: Vault
  readonly #updates: UpdateLog
  readonly #records: VaultView<JoiningRecord>
  readonly #watchers = new Set<() => void>()

  constructor (vault: Vault, updates: UpdateLog) {
    this.#vault = vault
    this.#updates = updates
    this.#records = vault.view(decodeJoining)
  }

  /** What was asked by a link. */
  get (token: Digest): JoiningRecord | undefined { return this.#records.get(joiningName(token)) }

  /** Whether something is still to come from an account. */
  isOpen (account: KeyBytes): boolean { return this.#all().some(one => sameBytes(one.account, account) && isOpen(one)) }

  /** Whether a letter that asks by a link is to go out, or again. */
  isAsking (token: Digest): boolean { return this.get(token)?.state === 'sent' }

  /** The changes that remember a new wish; the oldest that came to an end gives way. @throws TooLargeError when too many wait for an answer */
  begin (joining: Pick<JoiningRecord, 'seed' | 'account'>, now: number): KeyValueOp[] {
    const all = this.#all()
    const ended = all.filter(one => !isOpen(one)).sort((a, b) => a.createdAt - b.createdAt)
    if (all.length - ended.length >= LIMITS.joiningsKept) throw new TooLargeError(`${LIMITS.joiningsKept} wishes to join groups wait for an answer already`)
    const [oldest] = all.length >= LIMITS.joiningsKept ? ended : []
    const record: JoiningRecord = { ...joining, state: 'sent', reason: null, chat: null, createdAt: now }
    return [...oldest === undefined ? [] : [this.#vault.del(joiningName(grantName(oldest.seed)))], this.#put(record)]
  }

  /** The wish that an answer is for, if it is open and its link is of who answers. */
  answered (account: KeyBytes, { link }: JoinAnswer): JoiningRecord | undefined {
    const joining = this.get(link)
    return joining !== undefined && isOpen(joining) && sameBytes(joining.account, account) ? joining : undefined
  }

  /** Takes an answer that lets nobody in. */
  async settle (joining: JoiningRecord, { k }: Pick<JoinAnswer, 'k'>): Promise<void> {
    await this.#turn(k === 'pending' ? { ...joining, state: 'pending' } : { ...joining, state: 'refused', reason: REASONS[k] ?? REFUSED })
  }

  /** The link's key is refused: it has ended. */
  async refused (token: Digest): Promise<void> {
    const joining = this.get(token)
    if (joining?.state === 'sent') await this.#turn({ ...joining, state: 'refused', reason: ENDED })
  }

  /** This account is let in. What the group's size keeps on its way a little longer is there later. */
  async admitted (joining: JoiningRecord, chat: LogId, isThere: boolean): Promise<void> { await this.#turn({ ...joining, state: isThere ? 'joined' : 'pending', chat }) }

  /** Resolves when a wish has got further than `sent`, or after a while. */
  async settled (token: Digest, ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (!this.isAsking(token) || ms <= 0 || signal?.aborted === true) return
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const look = (): void => { if (!this.isAsking(token)) resolve(undefined) }
    const end = (): void => { resolve(undefined) }
    const timer = setTimeout(end, ms).unref()
    this.#watchers.add(look)
    signal?.addEventListener('abort', end, { once: true })
    await promise
    clearTimeout(timer)
    this.#watchers.delete(look)
    signal?.removeEventListener('abort', end)
  }

  async #turn (joining: JoiningRecord): Promise<void> {
    const event: UpdateEvent = { type: 'joinAnswer', account: peerIdText(joining.account), state: joining.state, reason: joining.reason }
    const before = this.get(grantName(joining.seed))
    await this.#updates.write([this.#put(joining)], before?.state === joining.state ? [] : [event])
    for (const watcher of [...this.#watchers]) watcher()
  }

  #put (joining: JoiningRecord): KeyValueOp { return this.#vault.put(joiningName(grantName(joining.seed)), encodeJoining(joining)) }
  #all (): JoiningRecord[] { return this.#records.list('joining/') }
}

function isOpen ({ state }: JoiningRecord): boolean { return state === 'sent' || state === 'pending' }
