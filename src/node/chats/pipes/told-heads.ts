/** Heads that members tell each other by pipe: each is compared with the own chain, and with all that the home signed here. */
import { peerIdText, sameBytes, verifyAttested, type Attested, type KeyBytes, type PetrelError } from '../../../protocol/wire/index.js'
import { CaughtError } from '../alarm.js'
import type { Chat } from '../chat.js'

/** What told heads are judged with. */
export interface ToldHeadsParts {
  readonly chat: Chat
  /** Raises the chat's alarm. */
  readonly accuse: (error: PetrelError) => Promise<void>
  /** Asks the home for entries that a head spoke of and the log has not shown. */
  readonly checkPromised: () => Promise<void>
}

/** See the file's head. */
export class ToldHeads {
  readonly #parts: ToldHeadsParts
  /** The newest of a later term from each member: who may sign there is not known before the log has come to it. */
  readonly #later = new Map<string, Attested>()

  constructor (parts: ToldHeadsParts) { this.#parts = parts }

  /** Whether the log has come to the term of a head that was told before. */
  get isDue (): boolean {
    if (this.#later.size === 0) return false
    const { term } = this.#parts.chat.home
    for (const { statement } of this.#later.values()) if (statement.term <= term) return true
    return false
  }

  /** Judges a head that a member told. @throws ProofError, BadInputError for bytes that nobody signed */
  async take (from: KeyBytes, head: Uint8Array): Promise<void> {
    const { chat } = this.#parts
    const attested = verifyAttested(head)
    if (!sameBytes(attested.statement.log, chat.log)) return
    if (attested.statement.term > chat.home.term) this.#later.set(peerIdText(from), attested)
    else await this.#judge(attested)
  }

  /** Judges those whose term the log has come to. */
  async takeDue (): Promise<void> {
    for (const [from, attested] of this.#later) {
      if (attested.statement.term > this.#parts.chat.home.term) continue
      this.#later.delete(from)
      await this.#judge(attested)
    }
  }

  /** A home that the log has left, or never came to, is not accused: only the present one's word binds it. */
  async #judge (attested: Attested): Promise<void> {
    const { chat, accuse, checkPromised } = this.#parts
    const { statement, bytes } = attested
    const { seq } = statement
    if (!this.#binds(attested)) return
    const { agrees, evidence } = await chat.serial.run(async () => {
      // The log may have left that home while this waited for its turn, and be read on at the next one.
      if (!this.#binds(attested)) return { agrees: true, evidence: null }
      chat.witness.saw(bytes)
      const isSame = await chat.agrees(statement)
      return { agrees: isSame, evidence: isSame ? await chat.witness.against(bytes) : null }
    })
    if (!agrees) {
      await accuse(new CaughtError({ kind: 'fork', seq, message: `another member holds a head that the relay signed for entry ${seq}, and the entry here is another one: the relay shows different ones to different people` }))
    } else if (evidence !== null) {
      await accuse(new CaughtError({ kind: 'rollback', seq, evidence, message: `another member holds a head that the relay signed for entry ${seq}, and what it signed here contradicts it: it held entries back from one of the two` }))
    } else if (seq > chat.cursor.seq && chat.link.state === 'connected') await checkPromised()
  }

  #binds ({ statement: { term }, home }: Attested): boolean {
    const { chat } = this.#parts
    return term === chat.home.term && sameBytes(home, chat.home.peer) && !chat.isStopped
  }
}
