/** Lines that wait until their files are at a relay of this account: sealed and sent then, also after a start. */
import { systemRandom } from '../../protocol/crypto/index.js'
import { decodeBody, encodeBody } from '../../protocol/message/index.js'
import { ENTRY_ID_LENGTH, InternalError, LIMITS, PetrelError, QuotaError, type EntryId } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Brought } from '../chats/index.js'
import { Kicked } from '../kicked.js'
import type { NodeLog } from '../log.js'
import type { SecretFiles } from '../media/index.js'
import type { SecretRow } from './record.js'
import type { SecretChat } from './secret-chat.js'
import type { SecretStore } from './store.js'

/** What they work with. */
export interface KeptLinesDeps {
  readonly chats: () => Iterable<SecretChat>
  readonly store: SecretStore
  readonly files: Pick<SecretFiles, 'bring'>
  readonly log: NodeLog
}

interface Bringing { readonly end: () => void, outcome?: Brought }

const RETRY_MS = { first: 1000, most: 60_000 } as const

/** See the file's head. */
export class KeptLines {
  readonly #deps: KeptLinesDeps
  readonly #work: Kicked
  /** By chat and row. */
  readonly #bringing = new Map<string, Bringing>()
  /** The chats that may have such lines, by id; undefined until all were looked at. */
  #maybe: Set<string> | undefined

  constructor (deps: KeptLinesDeps) {
    this.#deps = deps
    this.#work = new Kicked({ pass: async signal => await this.#pass(signal), failed: error => { this.#note(error) }, retryMs: RETRY_MS })
  }

  /** Begins. */
  start (): void { this.#work.start() }
  /** Stops; what waits stays. */
  async stop (): Promise<void> { await this.#work.stop() }
  /** Looks now what can be sent, and what nobody wants any more. */
  kick (): void { this.#work.kick() }

  /**
   * Keeps a line that is not sealed yet: its files are to be at a relay first.
   *
   * @throws as {@link SecretChat.say}; QuotaError when too many wait so
   */
  async keep (chat: SecretChat, row: SecretRow, ops: readonly KeyValueOp[]): Promise<void> {
    const { store } = this.#deps
    await chat.exclusive(async () => {
      chat.requireOpen()
      const { chat: group, rows } = chat.record
      if ((await store.kept(group)).length >= LIMITS.secretKeptLines) throw new QuotaError('too many messages wait until their files are at a relay')
      await chat.change({ rows: rows + 1 }, { ops: [...store.newRow(group, rows + 1, { ...row, n: 0, own: true }), ...ops, store.putKept(group, rows + 1)] })
      this.#maybe?.add(chat.id)
    })
    this.kick()
  }

  async #pass (signal: AbortSignal): Promise<boolean> {
    const seen = new Set<string>()
    let isLeft = false
    const all = [...this.#deps.chats()]
    const maybe = this.#maybe ??= new Set(all.map(({ id }) => id))
    for (const chat of maybe.size === 0 ? [] : all) {
      if (!maybe.has(chat.id) || chat.record.stage !== 'open') continue
      for (const row of await this.#waiting(chat, maybe)) {
        if (signal.aborted) return false
        const name = `${chat.id} ${row}`
        seen.add(name)
        const bringing = this.#bringing.get(name)
        if (bringing === undefined) await this.#begin(chat, row, name)
        else if (bringing.outcome !== undefined) isLeft = !await this.#end(chat, row, name, bringing.outcome) || isLeft
      }
    }
    for (const [name, { end }] of this.#bringing) {
      if (seen.has(name)) continue
      end()
      this.#bringing.delete(name)
    }
    return isLeft
  }

  /** The rows of a chat that wait; one without any is not looked at again until one comes. */
  async #waiting (chat: SecretChat, maybe: Set<string>): Promise<number[]> {
    // Before it is looked at: one may come meanwhile.
    maybe.delete(chat.id)
    let rows: number[] | undefined
    try {
      return rows = await this.#deps.store.kept(chat.record.chat)
    } finally {
      if (rows?.length !== 0) maybe.add(chat.id)
    }
  }

  async #begin (chat: SecretChat, row: number, name: string): Promise<void> {
    const value = await this.#deps.store.row(chat.record.chat, row)
    // Erased while this looked.
    if (value?.body == null) return
    const bringing: Bringing = {
      end: this.#deps.files.bring(value.body, outcome => {
        bringing.outcome = outcome
        this.kick()
      })
    }
    this.#bringing.set(name, bringing)
  }

  /** @returns false when it must wait longer: the other's keys are in doubt, or too much waits already */
  async #end (chat: SecretChat, row: number, name: string, outcome: Brought): Promise<boolean> {
    try {
      await chat.exclusive(async () => {
        if ('error' in outcome) await this.#fail(chat, row)
        else await this.#say(chat, row, outcome.body)
      })
      this.#bringing.delete(name)
      return true
    } catch (error) {
      if (!(error instanceof PetrelError)) throw error
      this.#note(error)
      return false
    }
  }

  /** Seals a line with the words that it has by now; nothing when it was erased meanwhile. */
  async #say (chat: SecretChat, number: number, brought: Uint8Array): Promise<void> {
    const { store } = this.#deps
    const { chat: group } = chat.record
    const row = await store.row(group, number)
    if (row?.id == null || row.body === null) { await chat.change({}, { ops: [store.dropKept(group, number)] }); return }
    const body = withFilesOf(row.body, brought)
    await chat.sayNow({ kind: 'said', id: row.id, body, ttl: row.ttl }, {
      ops: async n => [store.dropKept(group, number), await store.putRow(group, number, { ...row, n, at: chat.deps.now(), body })]
    })
    if (row.reactions.own.length > 0) await this.#react(chat, row.id, row.reactions.own)
  }

  /** What was put under a line while it waited goes behind it. The line is sealed: it must not be so twice because this cannot go. */
  async #react (chat: SecretChat, target: EntryId, emoji: readonly string[]): Promise<void> {
    try {
      await chat.sayNow({ kind: 'said', id: systemRandom(ENTRY_ID_LENGTH), body: encodeBody({ kind: 'reaction', target, emoji: [...emoji] }), ttl: 0 })
    } catch (error) {
      if (!(error instanceof PetrelError)) throw error
      this.#note(error)
    }
  }

  /** A line can never be sent: its files are lost. */
  async #fail (chat: SecretChat, number: number): Promise<void> {
    const { store } = this.#deps
    const { chat: group } = chat.record
    const row = await store.row(group, number)
    const failed = row === undefined ? [] : [await store.putRow(group, number, { ...row, note: 'failed' })]
    await chat.change({}, { ops: [store.dropKept(group, number), ...failed], events: [{ type: 'secret', secret: chat.id, change: 'changed' }] })
  }

  #note (error: unknown): void { this.#deps.log('info', 'secret.kept', { code: error instanceof PetrelError ? error.code : InternalError.code }) }
}

/** A line's words as they are by now, with its files as they were brought. */
function withFilesOf (kept: Uint8Array, brought: Uint8Array): Uint8Array {
  const [body, files] = [decodeBody(kept), decodeBody(brought)]
  if (body.kind === 'media' && files.kind === 'media') return encodeBody({ ...body, file: files.file })
  return body.kind === 'album' && files.kind === 'album' ? encodeBody({ ...body, items: files.items }) : brought
}
