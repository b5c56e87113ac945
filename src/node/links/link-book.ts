/** The links of this account by which others may join its groups, and who asked by them. Records and their changes; no I/O but the vault's. */
import { AmbiguousError, LIMITS, NotFoundError, peerIdText, sameBytes, type Digest, type KeyBytes, type LogId } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Vault, VaultView } from '../records/index.js'
import { decodeJoin, encodeJoin, joinName, type JoinRecord } from './join-record.js'
import { decodeGroupLink, encodeGroupLink, groupLinkName, tokenOf, type GroupLinkRecord } from './link-record.js'

/** See the file's head. */
export class LinkBook {
  readonly #vault: Vault
  readonly #links: VaultView<GroupLinkRecord>
  readonly #joins: VaultView<JoinRecord>

  constructor (vault: Vault) {
    this.#vault = vault
    this.#links = vault.view(decodeGroupLink)
    this.#joins = vault.view(decodeJoin)
  }

  /** Every link, those that have ended too. */
  links (): GroupLinkRecord[] { return this.#links.list('group-link/') }
  /** The link that a letter names. */
  named (token: Digest): GroupLinkRecord | undefined { return this.links().find(link => sameBytes(tokenOf(link), token)) }

  /** The link of a group that words name: its id, a start of it, or what it is called. @throws NotFoundError, AmbiguousError */
  find (chat: LogId, words: string): GroupLinkRecord {
    const all = this.links().filter(link => sameBytes(link.chat, chat))
    const exact = all.filter(({ id, name }) => id === words || name === words)
    const found = exact.length > 0 || words.length < LIMITS.idCharacters ? exact : all.filter(({ id }) => id.startsWith(words))
    const [first] = found
    if (first === undefined) throw new NotFoundError(`this group has no link "${words.slice(0, 80)}" of yours: see petrel group links`)
    if (found.length > 1) throw new AmbiguousError(`"${words.slice(0, 80)}" fits ${found.length} links: use an id`, { details: { candidates: found.map(({ id, name }) => `${id} ${name}`) } })
    return first
  }

  /** The change that keeps a link. */
  putLink (link: GroupLinkRecord): KeyValueOp { return this.#vault.put(groupLinkName(link.id), encodeGroupLink(link)) }
  /** The change that forgets one. */
  dropLink ({ id }: Pick<GroupLinkRecord, 'id'>): KeyValueOp { return this.#vault.del(groupLinkName(id)) }

  /** Every wish that is remembered. */
  joins (): JoinRecord[] { return this.#joins.list('join/') }
  /** What an account asked by a link. */
  join (token: Digest, account: KeyBytes): JoinRecord | undefined { return this.#joins.get(joinName(token, account)) }
  /** What somebody is added with whose wish goes on. */
  adding (account: KeyBytes): JoinRecord | undefined { return this.joins().find(join => join.step === 'wished' && sameBytes(join.account, account)) }
  /** Who waits to be let into a group, the oldest first. */
  waiting (chat: LogId): JoinRecord[] { return this.joins().filter(join => join.step === 'pending' && sameBytes(join.chat, chat)).sort((a, b) => a.receivedAt - b.receivedAt) }

  /** The wish in a group that words name: an account, an end or start of its id, or what it calls itself. @throws NotFoundError, AmbiguousError */
  findWaiting (chat: LogId, words: string): JoinRecord {
    const all = this.waiting(chat)
    const exact = all.filter(({ account, name }) => peerIdText(account) === words || name === words)
    const found = exact.length > 0 || words.length < LIMITS.idCharacters ? exact : all.filter(({ account }) => peerIdText(account).startsWith(words) || peerIdText(account).endsWith(words))
    const [first] = found
    if (first === undefined) throw new NotFoundError(`nobody called "${words.slice(0, 80)}" waits to join this group: see petrel group requests`)
    if (found.some(other => !sameBytes(other.account, first.account))) {
      throw new AmbiguousError(`"${words.slice(0, 80)}" fits ${found.length} who wait: use an account's id`, { details: { candidates: found.map(({ account, name }) => `${name} ${peerIdText(account)}`) } })
    }
    return first
  }

  /** The change that keeps a wish. */
  putJoin (join: JoinRecord): KeyValueOp { return this.#vault.put(joinName(join.token, join.account), encodeJoin(join)) }
  /** The change that forgets one. */
  dropJoin ({ token, account }: Pick<JoinRecord, 'token' | 'account'>): KeyValueOp { return this.#vault.del(joinName(token, account)) }

  /** The changes by which a link counts one more or one less, if it is still there. */
  count ({ token }: Pick<JoinRecord, 'token'>, by: 1 | -1): KeyValueOp[] {
    const link = this.named(token)
    return link === undefined ? [] : [this.putLink({ ...link, used: Math.max(0, link.used + by) })]
  }
}
