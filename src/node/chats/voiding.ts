/** Voids the last commit of a chat if it does not hold and this account has the owner key: so no member can stop the chat. */
import type { Chat } from './chat.js'
import { voidIfDue } from './void-step.js'

/** See the file's head. */
export class Voiding {
  readonly #chat: Chat
  readonly #isStopped: () => boolean
  readonly #onError: (error: unknown) => void
  #running: Promise<void> | undefined

  constructor (chat: Chat, isStopped: () => boolean, onError: (error: unknown) => void) {
    this.#chat = chat
    this.#isStopped = isStopped
    this.#onError = onError
  }

  /** Looks now, and again when another commit came meanwhile. */
  kick (): void {
    const { lastCommit } = this.#chat.cursor
    this.#running ??= voidIfDue(this.#chat, this.#isStopped).catch(this.#onError).finally(() => {
      this.#running = undefined
      if (this.#chat.cursor.lastCommit !== lastCommit) this.kick()
    })
  }

  /** Waits for what is under way. */
  async idle (): Promise<void> { await this.#running }
}
