/** Where messages go: lines of JSON, or pages of HTML. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChatInfo, ChatMessage } from '../../protocol/api/index.js'
import { jsonLine } from '../output.js'
import { day } from '../terminal/time.js'
import { dayLine, messageHtml, pageFoot, pageHead, type Kept } from './html.js'
import { TextFile } from './text-file.js'

/** Takes messages, the oldest first. */
export interface Writer {
  readonly add: (message: ChatMessage, kept: readonly Kept[]) => Promise<void>
  readonly finish: () => Promise<void>
  /** Ends what cannot be finished. */
  readonly drop: () => Promise<void>
}

/** What an export is of. */
export interface About { readonly chat: ChatInfo, readonly at: Date }

/** Messages on a page: more make browsers slow. */
const PAGE_MESSAGES = 1000
const PAGE_NAME = /^messages(\d*)\.html$/u

/** The first line: what this is. */
function headLine ({ chat, at }: About): string {
  return jsonLine({ export: { chat: chat.id, title: chat.title, kind: chat.kind, members: chat.members, peer: chat.peer, exportedAt: at } })
}

function messageLine (message: ChatMessage, kept: readonly Kept[]): string {
  return jsonLine({ message, files: kept.map(({ path, error }, item) => ({ item, path, error })) })
}

/** Lines on a stream. */
export async function lineStream (about: About, write: (text: string) => Promise<void>): Promise<Writer> {
  await write(headLine(about))
  return { add: async (message, kept) => { await write(messageLine(message, kept)) }, finish: async () => {}, drop: async () => {} }
}

/** Lines in `messages.jsonl`. */
export async function lineFile (directory: string, about: About): Promise<Writer> {
  const file = await TextFile.create(join(directory, 'messages.jsonl'))
  await file.add(headLine(about))
  return { add: async (message, kept) => { await file.add(messageLine(message, kept)) }, finish: async () => { await file.finish() }, drop: async () => { await file.drop() } }
}

const pageName = (page: number): string => page === 1 ? 'messages.html' : `messages${page}.html`

/** `messages.html`, `messages2.html` and so on, each with the way to those beside it. */
export class HtmlPages implements Writer {
  readonly #directory: string
  readonly #about: About
  #file: TextFile
  #page = 1
  #count = 0
  #day = ''

  private constructor (directory: string, about: About, file: TextFile) {
    this.#directory = directory
    this.#about = about
    this.#file = file
  }

  /** Begins the first page. */
  static async create (directory: string, about: About): Promise<HtmlPages> {
    const pages = new HtmlPages(directory, about, await TextFile.create(join(directory, pageName(1))))
    await pages.#head()
    return pages
  }

  async add (message: ChatMessage, kept: readonly Kept[]): Promise<void> {
    if (this.#count === PAGE_MESSAGES) await this.#turn()
    this.#count++
    const today = day(message.at)
    if (today !== this.#day) await this.#file.add(dayLine(today))
    this.#day = today
    await this.#file.add(messageHtml(message, kept))
  }

  async finish (): Promise<void> {
    await this.#file.add(pageFoot(this.#page === 1 ? null : pageName(this.#page - 1), null))
    await this.#file.finish()
    // A longer export that was here before had more pages.
    for (const name of await readdir(this.#directory)) {
      const page = PAGE_NAME.exec(name)?.[1]
      if (page !== undefined && Number(page) > this.#page) await rm(join(this.#directory, name))
    }
  }

  async drop (): Promise<void> { await this.#file.drop() }

  async #turn (): Promise<void> {
    await this.#file.add(pageFoot(this.#page === 1 ? null : pageName(this.#page - 1), pageName(this.#page + 1)))
    await this.#file.finish()
    this.#page++
    this.#count = 0
    this.#day = ''
    this.#file = await TextFile.create(join(this.#directory, pageName(this.#page)))
    await this.#head()
  }

  async #head (): Promise<void> {
    const { chat, at } = this.#about
    await this.#file.add(pageHead(chat.title, `${chat.kind === 'group' ? `${chat.members} members` : 'direct chat'}, exported ${day(at)}${this.#page === 1 ? '' : `, page ${this.#page}`}`))
  }
}
