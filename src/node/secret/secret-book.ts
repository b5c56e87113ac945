/** All secret chats of this device: begun, accepted, found, and what comes for them. */
import { acceptSecret, createSecretMls, secretPeer, startSecret, systemRandom, type SecretMls } from '../../protocol/crypto/index.js'
import { openLeafIdentity, type SecretOver, type SecretStart } from '../../protocol/message/index.js'
import {
  CorruptError, ForbiddenError, InternalError, LIMITS, lists, NotFoundError, openKeyPackage, PetrelError, ProofError, QuotaError, ReadOnlyError, sameBytes, UnavailableError, type CheckedManifest, type Digest, type KeyBytes, type Signer
} from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import { Manifests } from '../chats/index.js'
import type { Candidate } from './candidates.js'
import { giveUp, note, told, type Lines } from './lines.js'
import { missing, NOTHING_GOT } from './numbers.js'
import type { SecretPackages } from './key-packages.js'
import { ELSEWHERE, START_OUT, type KeptCandidate, type SecretEnding, type SecretRecord } from './record.js'
import { SecretChat } from './secret-chat.js'
import type { SecretDeps } from './secret-deps.js'
import type { SecretStarts } from './starts.js'
import { secretName } from './store.js'

/** What the book works with, beside what its chats do. */
export interface SecretBookDeps extends SecretDeps {
  readonly packages: SecretPackages
  readonly device: Signer
  readonly starts: SecretStarts
  /** Whether who begins a chat is a contact whose word counts; what it says of its devices is taken in. */
  readonly isKnown: (manifest: CheckedManifest, device: KeyBytes) => Promise<boolean>
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
  /** Beginnings that were taken in, the last ones. */
  #seen: Uint8Array[] = []

  private constructor (deps: SecretBookDeps) { this.#deps = deps }

  /** Every chat from the disk. @throws CorruptError, BadInputError */
  static async open (deps: SecretBookDeps): Promise<SecretBook> {
    const book = new SecretBook(deps)
    for (const record of await deps.store.all()) {
      const mls = deps.mlsFor(record.manifest)
      const session = record.session === null ? null : await deps.store.load(record.chat, mls, record.session)
      const candidates: Candidate[] = []
      for (const one of record.asking ?? []) candidates.push({ ...one, session: await deps.store.load(record.chat, mls, one.session) })
      book.#add(new SecretChat(deps, record, session, candidates))
    }
    book.#seen = await deps.store.seen()
    return book
  }

  /** All of them, the newest first. */
  all (): SecretChat[] { return [...this.#chats.values()].sort((a, b) => b.record.createdAt - a.record.createdAt) }

  /** By its id. */
  get (id: string): SecretChat | undefined { return this.#chats.get(id) }

  /** All chats whose two ends, and so the code of them, are these. */
  sameCode ({ record: { peer, device } }: SecretChat): SecretChat[] { return this.all().filter(({ record }) => sameBytes(record.peer, peer) && sameBytes(record.device, device)) }

  /** Whether the person said that this very code is the same on both devices, in this chat or another one. */
  isCompared (chat: SecretChat): boolean { return (chat.record.asking?.length ?? 0) <= 1 && this.sameCode(chat).some(({ record }) => record.verified === true) }

  /**
   * Begins a chat with whichever device of an account accepts first, of those that left key packages.
   *
   * @throws ProofError, ForbiddenError for packages that are not the account's; NotFoundError when it has no inbox; QuotaError over LIMITS.secretChats
   */
  async start (manifest: CheckedManifest, packageRecords: readonly Uint8Array[], timer: number): Promise<SecretChat> {
    const deps = this.#deps
    if (this.all().filter(({ record }) => record.stage === 'open' || record.stage === 'asking').length >= LIMITS.secretChats) throw new QuotaError(`this device has ${LIMITS.secretChats} secret chats: close some`)
    const mls = deps.mlsFor(manifest.bytes)
    const chat = systemRandom(16)
    const candidates: Candidate[] = []
    const asking: KeptCandidate[] = []
    const ops: KeyValueOp[] = []
    for (const { bundle, device, hash } of packagesOf(manifest, deps.device.key, packageRecords)) {
      const own = await deps.packages.make()
      const { session, welcome } = await startSecret({ mls, now: deps.now }, { chat, keyPackage: own.privatePart, peer: bundle })
      const start = await deps.starts.seal(manifest, hash, { secret: { chat, welcome, keyPackage: hash, timer } })
      ops.push(deps.store.putOut(chat, { n: START_OUT + candidates.length, ...start, sealedAt: deps.now() }))
      asking.push({ device, keyPackage: hash, session: deps.store.session(chat, mls, null, session).kept })
      candidates.push({ device, keyPackage: hash, session })
    }
    const [first] = candidates
    if (first === undefined) throw new NotFoundError('the contact has left no key packages for secret chats')
    const made = this.#record(manifest, first.device, { chat, stage: 'asking', timer, asking })
    await deps.updates.write([deps.store.put(made), ...ops], [])
    const begun = this.#add(new SecretChat(deps, made, null, candidates))
    deps.changed(begun)
    return begun
  }

  /** Takes what came to the address of a key package. What does not hold is dropped. @throws what the disk says: it comes again */
  async #arrived (frame: Uint8Array): Promise<void> {
    const { starts, isKnown, log, now } = this.#deps
    try {
      const { secret, over, manifest, device, time } = await starts.open(frame)
      if (time + LIMITS.secretAskedMs < now() || !await isKnown(manifest, device)) return
      if (secret !== undefined) await this.#asked(secret, manifest, device)
      if (over !== undefined) await this.#over(over, manifest, device)
    } catch (error) {
      if (!(error instanceof PetrelError) || error instanceof ReadOnlyError || error instanceof UnavailableError || error instanceof CorruptError) throw error
      log('info', 'secret.refused', { code: error.code })
    }
  }

  /** Somebody begins a chat with this device. What was taken in before changes nothing. */
  async #asked (start: SecretStart, manifest: CheckedManifest, device: KeyBytes): Promise<void> {
    const { packages, updates, store, log } = this.#deps
    if (this.#seen.some(chat => sameBytes(chat, start.chat)) || this.#of(start.chat) !== undefined) return
    if (await packages.privatePart(start.keyPackage) === undefined) return
    const waiting = this.all().filter(({ record }) => record.stage === 'asked')
    const ofThis = waiting.filter(({ record }) => sameBytes(record.peer, manifest.manifest.account))
    if (ofThis.length >= LIMITS.secretAskedPerContact || waiting.length >= LIMITS.secretAsked) { log('info', 'secret.full', {}); return }
    const record = this.#record(manifest, device, { chat: start.chat, stage: 'asked', timer: start.timer, asked: { welcome: start.welcome, keyPackage: start.keyPackage } })
    const chat = new SecretChat(this.#deps, record, null)
    await updates.write([store.put(record), this.#noteSeen(start.chat)], [{ type: 'secret', secret: chat.id, change: 'asked' }])
    this.#add(chat)
  }

  /**
   * Who began a chat says that it is not to be answered here any more. Where it was not, nothing of it stays; where it
   * was, and the other has chosen another device by then, it is over.
   */
  async #over ({ chat: id, k }: SecretOver, { manifest: { account } }: CheckedManifest, device: KeyBytes): Promise<void> {
    const { updates } = this.#deps
    const chat = this.#of(id)
    if (chat === undefined) {
      // Should the beginning come behind it.
      await updates.write([this.#noteSeen(id)], [])
      return
    }
    const { peer, device: from } = chat.record
    if (!sameBytes(peer, account) || !sameBytes(from, device) || await this.#gone(chat)) return
    const { stage, got } = chat.record
    // Who has said something here has chosen this device.
    if (stage === 'open' && got.through === 0 && got.later.length === 0) await this.#end(chat, k === 'taken' ? 'elsewhere' : 'there')
  }

  /** Drops beginnings that nobody has answered for long. */
  async dropStale (): Promise<void> {
    for (const chat of this.all()) if (chat.record.stage === 'asked' && chat.record.createdAt + LIMITS.secretAskedMs <= this.#deps.now()) await this.#gone(chat)
  }

  /** Forgets one that is still unanswered. @returns whether it was */
  async #gone (chat: SecretChat): Promise<boolean> {
    if (chat.record.stage !== 'asked' || !await chat.forget('asked')) return false
    this.#chats.delete(chat.id)
    this.#deps.erased()
    return true
  }

  #of (id: Uint8Array): SecretChat | undefined { return this.#chats.get(secretName(id)) }

  #noteSeen (chat: Uint8Array): KeyValueOp {
    this.#seen = [...this.#seen.filter(one => !sameBytes(one, chat)), chat].slice(-LIMITS.secretSeen)
    return this.#deps.store.putSeen(this.#seen)
  }

  /** Accepts one: from here on there are keys, and what opened them is gone. @throws NotFoundError when the key package was used or is too old; ProofError, ForbiddenError for a Welcome that does not hold */
  async accept (chat: SecretChat): Promise<void> {
    const { packages, now, store } = this.#deps
    await chat.exclusive(async () => {
      const { asked, stage, device, ending } = chat.record
      if (ending === 'elsewhere') throw new ForbiddenError(ELSEWHERE)
      if (stage !== 'asked' || asked === null) throw new ForbiddenError('there is nothing to accept: this secret chat is open, was begun here, or is closed')
      const opener = await packages.privatePart(asked.keyPackage)
      if (opener === undefined) throw new NotFoundError('what would open this secret chat is not here any more: ask for another one')
      const session = await acceptSecret({ mls: chat.mls, now }, { welcome: asked.welcome, keyPackage: opener.privatePart })
      const peer = secretPeer({ mls: chat.mls, now }, session)
      if (!sameBytes(openLeafIdentity(peer.identity, peer.signatureKey).device, device)) throw new ProofError('the secret chat is with another device than the one that wrote')
      const { kept, ops } = store.session(chat.record.chat, chat.mls, null, session)
      await chat.change({ stage: 'open', asked: null, session: kept }, { ops: [...ops, ...opener.lastResort ? [] : [packages.used(asked.keyPackage)]], session })
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
      await chat.take(at.epoch, frame, at.device)
      if (before.stage !== chat.record.stage) this.#deps.erased()
      await this.#giveUp(chat)
      this.#deps.changed(chat)
      return
    }
    if (await this.#deps.packages.isAddress(address)) await this.#arrived(frame)
  }

  /** Ends a chat: all of it is erased here, and the other device is told as soon as it can be reached. */
  async close (chat: SecretChat): Promise<void> { await this.#end(chat, 'here') }

  async #end (chat: SecretChat, ending: SecretEnding): Promise<void> {
    const { stage } = chat.record
    if (stage === 'closed') return
    const last = ending === 'here' && stage === 'open' && chat.doubt === null ? await chat.say({ kind: 'close' }) : undefined
    await chat.exclusive(async () => {
      const { asked } = chat.record
      const words = await chat.withdrawn()
      const lines: Lines = { rows: [], ops: [...await this.#deps.store.dropAll(chat.record.chat, last), ...words], events: [], record: chat.record }
      // What would open it is of no more use, unless it is the last resort of others too.
      if (asked !== null && (await this.#deps.packages.privatePart(asked.keyPackage))?.lastResort === false) lines.ops.push(this.#deps.packages.used(asked.keyPackage))
      told(chat, lines, 'closed')
      await chat.change({ stage: 'closed', asked: null, asking: [], unread: 0, closedAt: this.#deps.now(), ending }, { ...lines, session: null })
    })
    this.#deps.erased()
    this.#deps.changed(chat)
  }

  /** Erases what is left of a closed chat. @throws ForbiddenError while it is not closed */
  async forget (chat: SecretChat): Promise<void> {
    if (chat.record.stage !== 'closed') throw new ForbiddenError('this secret chat is not closed: close it first, which erases it on both devices (petrel secret close)')
    // What was compared stays compared for those that go on.
    if (chat.record.verified === true) for (const one of this.sameCode(chat)) if (one.record.stage === 'open') await one.exclusive(async () => { await one.change({ verified: true }) })
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
      await giveUp(chat, lines)
      await chat.change(lines.record, lines)
      if (lines.erased === true) this.#deps.erased()
    })
  }

  #record (manifest: CheckedManifest, device: KeyBytes, more: Pick<SecretRecord, 'chat' | 'stage' | 'timer'> & Partial<SecretRecord>): SecretRecord {
    return {
      peer: manifest.manifest.account, device, manifest: manifest.bytes, createdAt: this.#deps.now(), session: null, asked: null, next: 1, got: NOTHING_GOT, gapEpoch: null, theirs: NOTHING_GOT, read: 0, peerRead: 0, rows: 0, unread: 0, ...more
    }
  }

  #add (chat: SecretChat): SecretChat {
    this.#chats.set(chat.id, chat)
    return chat
  }
}

/** The packages that can be used, one of each device. @throws ProofError, BadInputError, ForbiddenError when there are some, and none can */
function packagesOf ({ manifest }: CheckedManifest, own: KeyBytes, records: readonly Uint8Array[]): Array<{ bundle: Uint8Array, device: KeyBytes, hash: Digest }> {
  const found: Array<{ bundle: Uint8Array, device: KeyBytes, hash: Digest }> = []
  let failure: unknown
  for (const bytes of records.slice(0, LIMITS.secretStartDevices)) {
    try {
      const { record: { use, account, bundle }, device, hash } = openKeyPackage(bytes)
      if (use !== 'secret' || !sameBytes(account, manifest.account) || !lists(manifest, device)) throw new ForbiddenError('the relay handed out a key package that is not the contact\'s')
      if (sameBytes(device, own)) throw new ForbiddenError('a secret chat is with another device than this one')
      if (!found.some(one => sameBytes(one.device, device))) found.push({ bundle, device, hash })
    } catch (error) {
      failure = error
    }
  }
  if (found.length === 0 && failure !== undefined) throw failure instanceof Error ? failure : new InternalError('a key package was refused')
  return found
}
