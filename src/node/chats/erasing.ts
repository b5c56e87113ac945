/**
 * Takes messages back for all: the bytes go at the chat's home as well. What is to be erased there is written in the
 * batch that takes the `delete` message from the log, and stays until the home has done it, whatever is killed when.
 */
import { eraserSecret } from '../../protocol/crypto/index.js'
import { mayDeleteOthers, type GroupPolicy } from '../../protocol/message/index.js'
import { decodeLeaf, eraserHash, ForbiddenError, InternalError, NotFoundError, PetrelError, sameBytes, signerFromSeed, signOwnerAction, type Digest, type EntryId, type KeyBytes, type Leaf, type VerifiedEntry } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import { shortId } from '../log.js'
import { numberOf } from '../records/index.js'
import type { Chat } from './chat.js'
import type { OutboxItem } from './outbox-item.js'
import { Kicked } from '../kicked.js'
import type { Row } from './row.js'

const RETRY_MS = { first: 1000, most: 60_000 } as const

// By the id of a message on its way, as it is in memory, and with what they were derived from.
const erasers = new WeakMap<EntryId, { readonly author: Uint8Array, readonly owner: Uint8Array | null, readonly hashes: Digest[] }>()

/**
 * The hashes an own message carries, so that it can be erased: by this account, and in a direct chat by the other, who
 * holds the log's owner key too. In a group that key orders it, so that one who held it before cannot. A mark is never
 * taken back. They are derived once for each message: ask early, and they are there when it leaves.
 */
export function erasersOf ({ deps, log, record }: Chat, { id, mark }: Pick<OutboxItem, 'id' | 'mark'>): Digest[] {
  if (mark) return []
  const [author, owner] = [deps.eraserSeed(), record.direct ? record.ownerSeed : null]
  const known = erasers.get(id)
  if (known?.author === author && known.owner === owner) return known.hashes
  const hashes = [eraserHash(log, eraserSecret('author', author, log, id)), ...owner === null ? [] : [eraserHash(log, eraserSecret('owner', owner, log, id))]]
  erasers.set(id, { author, owner, hashes })
  return hashes
}

/** Who wrote a message whose bytes are gone, where its hashes tell: this account, and in a direct chat the other. */
export function authorOfErased ({ deps, log, peer }: Pick<Chat, 'deps' | 'log' | 'peer'>, { leaf: { id, erasers } }: Pick<VerifiedEntry, 'leaf'>): KeyBytes | undefined {
  const [author] = erasers
  if (author === undefined) return undefined
  return sameBytes(author, eraserHash(log, eraserSecret('author', deps.eraserSeed(), log, id))) ? deps.me : peer
}

/**
 * Whether an account may take a message back for all: its author may, in a direct chat either of the two, and in a group
 * an admin with that right. Only what somebody said: what was told about it goes with it, and never alone.
 */
export function mayDelete (row: Row, by: KeyBytes, { policy }: { readonly policy?: GroupPolicy | undefined }): boolean {
  return row.kind === 'message' && row.from !== null && (policy === undefined || sameBytes(row.from, by) || mayDeleteOthers(policy, by))
}

/** The row of a message that was taken back: its place, its author and its time stay. */
export function erasedRow (row: Row): Row { return { ...row, kind: 'erased', body: null, note: null } }

/**
 * An entry whose bytes were gone before this node read it, once the order that took it back has named it: only then is it
 * a line of the chat. Before, it may as well have been an edit of a message that was taken back.
 */
export function namedRow (row: Row): Row { return row.kind === 'erased' && row.from === null && row.note === null ? { ...row, note: NAMED } : row }

/**
 * The same with its author where that can be told, by what came of it: `coming` gives what comes with the order, the disk
 * what came before.
 */
export async function namedHere (chat: Chat, seq: number, row: Row, coming?: ReadonlyMap<number, Leaf>): Promise<Row> {
  const named = namedRow(row)
  if (named === row) return row
  const leaf = coming?.get(seq) ?? await leafAt(chat, seq)
  const from = leaf === undefined ? undefined : authorOfErased(chat, { leaf })
  return from === undefined ? named : { ...row, from }
}

async function leafAt ({ raw }: Chat, seq: number): Promise<Leaf | undefined> {
  const kept = await raw.at(seq)
  return kept === undefined ? undefined : decodeLeaf(kept.leaf)
}

const NAMED = 'taken back'

function keyOf ({ deps, log }: Chat, seq: number): Uint8Array { return deps.keys.numbered('erasing', seq, log) }

/** The change that has an entry erased at the home; call {@link Erasing.kick} once it is durable. */
export function erasingOp (chat: Chat, seq: number, id: EntryId): KeyValueOp { return { type: 'put', key: keyOf(chat, seq), value: id } }

/** Erases at the chat's home what was taken back. */
export class Erasing {
  readonly #chat: Chat
  readonly #work: Kicked

  constructor (chat: Chat) {
    this.#chat = chat
    this.#work = new Kicked({
      pass: async signal => await this.#pass(signal), retryMs: RETRY_MS,
      failed: error => { chat.deps.log('info', 'chat.erase', { chat: shortId(chat.id), code: error instanceof PetrelError ? error.code : InternalError.code }) }
    })
  }

  /** Begins. */
  start (): void { this.#work.start() }

  /** Stops; what waits stays. */
  async stop (): Promise<void> { await this.#work.stop() }

  /** Goes on with what waits, now. */
  kick (): void { this.#work.kick() }

  async #pass (signal: AbortSignal): Promise<boolean> {
    for await (const [key, id] of this.#chat.deps.kv.iterate({ gte: this.#key(0), lte: this.#key(Number.MAX_SAFE_INTEGER) })) {
      if (signal.aborted) return true
      await this.#erase(numberOf(key), id, signal)
      await this.#chat.deps.kv.batch([{ type: 'del', key }])
      this.#work.succeeded()
    }
    return false
  }

  /** One entry. What the home will never erase is given up: it was written without these erasers, or is gone. */
  async #erase (seq: number, id: EntryId, signal: AbortSignal): Promise<void> {
    const { deps, log, record, link } = this.#chat
    const row = await this.#chat.timeline.at(seq)
    const own = row?.from == null || sameBytes(row.from, deps.me)
    const secret = own ? eraserSecret('author', deps.eraserSeed(), log, id) : byOwner(record, id)
    if (secret === undefined) return
    try {
      await link.erase(log, seq, secret, { signal })
    } catch (error) {
      if (!(error instanceof ForbiddenError) && !(error instanceof NotFoundError)) throw error
      deps.log('warn', 'chat.not-erased', { chat: shortId(this.#chat.id), code: error.code })
    }
  }

  #key (seq: number): Uint8Array { return keyOf(this.#chat, seq) }
}

/** By what the holder of the owner key erases another's message; undefined without the key. */
function byOwner ({ log, ownerSeed }: Chat['record'], id: EntryId): Uint8Array | undefined {
  return ownerSeed === null ? undefined : signOwnerAction({ op: 'erase', log, id }, signerFromSeed(ownerSeed))
}
