/** All secret chats of this device: begun, accepted, found, and what comes for them. */
import { acceptSecret, createSecretMls, secretPeer, startSecret, systemRandom, type SecretMls } from '../../protocol/crypto/index.js'
import { openLeafIdentity, type SecretStart } from '../../protocol/message/index.js'
import {
  ForbiddenError, LIMITS, lists, NotFoundError, openKeyPackage, ProofError, QuotaError, sameBytes, type CheckedManifest, type KeyBytes, type Signer
} from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import { Manifests } from '../chats/index.js'
import { giveUp, note, told, type Lines } from './lines.js'
import { missing, NOTHING_GOT } from './numbers.js'
import type { SecretPackages } from './key-packages.js'
import type { SecretRecord } from './record.js'
import { SecretChat, type SecretDeps } from './secret-chat.js'

/** What the book works with, beside what its chats do. */
export interface SecretBookDeps extends SecretDeps {
  readonly packages: SecretPackages
  readonly account: KeyBytes
  readonly device: Signer
  /** The change that posts the letter which begins a chat, and the call once it is durable. */
  readonly post: (to: KeyBytes, start: SecretStart) => KeyValueOp
  readonly posted: () => void
  /** Told when keys were erased that must leave the disk. */
  readonly erased: () => void
}

/** The engine of secret chats that vouches for leaves by these manifests. */
export function secretMls (manifests: readonly CheckedManifest[], now: () => number): SecretMls {
  const all = new Manifests(manifests)
  return createSecretMls({ now, validateCredential: ({ identity, signatureKey }) => all.of(identity, signatureKey) !== undefined })
}

/** See the file's head. */
export class SecretBook {
  readonly #deps: SecretBookDeps
  readonly #chats = new Map<string, SecretChat>()

  private constructor (deps: SecretBookDeps) { this.#deps = deps }

  /** Every chat from the disk. @throws CorruptError, BadInputError */
  static async open (deps: SecretBookDeps): Promise<SecretBook> {
    const book = new SecretBook(deps)
    for (const record of await deps.store.all()) {
      const session = record.session === null ? null : await deps.store.load(record.chat, deps.mlsFor(record.manifest), record.session)
      book.#add(new SecretChat(deps, record, session))
    }
    return book
  }

  /** All of them, the newest first. */
  all (): SecretChat[] { return [...this.#chats.values()].sort((a, b) => b.record.createdAt - a.record.createdAt) }

  /** By its id. */
  get (id: string): SecretChat | undefined { return this.#chats.get(id) }

  /** Whether the letter that began a chat still waits for its answer. */
  isAsking (chat: Uint8Array): boolean { return this.all().some(({ record }) => record.stage === 'asking' && sameBytes(record.chat, chat)) }

  /**
   * Begins a chat with the device that left a key package.
   *
   * @throws ProofError, ForbiddenError for a package that is not the account's; QuotaError over LIMITS.secretChats
   */
  async start (manifest: CheckedManifest, packageRecord: Uint8Array, timer: number): Promise<SecretChat> {
    const deps = this.#deps
    this.#requireRoom()
    const { record, device, hash } = openKeyPackage(packageRecord)
    if (record.use !== 'secret' || !sameBytes(record.account, manifest.manifest.account) || !lists(manifest.manifest, device)) throw new ForbiddenError('the relay handed out a key package that is not the contact\'s')
    if (sameBytes(device, deps.device.key)) throw new ForbiddenError('a secret chat is with another device than this one')
    const mls = deps.mlsFor(manifest.bytes)
    const own = await deps.packages.make()
    const chat = systemRandom(16)
    const { session, welcome } = await startSecret({ mls, now: deps.now }, { chat, keyPackage: own.privatePart, peer: record.bundle })
    const kept = deps.store.session(chat, mls, null, session)
    const made = this.#record(manifest, device, { chat, stage: 'asking', timer, session: kept.kept })
    await deps.updates.write([deps.store.put(made), ...kept.ops, deps.post(manifest.manifest.account, { chat, welcome, keyPackage: hash, timer })], [])
    const begun = this.#add(new SecretChat(deps, made, session))
    deps.changed(begun)
    deps.posted()
    return begun
  }

  /**
   * Takes the letter of somebody who begins a chat with this account. One for another device of the account is not this
   * one's; one that was taken before changes nothing.
   */
  async asked (start: SecretStart, manifest: CheckedManifest, device: KeyBytes): Promise<void> {
    const { packages, updates, store, log } = this.#deps
    if (this.all().some(({ record }) => sameBytes(record.chat, start.chat))) return
    if (await packages.privatePart(start.keyPackage) === undefined) return
    const waiting = this.all().filter(({ record }) => record.stage === 'asked' && sameBytes(record.peer, manifest.manifest.account))
    if (waiting.length >= LIMITS.secretAskedPerContact || this.#isFull) { log('info', 'secret.full', {}); return }
    const record = this.#record(manifest, device, { chat: start.chat, stage: 'asked', timer: start.timer, asked: { welcome: start.welcome, keyPackage: start.keyPackage } })
    const chat = new SecretChat(this.#deps, record, null)
    await updates.write([store.put(record)], [{ type: 'secret', secret: chat.id, change: 'asked' }])
    this.#add(chat)
  }

  /** Accepts one: from here on there are keys, and what opened them is gone. @throws NotFoundError when the key package was used or is too old; ProofError, ForbiddenError for a Welcome that does not hold */
  async accept (chat: SecretChat): Promise<void> {
    const { packages, now, store } = this.#deps
    await chat.exclusive(async () => {
      const { asked, stage, device } = chat.record
      if (stage !== 'asked' || asked === null) throw new ForbiddenError('there is nothing to accept: this secret chat is open, was begun here, or is closed')
      const opener = await packages.privatePart(asked.keyPackage)
      if (opener === undefined) throw new NotFoundError('what would open this secret chat is not here any more: ask for another one')
      const session = await acceptSecret({ mls: chat.mls, now }, { welcome: asked.welcome, keyPackage: opener.privatePart })
      const peer = secretPeer({ mls: chat.mls, now }, session)
      if (!sameBytes(openLeafIdentity(peer.identity, peer.signatureKey).device, device)) throw new ProofError('the secret chat is with another device than the one that wrote')
      const { kept, ops } = store.session(chat.record.chat, chat.mls, null, session)
      await chat.change({ stage: 'open', asked: null, session: kept }, { ops: [...ops, ...opener.lastResort ? [] : [packages.drop(asked.keyPackage)]], session })
    })
    this.#deps.erased()
    await chat.say({ kind: 'accept' }, () => note(chat, 'accepted', { n: 0, own: true, at: now() }))
  }

  /** Takes a frame that a home has kept. @throws what the disk says: it comes again */
  async take (address: Uint8Array, frame: Uint8Array): Promise<void> {
    for (const chat of this.#chats.values()) {
      const at = chat.listening.find(one => sameBytes(one.address, address))
      if (at === undefined) continue
      const before = chat.record
      await chat.take(at.epoch, frame)
      if (before.stage !== chat.record.stage && chat.record.stage === 'closed') this.#deps.erased()
      await this.#giveUp(chat)
      this.#deps.changed(chat)
      return
    }
  }

  /** Ends a chat: all of it is erased here, and the other device is told as soon as it can be reached. */
  async close (chat: SecretChat): Promise<void> {
    const { stage } = chat.record
    if (stage === 'closed') return
    const last = stage === 'open' && chat.doubt === null ? await chat.say({ kind: 'close' }) : undefined
    await chat.exclusive(async () => {
      const lines: Lines = { rows: [], ops: await this.#deps.store.dropAll(chat.record.chat, last), events: [], record: chat.record }
      told(chat, lines, 'closed')
      await chat.change({ stage: 'closed', asked: null, unread: 0, closedAt: this.#deps.now() }, { ...lines, session: null })
    })
    this.#deps.erased()
    this.#deps.changed(chat)
  }

  /** Erases what is left of a closed chat. @throws ForbiddenError while it is not closed */
  async forget (chat: SecretChat): Promise<void> {
    if (chat.record.stage !== 'closed') throw new ForbiddenError('this secret chat is not closed: close it first, which erases it on both devices (petrel secret close)')
    await chat.forget()
    this.#chats.delete(chat.id)
    this.#deps.erased()
  }

  /** Erases what is left of chats that were closed long ago: no relay keeps their last word any more. */
  async forgetOld (): Promise<void> {
    const now = this.#deps.now()
    for (const chat of this.all()) {
      const { stage, closedAt } = chat.record
      if (stage !== 'closed') continue
      if (closedAt === undefined) await chat.exclusive(async () => { await chat.change({ closedAt: now }) })
      else if (closedAt + LIMITS.secretClosedMs <= now) await this.forget(chat)
    }
  }

  /** What was missing for too long is lost, and the person is told. */
  async #giveUp (chat: SecretChat): Promise<void> {
    const { gapEpoch, got, session } = chat.record
    const epoch = session?.epochs.at(-1)?.epoch
    if (gapEpoch === null || epoch === undefined || epoch - gapEpoch <= LIMITS.secretEpochs || missing(got).length === 0) return
    await chat.exclusive(async () => {
      const lines: Lines = { rows: [], ops: [], events: [], record: chat.record }
      giveUp(chat, lines)
      await chat.change(lines.record, lines)
    })
  }

  #record (manifest: CheckedManifest, device: KeyBytes, more: Pick<SecretRecord, 'chat' | 'stage' | 'timer'> & Partial<SecretRecord>): SecretRecord {
    return {
      peer: manifest.manifest.account, device, manifest: manifest.bytes, createdAt: this.#deps.now(), session: null, asked: null, next: 1, got: NOTHING_GOT, gapEpoch: null, theirs: NOTHING_GOT, read: 0, peerRead: 0, rows: 0, unread: 0, ...more
    }
  }

  get #isFull (): boolean { return this.all().filter(({ record }) => record.stage !== 'closed').length >= LIMITS.secretChats }

  #requireRoom (): void { if (this.#isFull) throw new QuotaError(`this device has ${LIMITS.secretChats} secret chats: close some`) }

  #add (chat: SecretChat): SecretChat {
    this.#chats.set(chat.id, chat)
    return chat
  }
}
