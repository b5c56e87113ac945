/** The chat as plain lines, for screen readers, pipes and terminals that cannot move a cursor: nothing is written over. */
import type { Io } from '../io.js'
import { oneLine } from '../terminal/safe-text.js'
import { messageOf } from './blocks.js'
import { footerWords } from './bottom.js'
import { plainLines } from './plain.js'
import { secretPlainLines, type SecretShown } from './plain-secret.js'
import { secretTitle } from './secret-words.js'
import { shownSecrets } from './slash-places.js'
import { changeWords } from './render.js'
import type { Block, State } from './state.js'
import type { View } from './view.js'

/** A view of plain lines. */
export class PlainView implements View {
  readonly #io: Pick<Io, 'write'>
  #shown: { readonly blocks: readonly Block[], readonly dropped: number, readonly standing: string, readonly news: string } = { blocks: [], dropped: 0, standing: '', news: '' }
  #secret: SecretShown | null = null
  #writing: Promise<void> = Promise.resolve()

  constructor (io: Pick<Io, 'write'>) { this.#io = io }

  show (state: State): void {
    const before = this.#shown.blocks.slice(Math.max(0, state.dropped - this.#shown.dropped))
    const lines: string[] = []
    for (const [i, was] of before.entries()) {
      const now = state.blocks[i]
      if (now !== undefined && now !== was && now.kind === 'message' && was.kind === 'message') lines.push(...changeWords(now, was).map(words => `Message ${words}.`), ...sentWords(now, was))
    }
    for (const block of state.blocks.slice(before.length)) lines.push(...plainLines(block, id => messageOf(state, id)))
    if (state.secret === null) this.#secret = null
    else {
      const { lines: said, shown } = secretPlainLines(this.#secret, state.secret, state.now)
      lines.push(...said)
      this.#secret = shown
    }
    const standing = state.node === null && state.chat === null && state.secret === null ? '' : `${footerWords(state).join(', ')}.`
    const news = newsWords(state)
    // How things stand is said when it changes, and how many are waiting only with something else.
    if (standing !== '' && withoutCounts(standing) !== withoutCounts(this.#shown.standing)) lines.push(standing)
    if (news !== this.#shown.news && news !== '') lines.push(news)
    if (state.hint !== null) lines.push(oneLine(state.hint))
    this.#shown = { blocks: state.blocks, dropped: state.dropped, standing, news }
    if (lines.length === 0) return
    this.#writing = this.#writing.then(async () => { await this.#io.write(lines.map(line => `${line}\n`).join('')) })
    this.#writing.catch(() => undefined)
  }

  repaint (): void { /* Nothing is written over. */ }

  async suspend (): Promise<void> { /* The terminal does it. */ }

  async settled (): Promise<void> { await this.#writing }

  async close (): Promise<void> { await this.settled().catch(() => undefined) }
}

function withoutCounts (words: string): string { return words.replace(/, \d+ waiting/, '') }

function newsWords (state: State): string {
  const { chats, chat, secret, secrets } = state
  const news = [
    ...chats.filter(({ id, unread }) => unread > 0 && id !== chat?.info.id).map(({ title, unread }) => `${oneLine(title)} ${unread}`),
    ...shownSecrets(state).filter(({ id, unread }) => unread > 0 && id !== secret?.info.id).map(one => `${oneLine(secretTitle(one, secrets))} ${one.unread}`)
  ]
  return news.length === 0 ? '' : `New elsewhere: ${news.join(', ')}.`
}

function sentWords (now: Extract<Block, { kind: 'message' }>, before: Extract<Block, { kind: 'message' }>): string[] {
  return now.message.state === 'stored' && before.message.state === 'queued' ? [`Message ${now.n} is sent.`] : []
}
