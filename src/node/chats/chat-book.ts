/** All chats of a node: loaded at the start, made, joined, and found by what a person calls them. */
import type { UpdateEvent } from '../../protocol/api/index.js'
import { AmbiguousError, base32Text, chainStart, ExistsError, InternalError, LIMITS, NotFoundError, peerIdText, PetrelError, sameBytes, toPetrelError, type KeyBytes, type LogId } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import { Chat, type ChatDeps } from './chat.js'
import { engineFor, keysOf } from './chat-keys.js'
import { genesisOf, type ChatRecord } from './chat-record.js'
import { decodeCursor, startCursor, type Cursor } from './cursor.js'
import { HeadAsker } from './freshness.js'
import { manifestsOf } from './member-manifests.js'
import type { SignedProfile } from './names.js'
import { newNames } from './take-name.js'
import { tellSaid } from './tell-said.js'
import { decodeItem, type OutboxItem } from './outbox-item.js'
import { Live } from './live/live.js'
import { CHAT_KEYS, decodeChatKey, newerChatKey, type ChatKey } from './devices/chat-key.js'
import { checkpointOps } from './devices/checkpoint.js'
import { ownCommitOps } from './devices/own-commit.js'
import { furtherPlace, logOfPlace, readPlace, READ_PLACES } from './devices/read-place.js'
import { ChatPipes, pipeTiming } from './pipes/chat-pipes.js'
import { loadPreviews } from './pipes/shown.js'
import { devicePast, pastOp, startPast } from './past/past-record.js'
import { RankedTurns } from './ranked-turns.js'
import { RecordParts } from './record-parts.js'
import { Runs } from './runs.js'
import { ChatSession } from './session.js'
import { decodeBack, type BackItem } from './taken-back.js'
import { TakingUp } from './taking-up.js'

/** Pieces of work in the background at once: two are worked at while two wait for a relay. */
const AT_ONCE = 4

type BookDeps = Omit<ChatDeps, 'said' | 'turns'>

/** The chats of one account. */
export class ChatBook {
  readonly #deps: ChatDeps
  readonly #sessions = new Map<string, ChatSession>()
  readonly #adding = new Set<string>()
  readonly #making = new Map<string, Promise<ChatSession>>()
  readonly #heads: HeadAsker
  readonly #pipes: ChatPipes | undefined
  readonly #taking: TakingUp
  /** What people do at the moment. */
  readonly live: Live
  #running = false

  private constructor (deps: BookDeps) {
    const turns = new RankedTurns(AT_ONCE)
    this.#deps = { ...deps, turns, said: (chat, from) => { this.live.board.said(chat, from) } }
    this.#taking = new TakingUp({ vault: deps.vault, turns, log: deps.log, make: async given => await this.#make(given) })
    this.#heads = new HeadAsker(() => this.all().filter(session => !this.#taking.has(session)).map(session => ({ chat: session.chat, accuse: async error => { await session.accuse(error) }, refollow: () => { session.refollow() }, seekOrder: () => { session.seekOrder() } })), deps.heads)
    this.live = new Live({
      me: deps.me, now: deps.now, isBlocked: deps.isBlocked, setting: deps.presence ?? 'on', timing: pipeTiming(deps.pipes), sessions: () => this.all(),
      send: async (session, to, frame) => { await this.#pipes?.tell(session, to, frame) }
    })
    this.#pipes = deps.pipes === undefined ? undefined : new ChatPipes(deps.pipes, deps.now, () => this.all(), (session, frame) => { this.live.heard(session, frame) })
  }

  /** Reads every chat from the vault. */
  static async open (deps: BookDeps): Promise<ChatBook> {
    const book = new ChatBook(deps)
    for (const [, data] of deps.vault.list('chat/')) {
      const { record, isApart } = await RecordParts.load(book.#deps, data)
      const bytes = await deps.kv.get(deps.keys.one('cursor', record.log))
      const cursor = bytes === undefined ? startCursor(chainStart(record.log, genesisOf(record).home)) : decodeCursor(bytes, await Runs.load(deps.kv, deps.keys, record.log))
      const session = await book.#load(record, cursor)
      if (isApart) session.chat.record = record
      book.#sessions.set(base32Text(record.log), session)
    }
    await book.#taking.open([...deps.vault.list(CHAT_KEYS)].map(([, data]) => data))
    deps.updates.tellBy(async said => await tellSaid(log => book.get(log)?.chat, said))
    deps.vault.mergeWith(CHAT_KEYS, newerChatKey)
    deps.vault.onChange(CHAT_KEYS, ({ name, data }) => ({ after: () => { if (data !== undefined) book.#taking.came(name, data) } }))
    deps.vault.mergeWith(READ_PLACES, furtherPlace)
    deps.vault.onChange(READ_PLACES, ({ name }) => ({ after: () => { book.#read(book.get(logOfPlace(name))) } }))
    return book
  }

  /** A chat was read on another device of this account. */
  #read (session: ChatSession | undefined): void {
    const place = session === undefined ? 0 : readPlace(this.#deps.vault, session.chat.log)
    if (session === undefined || place <= session.chat.cursor.read) return
    session.read(place).catch((error: unknown) => { this.#deps.log('warn', 'chat.read', { code: toPetrelError(error).code }) })
  }

  /** Starts every chat. */
  start (): void {
    this.#running = true
    for (const session of this.#sessions.values()) if (!this.#taking.has(session)) session.start()
    this.#taking.start()
    this.#pipes?.start()
    this.#heads.start()
  }

  /** Stops every chat; what is being taken becomes durable first. */
  async stop (): Promise<void> {
    this.#running = false
    await this.#taking.stop()
    this.live.stop()
    await this.#pipes?.stop()
    await this.#heads.stop()
    await Promise.all(this.all().map(async s => { await s.stop() }))
  }

  /** All chats. */
  all (): ChatSession[] { return [...this.#sessions.values()] }
  /** The chat of a log. */
  get (log: LogId): ChatSession | undefined { return this.#sessions.get(base32Text(log)) }

  /** Every direct chat with an account. When both sides made one at once there are two. */
  directsWith (account: KeyBytes): ChatSession[] { return this.all().filter(s => s.chat.record.direct && s.chat.peers.some(p => sameBytes(p, account))) }

  /**
   * The direct chat with an account that is written to: one where the other is known to be, since a letter that was
   * declined or lost leaves one where it never comes; of those, as of all, everybody takes the one whose id is lower.
   */
  directWith (account: KeyBytes): ChatSession | undefined {
    const first = (a: ChatSession, b: ChatSession): number => Number(b.chat.hasPeer) - Number(a.chat.hasPeer) || (a.chat.id < b.chat.id ? -1 : 1)
    return this.directsWith(account).sort(first)[0]
  }

  /** This account goes by another name: each chat is told. */
  renamed (): void { for (const session of this.all()) session.mark() }

  /** An account was blocked or let back in. */
  blockedChanged (account: KeyBytes): void {
    this.live.board.drop(news => sameBytes(news.account, account))
    for (const session of this.directsWith(account)) session.blockedChanged()
  }

  /** There is a newer manifest of an account: it may have put out a device that has keys of a chat. */
  manifestCame (account: KeyBytes): void {
    for (const session of this.all()) if (session.chat.record.members.some(m => sameBytes(m.account, account))) session.committer.kick()
  }

  /** Makes the direct chat with an account, once however many ask for it at the same time. */
  async makeDirect (account: KeyBytes, make: () => Promise<ChatSession>): Promise<ChatSession> {
    const name = peerIdText(account)
    const known = this.#making.get(name)
    if (known !== undefined) return await known
    const making = make()
    this.#making.set(name, making)
    try {
      return await making
    } finally {
      this.#making.delete(name)
    }
  }

  /**
   * Keeps a new chat, durably, with other changes in the same batch, and starts it.
   * @throws ExistsError when it is there
   */
  async add (record: ChatRecord, cursor: Cursor, change: 'created' | 'joined', more: { ops?: readonly KeyValueOp[], events?: readonly UpdateEvent[], profiles?: readonly SignedProfile[] } = {}): Promise<ChatSession> {
    const name = base32Text(record.log)
    if (this.#sessions.has(name) || this.#adding.has(name)) throw new ExistsError('this chat is here already')
    this.#adding.add(name)
    try {
      const session = await this.#load(record, cursor)
      const { chat } = session
      const past = startPast(record)
      const { profiles = [] } = more
      const own = record.commit === null ? [] : ownCommitOps(this.#deps.vault, record, record.commit)
      await this.#deps.updates.write([...chat.recordOps(record), ...chat.cursorOps(cursor), ...past === undefined ? [] : [pastOp(chat, past)], ...newNames(chat, profiles), ...checkpointOps(chat, { record, cursor }), ...own, ...more.ops ?? []], [...more.events ?? [], { type: 'chat', chat: chat.id, title: this.titleOf(chat), change }])
      chat.record = record
      for (const profile of profiles) chat.names.keep(profile)
      // Only now: what is sent in it must not become durable before it.
      this.#sessions.set(name, session)
      if (this.#running) session.start()
      return session
    } finally {
      this.#adding.delete(name)
    }
  }

  /** Makes chats that other devices of this account have given to the vault, where those had come to; durable in one write. */
  async #make (given: readonly unknown[]): Promise<ChatSession[]> {
    // One that is being made is its maker's until it is there.
    const isNew = ({ record: { log, stage } }: ChatKey): boolean => !this.#sessions.has(base32Text(log)) && !this.#adding.has(base32Text(log)) && stage !== 'create' && stage !== 'commit'
    const all = given.flatMap(data => this.#keyOf(data) ?? []).filter(key => {
      const taken = isNew(key)
      if (taken) this.#adding.add(base32Text(key.record.log))
      return taken
    })
    const names = all.map(({ record }) => base32Text(record.log))
    try {
      const made = (await Promise.all(all.map(async key => await this.#sessionOf(key)))).flatMap(one => one ?? [])
      const ops = made.flatMap(({ record, cursor, session: { chat } }) => {
        const past = devicePast(record, cursor)
        return [...chat.recordOps(record), ...chat.cursorOps(cursor), ...past === undefined ? [] : [pastOp(chat, past)]]
      })
      if (made.length > 0) await this.#deps.updates.write(ops, made.map(({ session: { chat } }) => ({ type: 'chat', chat: chat.id, title: this.titleOf(chat), change: 'joined' })))
      for (const { record, session } of made) {
        session.chat.record = record
        this.#sessions.set(session.chat.id, session)
        this.#read(session)
      }
      return made.map(({ session }) => session)
    } finally {
      for (const name of names) this.#adding.delete(name)
    }
  }

  /** A chat from its vault data; what another device wrote and this one cannot read holds up no other. */
  #keyOf (data: unknown): ChatKey | undefined {
    try {
      return decodeChatKey(data)
    } catch (error) {
      this.#deps.log('warn', 'chat.taken-up', { code: toPetrelError(error).code })
      return undefined
    }
  }

  /** The same where its keys do not decode, or its members' manifests do not hold. */
  async #sessionOf ({ record, cursor }: ChatKey): Promise<ChatKey & { readonly session: ChatSession } | undefined> {
    try {
      return { record, cursor, session: await this.#load(record, cursor, true) }
    } catch (error) {
      if (!(error instanceof PetrelError) || error instanceof InternalError) throw error
      this.#deps.log('warn', 'chat.taken-up', { code: error.code })
      return undefined
    }
  }

  /** What somebody is called in a chat, given by its id. */
  nameIn (chat: string, account: KeyBytes): string { return this.#sessions.get(chat)?.chat.nameOf(account) ?? this.#deps.nameOf(account) }

  /** What the chat of an id is called here; undefined when it is not here. */
  titled (chat: string): string | undefined { return this.#sessions.get(chat)?.chat.title }

  /** What a chat is called here. */
  titleOf (chat: Chat): string { return chat.title }

  /**
   * The chat that a person's words name: what it is called, its id, its peer's account, or a unique start of an id.
   * @param contact - the account that the words name as a contact, if they do
   * @throws NotFoundError; AmbiguousError with the candidates
   */
  resolve (words: string, contact: KeyBytes | undefined): ChatSession {
    const session = this.#named(words, contact)
    this.#taking.hurry(session)
    return session
  }

  #named (words: string, contact: KeyBytes | undefined): ChatSession {
    const direct = contact === undefined ? undefined : this.directWith(contact)
    if (direct !== undefined) return direct
    const all = this.all()
    const found = all.filter(s => s.chat.id === words || this.titleOf(s.chat) === words)
    const matches = found.length > 0 || words.length < LIMITS.idCharacters ? found : all.filter(s => s.chat.id.startsWith(words))
    const [first] = matches
    if (first === undefined) throw new NotFoundError(`no chat is called "${words.slice(0, 80)}": see petrel chats list`)
    if (matches.length > 1) {
      throw new AmbiguousError(`"${words.slice(0, 80)}" fits ${matches.length} chats: use an id`, { details: { candidates: matches.map(s => `${this.titleOf(s.chat)} ${s.chat.id}`) } })
    }
    return first
  }

  /** @param isNew - whether nothing of it is here yet */
  async #load (record: ChatRecord, cursor: Cursor, isNew = false): Promise<ChatSession> {
    const engine = engineFor(manifestsOf(record.members), this.#deps.now, this.#deps.mls)
    const keys = await keysOf(engine, engine.decodeState(record.mls), record.gpq, record.log)
    if (isNew) return new ChatSession(new Chat(this.#deps, record, cursor, keys, []))
    const chat = new Chat(this.#deps, record, cursor, keys, await this.#items(record.log), await this.#back(record.log, cursor))
    await chat.witness.load()
    await chat.names.load()
    await loadPreviews(chat)
    return new ChatSession(chat)
  }

  /** What a takeover took back, as far as the cursor knows of it: more may have been written before a crash. */
  async #back (log: LogId, { back }: Cursor): Promise<BackItem[]> {
    if (back === undefined || back.first > back.last) return []
    const { keys, kv } = this.#deps
    const items: BackItem[] = []
    for await (const [, bytes] of kv.iterate({ gte: keys.numbered('back', back.first, log), lte: keys.numbered('back', back.last, log) })) {
      const item = decodeBack(bytes)
      if (item !== undefined) items.push(item)
    }
    return items
  }

  async #items (log: LogId): Promise<OutboxItem[]> {
    const { keys, kv } = this.#deps
    const items: OutboxItem[] = []
    for await (const [, bytes] of kv.iterate({ gte: keys.numbered('outbox', 0, log), lte: keys.numbered('outbox', Number.MAX_SAFE_INTEGER, log) })) items.push(decodeItem(bytes))
    return items
  }
}
