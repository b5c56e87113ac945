/**
 * What a node that was away learns of the next epochs while a mirror's entries are not yet covered by the home's word: a
 * mirror gives a replaced key only the entries up to the commit that replaced it, and the home's word that it has may
 * speak of a later one. The commits among them are opened on copies of the state, for nothing but the keys to read on
 * with. Nothing is taken by that.
 */
import { decodeLeaf, ENTRY_KIND, UnavailableError, type StoredEntry } from '../../protocol/wire/index.js'
import type { Chat } from './chat.js'
import { placeOf } from './cursor.js'
import { replayEntries, type ChatState } from './intake.js'
import { showRights, showRightsOf } from './rights.js'

/** See the file's head. In the chat's turns. */
export class LookAhead {
  readonly #chat: Chat
  readonly #onAhead: () => void
  #seen: { readonly state: ChatState, readonly count: number } | undefined

  /** @param onAhead - called before the relay is shown keys of an epoch that this node is not in: what is sealed for the present one must not go out by them */
  constructor (chat: Chat, onAhead: () => void) {
    this.#chat = chat
    this.#onAhead = onAhead
  }

  /** Forgets it: what waited was taken, or comes again. */
  clear (): void { this.#seen = undefined }

  /** What is followed begins anew, with the keys that the chat has. */
  restart (): void {
    this.clear()
    if (!this.#chat.isAhead) return
    this.#chat.shownEpoch = 0
    showRights(this.#chat)
  }

  /** Looks at all that waits, in order. When it ends with a commit, the relay is shown the keys of the epoch that this leads to. @throws ProofError when the entries make no chain */
  async look (waiting: readonly StoredEntry[]): Promise<void> {
    const last = waiting.at(-1)
    if (last === undefined || decodeLeaf(last.leaf).kind !== ENTRY_KIND.commit) return
    const { cursor, record, keys, genesis, link, log, path } = this.#chat
    const { state, count } = this.#seen ?? { state: { cursor, record, keys }, count: 0 }
    const next = await replayEntries(this.#chat, state, placeOf(state.cursor, genesis), waiting.slice(count))
    this.#seen = { state: next, count: waiting.length }
    // What comes after it no key of this account reads, so the mirror's word will never cover it: the home signs for it.
    if (next.record.stage === 'out') path.leave(new UnavailableError('this account is out of the chat by what the mirror shows, and the home is asked for its word on it'))
    if (next.keys.epoch === state.keys.epoch) return
    this.#chat.shownEpoch = next.keys.epoch
    this.#onAhead()
    showRightsOf({ link, log, keys: next.keys, record: next.record })
  }
}
