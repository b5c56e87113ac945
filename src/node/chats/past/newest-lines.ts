/**
 * The last lines of a chat of which much was missed: they are fetched from the log's end, and shown while what is before
 * them is still being taken, so that who comes back sees at once what was said last. They are in memory alone, and nothing
 * follows from them: they count neither as received nor as read, and are told when the log is taken up to them.
 */
import { cachedBody, type GroupPolicy } from '../../../protocol/message/index.js'
import { base32Text, ENTRY_KIND, InternalError, PetrelError, sameBytes, verifyAttested, verifyHead, type EntryId } from '../../../protocol/wire/index.js'
import { shortId } from '../../log.js'
import type { Chat } from '../chat.js'
import { readAlone } from '../log-machine.js'
import type { Row } from '../row.js'
import type { Standing } from '../standing.js'
import type { NumberedRow } from '../timeline.js'
import { fetchBelow, type Below } from './fetch-below.js'
import { pastDelete, takesBack, type PastDelete } from './past-deletes.js'
import { RunsBack } from './runs-back.js'

/** Entries that are missing when it is worth the way: fewer are here by the time that the answer is. @internal */
export const FAR_ENTRIES = 512
// A page of the chat has 50 lines, and beside them stands what was told about others.
const LAST_ENTRIES = 128
// Who opens the chat meanwhile waits for them, but not for a relay that does not answer.
const WAIT_MS = 1000

interface Known { readonly term: number, readonly rows: readonly NumberedRow[] }

const known = new WeakMap<Chat, Known>()
const looks = new WeakMap<Chat, Promise<void>>()

/** The last lines of a chat that it has not come to yet, in order, but for those that are on their way or were handed over: these are shown already. */
export function newestLines (chat: Chat): readonly NumberedRow[] {
  const lines = known.get(chat)
  if (lines === undefined) return []
  const rows = lines.term === chat.cursor.term ? lines.rows.filter(({ seq }) => seq > chat.cursor.seq) : []
  if (rows.length === 0) known.delete(chat)
  return chat.isBlocked ? [] : rows.filter(({ row: { id } }) => chat.outbox.get(id) === undefined && chat.back.get(id) === undefined && chat.previews.get(id) === undefined)
}

/** The one of them under an id. */
export function newestLine (chat: Chat, id: EntryId): NumberedRow | undefined { return newestLines(chat).find(({ row }) => sameBytes(row.id, id)) }

/** Resolves when they are here, if they are on their way; soon in any case. */
export async function newestLooked (chat: Chat): Promise<void> {
  const look = looks.get(chat)
  if (look === undefined) return
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => { resolve(undefined) }, WAIT_MS).unref()
  await Promise.race([look, promise])
  clearTimeout(timer)
}

/** Fetches them while a log is followed: see the file's head. */
export class NewestLook {
  readonly #chat: Chat
  #stopping = new AbortController()
  #end = 0
  /** The epoch in which it was looked: what is said in a later one is read and opened only there. */
  #epoch: number | undefined

  constructor (chat: Chat) { this.#chat = chat }

  /** The furthest place at which the log ended, as its home has signed it in this follow; 0 while it has not. */
  get end (): number { return this.#end }

  /** Begins anew: another relay is asked, or the same one again. */
  restart (): void {
    this.stop()
    this.#stopping = new AbortController()
    this.#end = 0
    this.#epoch = undefined
  }

  /** Ends what is on its way. */
  stop (): void { this.#stopping.abort() }

  /** The chat has come to a place. `word`: what the home signed with it, which was judged (`standing`). */
  taken (word: Uint8Array, standing: Standing): void {
    const { cursor: { seq }, keys: { epoch } } = this.#chat
    if (standing === 'behind') {
      const { statement } = verifyAttested(word)
      // A page comes with the receipt of its last entry, as does what a replaced key may read: only a head says where the log ends.
      if (statement.type === 'head') this.#end = statement.seq
    }
    if (this.#end - seq < FAR_ENTRIES || this.#epoch === epoch) return
    this.#epoch = epoch
    const look = this.#look(word, this.#stopping.signal).catch((error: unknown) => { this.#failed(error) }).finally(() => { if (looks.get(this.#chat) === look) looks.delete(this.#chat) })
    looks.set(this.#chat, look)
  }

  async #look (word: Uint8Array, signal: AbortSignal): Promise<void> {
    const { link, log, home, cursor: { term } } = this.#chat
    const head = verifyAttested(word).statement.type === 'head' ? word : await link.head(log, { signal })
    const { statement: { type, seq, hash } } = verifyHead(head, { log, home: home.peer, term })
    if (type !== 'head' || seq - this.#chat.cursor.seq < FAR_ENTRIES) return
    const below = await fetchBelow(this.#chat, { seq, hash }, LAST_ENTRIES, signal)
    if (signal.aborted) return
    const rows = linesOf(this.#chat, below)
    const [last, before] = [rows.at(-1), known.get(this.#chat)?.rows.at(-1)]
    if (last === undefined) return
    known.set(this.#chat, { term, rows })
    const { deps: { updates }, id, title } = this.#chat
    // Who begins anew in between finds the same again.
    if (last.seq !== before?.seq) await updates.write([], [{ type: 'chat', chat: id, title, change: 'newest' }])
  }

  /** What follows brings them anyway. */
  #failed (error: unknown): void {
    if (this.#stopping.signal.aborted) return
    this.#chat.deps.log('debug', 'chat.newest', { chat: shortId(this.#chat.id), code: error instanceof PetrelError ? error.code : InternalError.code })
  }
}

/** What the last entries of a log say, as far as it stands in the chat's epoch and nothing after it has changed it. */
function linesOf (chat: Chat, { entries }: Below): NumberedRow[] {
  const { log, keys: { epoch, content }, manifests: members, policy } = chat
  const runs = new RunsBack()
  const rows: NumberedRow[] = []
  const told = new Map<string, PastDelete[] | 'edited'>()
  for (const { verified: entry } of entries.toReversed()) {
    // What is before it stands in another epoch, unless its members refused it.
    if (entry.leaf.kind === ENTRY_KIND.commit) break
    const row = readAlone(entry, { log, epoch, content, members, policy }, runs)
    if (row.kind === 'other') note(told, entry.leaf.seq, row, policy)
    else if ((row.kind === 'message' || row.kind === 'service') && !isChanged(told.get(base32Text(row.id)), entry.leaf.seq, row)) rows.push({ seq: entry.leaf.seq, row: withOwnBody(row) })
  }
  return rows.reverse()
}

/** These are kept for a while: not with all of the message that their body lies in. */
function withOwnBody (row: Row): Row { return row.body === null ? row : { ...row, body: row.body.slice() } }

/** Lines that were taken back or edited since are left out: they come as they are now. */
function note (told: Map<string, PastDelete[] | 'edited'>, seq: number, { body: bytes, from }: Row, policy: GroupPolicy | undefined): void {
  const body = bytes === null ? null : cachedBody(bytes)
  if (body === null || from === null) return
  if (body.kind === 'edit') told.set(base32Text(body.target), 'edited')
  if (body.kind !== 'delete') return
  for (const target of body.targets) {
    const before = told.get(base32Text(target)) ?? []
    if (before !== 'edited') told.set(base32Text(target), [...before, pastDelete(seq, from, policy)])
  }
}

function isChanged (told: PastDelete[] | 'edited' | undefined, seq: number, { from }: Row): boolean {
  return told === 'edited' || (told !== undefined && from !== null && takesBack(told, seq, from))
}
