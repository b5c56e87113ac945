/** The chat on a terminal: paints what changed, one write at a time. */
import type { Io } from '../io.js'
import { messageOf } from './blocks.js'
import { bottomOf, type Bottom } from './bottom.js'
import { left, newScreen, paint, repaint, resized, type Maker, type Scene, type Screen } from './paint.js'
import { ENTER, leavePage, paintPage } from './paint-page.js'
import { blockLines, changeLines, type Look } from './render.js'
import { pageOf, type Page } from './secret-page.js'
import type { OpenSecret, Size, State } from './state.js'
import type { Tty } from './tty.js'
import type { View } from './view.js'

/** What a terminal view needs. */
export interface TtyViewOptions { readonly io: Pick<Io, 'write' | 'env'>, readonly tty: Tty, readonly color: boolean, readonly links: boolean }

const NO_BOTTOM: Bottom = { lines: [], row: 0, before: '' }

/** A view on a terminal. */
export class TtyView implements View {
  readonly #options: TtyViewOptions
  #screen: Screen
  /** What is shown, or is about to be. */
  #latest: State | undefined
  #state: State | undefined
  #again = false
  #resized = false
  #painting: Promise<void> | undefined
  /** What stands in the terminal's other buffer; null when it is not looked at, undefined when nothing is known of it. */
  #page: Page | null | undefined = null

  constructor (options: TtyViewOptions) {
    this.#options = options
    this.#screen = newScreen(options.tty.size())
  }

  show (state: State): void {
    this.#latest = state
    this.#state = state
    this.#painting ??= this.#paint()
    // Rejected for whoever asks by settled.
    this.#painting.catch(() => undefined)
  }

  repaint (state: State): void {
    this.#again = true
    this.show(state)
  }

  /** The terminal has another size. */
  resize (): void {
    if (this.#page !== null) this.#page = undefined
    this.#screen = resized(this.#screen, this.#options.tty.size(), reflows(this.#options.io.env))
    this.#resized = true
    if (this.#latest !== undefined) this.show(this.#latest)
  }

  async suspend (state: State): Promise<void> {
    await this.settled()
    await this.#options.io.write(`${this.#leave()}${left(this.#screen)}`)
    await this.#options.tty.suspend()
    // The shell wrote there: what stands above is left as it is.
    const size = this.#options.tty.size()
    this.#screen = { ...newScreen(size), shown: { ...this.#scene(state, size), bottom: NO_BOTTOM } }
    this.show(state)
  }

  async settled (): Promise<void> { await this.#painting }

  async close (): Promise<void> {
    await this.settled().catch(() => undefined)
    await this.#options.io.write(`${this.#leave()}${left(this.#screen)}`)
  }

  /** Back from the other buffer. */
  #leave (): string {
    if (this.#page === null) return ''
    this.#page = null
    return leavePage(this.#screen.size.rows)
  }

  /** Secret chats have a screen of their own. */
  async #paintPage (state: State, secret: OpenSecret, again: boolean): Promise<void> {
    const { size, shown } = this.#screen
    const page = pageOf(state, secret, this.#look(size), size.rows)
    const entered = this.#page === null ? `${left(this.#screen)}${ENTER}` : ''
    // The lower edge is not there when the terminal comes back.
    if (entered !== '') this.#screen = { ...this.#screen, above: 0, shown: shown === null ? null : { ...shown, bottom: NO_BOTTOM } }
    const text = paintPage(again ? null : this.#page ?? null, page)
    this.#page = page
    if (entered + text !== '') await this.#options.io.write(entered + text)
  }

  async #paint (): Promise<void> {
    // Whatever else happens in this turn is shown with it.
    await Promise.resolve()
    try {
      while (this.#state !== undefined) {
        const state = this.#state
        const again = this.#again
        this.#state = undefined
        this.#again = false
        if (state.secret !== null) { await this.#paintPage(state, state.secret, again); continue }
        const back = this.#leave()
        const { size } = this.#screen
        const scene = this.#scene(state, size)
        if (back === '' && !again && !this.#resized && isSame(scene, this.#screen.shown)) continue
        const { screen, text } = (again ? repaint : paint)(this.#screen, scene, this.#maker(state, size))
        this.#screen = screen
        this.#resized = false
        await this.#options.io.write(back + text)
      }
    } finally {
      this.#painting = undefined
    }
  }

  #scene (state: State, size: Size): Scene { return { blocks: state.blocks, dropped: state.dropped, bottom: bottomOf(state, this.#look(size), size.rows) } }

  #maker (state: State, size: Size): Maker {
    const look = this.#look(size)
    const find = (id: string): ReturnType<typeof messageOf> => messageOf(state, id)
    return { lines: block => blockLines(block, look, find), changeLines: (now, before) => changeLines(now, before, look) }
  }

  #look ({ columns }: Size): Look { return { columns, color: this.#options.color, links: this.#options.links } }
}

/** Whether there is nothing to write: what is selected on the screen then stays so. */
function isSame (scene: Scene, shown: Scene | null): boolean {
  return shown !== null && scene.blocks === shown.blocks && scene.bottom.row === shown.bottom.row && scene.bottom.before === shown.bottom.before && scene.bottom.lines.join('\n') === shown.bottom.lines.join('\n')
}

/** Whether the terminal breaks its lines anew in another width: all do but a few, which say who they are. */
function reflows ({ TERM = '', XTERM_VERSION, STY }: Readonly<Record<string, string | undefined>>): boolean {
  return XTERM_VERSION === undefined && STY === undefined && !/^(linux|rxvt|screen\.linux)/.test(TERM)
}
