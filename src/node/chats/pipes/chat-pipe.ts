/**
 * One chat's pipes: what the other members hand this account beside the log, and what it hands them. A preview is shown
 * until the log has the entry; a head that does not agree with the own chain catches the home. DESIGN section 3.
 */
import { openPipeFrame, pipeAddress } from '../../../protocol/crypto/index.js'
import { cachedBody, decodePipeFrame, isSaid, type HeadFrame, type PipeFrame, type PreviewFrame } from '../../../protocol/message/index.js'
import {
  base32Text, LIMITS, peerIdText, PetrelError, sameBytes, UnavailableError, type EntryId, type KeyBytes
} from '../../../protocol/wire/index.js'
import type { RelayLink } from '../../gateway/index.js'
import { newsOf } from '../../updates/index.js'
import { withAnswered } from '../answered.js'
import { shortId } from '../../log.js'
import type { PipeReach, PipeTiming } from '../chat.js'
import type { LiveFrame } from '../live/live.js'
import type { OutboxItem } from '../outbox-item.js'
import { previewView } from '../view.js'
import { openPreview, type Preview } from './preview.js'
import { sendFrame, type FrameWay } from './send-frame.js'
import { ToldHeads, type ToldHeadsParts } from './told-heads.js'

/** How often a chat looks whether it may be listened for still, in ticks: a block is heeded at each frame anyway. */
const TICKS_PER_LOOK = 16

/** What a chat's pipe works with. */
export interface ChatPipeParts extends ToldHeadsParts {
  readonly reach: PipeReach
  readonly timing: PipeTiming
  /** Whether all chats together have room for so many bytes of previews. */
  readonly hasRoom: (bytes: number) => boolean
  /** Takes what another member does at the moment. */
  readonly onLive: (frame: LiveFrame) => void
}

/** See the file's head. */
export class ChatPipe {
  readonly #parts: ChatPipeParts
  readonly #told: ToldHeads
  readonly #listening = new Map<RelayLink, { readonly epoch: number, readonly stop: () => void }>()
  /** Entry hashes that were handed over, by message id and account. */
  readonly #handed = new Map<string, { readonly id: EntryId, readonly to: KeyBytes, readonly entry: string }>()
  /** When a head was last sent to an account, ms. */
  readonly #headSent = new Map<string, number>()
  /** Since when each preview's epoch is over, ms. */
  readonly #overSince = new Map<string, number>()
  #awaySince: number | null = null
  /** When heads are told next, ms. */
  #headsDue = -Infinity
  #heard: { readonly homes: readonly RelayLink[] | null, readonly epoch: number } = { homes: null, epoch: -1 }
  #ticks = 0
  #working: Promise<void> | undefined
  #stopped = false
  /** Ends what is on its way to a relay that does not answer. */
  readonly #ending = new AbortController()

  constructor (parts: ChatPipeParts) {
    this.#parts = parts
    this.#told = new ToldHeads(parts)
  }

  /** Whether a head exchange is due. */
  isHeadDue (now: number): boolean { return now >= this.#headsDue && this.#parts.chat.witness.newest !== null }

  /**
   * Looks after everything that is due. There may be thousands of chats, so where nothing is, this costs next to nothing.
   *
   * @param homes - the links to this account's home relays: another array when they have changed
   * @param withHeads - the exchange of heads too
   */
  tick (homes: readonly RelayLink[], withHeads: boolean): void {
    if (this.#stopped) return
    const { chat } = this.#parts
    const { epoch } = chat.keys
    if (homes !== this.#heard.homes || epoch !== this.#heard.epoch || this.#ticks++ % TICKS_PER_LOOK === 0) {
      this.#heard = { homes, epoch }
      this.#listen(homes)
    }
    if (chat.outbox.size > 0) this.#noteAway()
    else this.#awaySince = null
    if (this.#working !== undefined) return
    if (!withHeads && !this.#told.isDue && chat.outbox.size === 0 && this.#handed.size === 0 && chat.previews.size === 0) return
    const chores = this.#chores(withHeads)
    if (chores.length === 0) return
    this.#working = this.#work(chores).finally(() => { this.#working = undefined })
  }

  /** A home is there again: others may have come meanwhile. */
  metAgain (): void { this.#headsDue = -Infinity }

  /** Listens no more; resolves when nothing is under way. */
  async stop (): Promise<void> {
    this.#stopped = true
    this.#ending.abort()
    for (const { stop } of this.#listening.values()) stop()
    this.#listening.clear()
    await this.#working
  }

  get #isOpen (): boolean {
    const { chat } = this.#parts
    return chat.record.stage === 'ready' && !chat.isBlocked
  }

  /** At every home of this account, for the present epoch. */
  #listen (links: readonly RelayLink[]): void {
    const { chat } = this.#parts
    const homes = new Set(this.#isOpen ? links : [])
    const { epoch, pipe } = chat.keys
    for (const [link, listening] of this.#listening) {
      if (homes.has(link) && listening.epoch === epoch) continue
      listening.stop()
      this.#listening.delete(link)
    }
    for (const link of homes) {
      if (this.#listening.has(link)) continue
      const stop = link.listenPipe(pipeAddress(pipe, chat.deps.me), frame => this.#take(frame, epoch, pipe))
      this.#listening.set(link, { epoch, stop })
    }
  }

  #noteAway (): void {
    const { chat } = this.#parts
    const away = chat.homeAway || chat.link.state !== 'connected'
    if (!away) this.#awaySince = null
    else this.#awaySince ??= chat.deps.now()
  }

  #chores (withHeads: boolean): Array<() => Promise<void>> {
    const { chat, timing } = this.#parts
    const chores: Array<() => Promise<void>> = []
    const now = chat.deps.now()
    // The next chat has its turn: this one is looked at again later.
    if (withHeads) this.#headsDue = now + timing.headExchangeMs
    if (!this.#isOpen) return chores
    const isAway = this.#awaySince !== null && now - this.#awaySince >= timing.previewAfterMs
    if (!chat.isStopped && ((isAway && chat.outbox.size > 0) || this.#handed.size > 0)) chores.push(async () => { await this.#handOver(isAway) })
    if (chat.previews.size > 0) chores.push(async () => { await this.#dropStale(now) })
    if (this.#told.isDue) chores.push(async () => { await this.#told.takeDue() })
    if (withHeads) chores.push(async () => { await this.#tellHeads() })
    return chores
  }

  async #work (chores: ReadonlyArray<() => Promise<void>>): Promise<void> {
    for (const chore of chores) {
      try {
        await chore()
      } catch (error) {
        this.#note('chat.pipe', error)
      }
    }
  }

  #note (event: string, error: unknown): void {
    const { chat } = this.#parts
    chat.deps.log('debug', event, { chat: shortId(chat.id), code: error instanceof PetrelError ? error.code : 'ERR_INTERNAL' })
  }

  // --- what goes out ---

  /** Hands waiting messages to the others, in order, each once to each; and says which of them were given up. */
  async #handOver (isAway: boolean): Promise<void> {
    const { chat } = this.#parts
    for (const [name, handed] of [...this.#handed]) {
      const item = chat.outbox.get(handed.id)
      if (item !== undefined && item.error === null) continue
      if (item === undefined || await this.#send(handed.to, { kind: 'withdrawn', from: chat.deps.me, id: handed.id })) this.#handed.delete(name)
    }
    if (!isAway) return
    const waiting = chat.outbox.all().filter(item => this.#isPreviewable(item))
    for (const to of chat.peers) {
      let sent = 0
      for (const item of waiting) {
        const name = `${base32Text(item.id)}/${peerIdText(to)}`
        if (item.sealing === null || this.#handed.get(name)?.entry === base32Text(item.sealing.entry)) continue
        if (sent++ >= LIMITS.pipeFramesPerTick || !await this.#send(to, { kind: 'preview', from: chat.deps.me, id: item.id, payload: item.sealing.payload })) break
        this.#handed.set(name, { id: item.id, to, entry: base32Text(item.sealing.entry) })
      }
    }
  }

  #isPreviewable (item: OutboxItem): boolean {
    const { chat } = this.#parts
    if (item.mark || item.error !== null || item.sealing?.epoch !== chat.keys.epoch || chat.outbox.receiptOf(item.id) !== undefined) return false
    return isSaid(cachedBody(item.body))
  }

  async #tellHeads (): Promise<void> {
    for (const to of this.#parts.chat.peers) await this.#tellHead(to, true)
  }

  async #tellHead (to: KeyBytes, answer: boolean): Promise<void> {
    const { chat } = this.#parts
    if (chat.witness.newest === null) return
    this.#headSent.set(peerIdText(to), chat.deps.now())
    await this.#send(to, { kind: 'head', from: chat.deps.me, head: chat.witness.newest, answer })
  }

  /** Past the chat's home: what it must not drop goes by another way. */
  async #send (to: KeyBytes, frame: PipeFrame): Promise<boolean> { return await sendFrame(this.#parts.chat, to, frame, this.#way(true)) }

  #way (pastHome: boolean): FrameWay {
    const { reach, timing } = this.#parts
    return { reach, pastHome, sendMs: timing.pipeSendMs, signal: this.#ending.signal, onFault: error => { this.#note('chat.pipe', error) } }
  }

  /** Tells members what is done here at the moment. Whoever does not listen is not told later. */
  async tell (to: readonly KeyBytes[], frame: LiveFrame): Promise<void> {
    if (this.#stopped || !this.#isOpen) return
    await Promise.all(to.map(async one => { await sendFrame(this.#parts.chat, one, frame, this.#way(false)) }))
  }

  // --- what comes in ---

  async #take (sealed: Uint8Array, epoch: number, pipe: Uint8Array): Promise<void> {
    const { chat } = this.#parts
    if (this.#stopped || !this.#isOpen) return
    try {
      const frame = decodePipeFrame(openPipeFrame(pipe, sealed, { log: chat.log, epoch, to: chat.deps.me }))
      if (frame === undefined || !chat.peers.some(peer => sameBytes(peer, frame.from))) return
      if (frame.kind === 'preview') await this.#takePreview(frame)
      else if (frame.kind === 'withdrawn') await this.#withdraw(frame.id, frame.from)
      else if (frame.kind === 'head') await this.#takeHead(frame)
      else this.#parts.onLive(frame)
    } catch (error) {
      // Who sends what does not hold is not answered, and the connection it came by is not to blame.
      this.#note('chat.pipe.refused', error)
    }
  }

  async #takePreview ({ id, payload }: PreviewFrame): Promise<void> {
    const { chat, hasRoom } = this.#parts
    await chat.serial.run(async () => {
      const { keys: { epoch, content }, deps: { me, now }, cursor } = chat
      const opened = openPreview(id, payload, { log: chat.log, epoch, content, me, members: chat.manifests, now: now() })
      if (opened === undefined || chat.back.get(id) !== undefined || await chat.timeline.find(id) !== undefined) return
      const { devSeq, ...found } = opened
      const run = cursor.runs.get(found.device)
      // The log has passed its number: it stands there already, or never will.
      if (run !== undefined && devSeq <= run.devSeq) return
      const known = chat.previews.get(id)
      if (known !== undefined && (known.epoch === epoch || !sameBytes(known.body, found.body))) return
      if (known === undefined && (!chat.previews.hasRoom(found.body.length) || !hasRoom(found.body.length))) return
      const preview: Preview = known === undefined ? { order: chat.previews.nextOrder(), ...found } : { ...known, epoch }
      await chat.deps.updates.write([chat.previewOp(preview)], known === undefined ? [newsOf(chat.log, 0, id, { type: 'message', message: await withAnswered(chat, previewView(preview, chat.view)) })] : [])
      chat.previews.set(preview)
    })
  }

  /** A head by another way than the home: it must agree with the own chain, or the home shows different ones. */
  async #takeHead ({ from, head, answer }: HeadFrame): Promise<void> {
    const { chat, timing } = this.#parts
    await this.#told.take(from, head)
    const last = this.#headSent.get(peerIdText(from)) ?? -Infinity
    if (answer && chat.deps.now() - last >= timing.headAnswerMs) await this.#tellHead(from, false)
  }

  // --- what does not come any more ---

  async #withdraw (id: EntryId, from: KeyBytes): Promise<void> {
    const preview = this.#parts.chat.previews.get(id)
    if (preview !== undefined && sameBytes(preview.from, from)) await this.#drop(preview, 'its author gave it up')
  }

  async #dropStale (now: number): Promise<void> {
    const { chat, timing } = this.#parts
    for (const preview of chat.previews.all()) {
      const name = base32Text(preview.id)
      if (preview.epoch === chat.keys.epoch) this.#overSince.delete(name)
      else if (!this.#overSince.has(name)) this.#overSince.set(name, now)
      if (now - (this.#overSince.get(name) ?? now) > timing.previewGraceMs) await this.#drop(preview, 'the chat went on without it')
      else if (now - preview.receivedAt > timing.previewKeptMs) await this.#drop(preview, 'it never came into the chat\'s log')
    }
  }

  async #drop (preview: Preview, why: string): Promise<void> {
    const { chat } = this.#parts
    this.#overSince.delete(base32Text(preview.id))
    await chat.serial.run(async () => {
      if (chat.previews.get(preview.id) === undefined) return
      const error = { code: UnavailableError.code, message: `the message was handed over before it was stored, and ${why}` }
      await chat.deps.updates.write([chat.previewDel(preview)], [{ type: 'messageState', chat: chat.id, id: base32Text(preview.id), state: 'failed', error }])
      chat.previews.delete(preview)
    })
  }
}
