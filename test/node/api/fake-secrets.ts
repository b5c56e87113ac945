/** Secret chats of the fake, shared by its two ends. */
import { BadInputError, ForbiddenError, NotFoundError, type MediaFile, type SecretInfo, type SecretLine, type SecretSendOptions } from '../../../src/protocol/api/index.js'
import { itemOf } from './fake-media.js'

/** One chat: who began it and with whom, by account, and its lines. */
interface SharedSecret { readonly id: string, readonly by: string, readonly to: string, state: SecretInfo['state'], timer: number, readonly lines: Array<{ line: SecretLine, from: string }>, readonly read: Map<string, number>, readonly forgotten: Set<string>, readonly verified: Set<string> }

/** One end, as an account sees it. */
export class FakeSecrets {
  readonly #all: SharedSecret[]
  readonly #me: string
  readonly #nameOf: (account: string) => string

  constructor (all: unknown[], me: string, nameOf: (account: string) => string) {
    this.#all = all as SharedSecret[]
    this.#me = me
    this.#nameOf = nameOf
  }

  start (account: string, timer: number): SecretInfo {
    const made: SharedSecret = { id: `${this.#all.length}`.padStart(16, 'a'), by: this.#me, to: account, state: 'asking', timer, lines: [], read: new Map(), forgotten: new Set(), verified: new Set() }
    this.#all.push(made)
    return this.#info(made)
  }

  accept (words: string): SecretInfo {
    const chat = this.#find(words)
    if (chat.state !== 'asking' || chat.to !== this.#me) throw new ForbiddenError('there is nothing to accept')
    chat.state = 'open'
    return this.#info(chat)
  }

  list (): SecretInfo[] { return this.#own().map(one => this.#info(one)) }
  show (words: string): SecretInfo { return this.#info(this.#find(words)) }

  send (words: string, text: string, { entities = [], replyTo }: SecretSendOptions, media: readonly MediaFile[]): SecretLine {
    const chat = this.#find(words)
    if (chat.state !== 'open') throw new ForbiddenError('it is not open')
    if (text === '' && media.length === 0) throw new BadInputError('an empty message says nothing')
    const line: SecretLine = {
      number: chat.lines.length + 1, kind: 'message', id: `b${chat.id}${chat.lines.length}`, own: true, at: new Date(), text, entities: [...entities], replyTo: replyTo ?? null, state: 'delivered', edited: false, reactions: { own: [], theirs: [] }, ttl: chat.timer, goesAt: null, note: null, media: [...media]
    }
    chat.lines.push({ line, from: this.#me })
    return line
  }

  change (words: string, id: string, change: (line: SecretLine, own: boolean) => void): SecretLine {
    const chat = this.#find(words)
    const found = chat.lines.find(({ line }) => line.id === id)
    if (found === undefined) throw new NotFoundError('there is no such message')
    change(found.line, found.from === this.#me)
    return this.#seen(found)
  }

  file (words: string, id: string, item?: number): MediaFile {
    const found = this.#find(words).lines.find(({ line }) => line.id === id)
    if (found === undefined) throw new NotFoundError('there is no such message')
    return itemOf(found.line.media, item)
  }

  drop (words: string, ids: readonly string[]): void {
    const chat = this.#find(words)
    for (const id of ids) this.change(words, id, () => undefined)
    chat.lines.splice(0, chat.lines.length, ...chat.lines.filter(({ line }) => !ids.includes(line.id ?? '')))
  }

  lines (words: string, before = Infinity, limit = 50): SecretLine[] { return this.#find(words).lines.filter(({ line }) => line.number < before).map(one => this.#seen(one)).reverse().slice(0, limit) }

  read (words: string): void {
    const chat = this.#find(words)
    chat.read.set(this.#me, chat.lines.length)
    for (const { line, from } of chat.lines) if (from !== this.#me) line.state = 'read'
  }

  timer (words: string, seconds: number): SecretInfo {
    const chat = this.#find(words)
    chat.timer = seconds
    return this.#info(chat)
  }

  close (words: string): void {
    const chat = this.#find(words)
    chat.state = 'closed'
    chat.lines.length = 0
  }

  forget (words: string): void {
    const chat = this.#find(words)
    if (chat.state !== 'closed') throw new ForbiddenError('it is not closed')
    chat.forgotten.add(this.#me)
  }

  verify (words: string, verified: boolean): SecretInfo {
    const chat = this.#find(words)
    if (verified) chat.verified.add(this.#me)
    else chat.verified.delete(this.#me)
    return this.#info(chat)
  }

  #own (): SharedSecret[] { return this.#all.filter(({ by, to, forgotten }) => (by === this.#me || to === this.#me) && !forgotten.has(this.#me)) }

  #find (words: string): SharedSecret {
    const found = this.#own().find(({ id }) => id === words)
    if (found === undefined) throw new NotFoundError(`no secret chat is called "${words}"`)
    return found
  }

  #seen ({ line, from }: { line: SecretLine, from: string }): SecretLine {
    const own = from === this.#me
    return { ...line, own, state: own ? line.state : null, reactions: own ? line.reactions : { own: line.reactions.theirs, theirs: line.reactions.own } }
  }

  #info (chat: SharedSecret): SecretInfo {
    const other = chat.by === this.#me ? chat.to : chat.by
    return {
      id: chat.id, account: other, name: this.#nameOf(other), device: other, state: chat.state === 'asking' && chat.to === this.#me ? 'asked' : chat.state, timer: chat.timer,
      unread: chat.lines.filter(({ line, from }) => from !== this.#me && line.number > (chat.read.get(this.#me) ?? 0)).length, waiting: 0, createdAt: new Date(0), path: chat.lines.length === 0 ? null : 'relay', alarm: null, ending: chat.state === 'closed' ? 'here' : null, devices: [other], verified: chat.verified.has(this.#me)
    }
  }
}
