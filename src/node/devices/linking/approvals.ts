/** New devices that this one lets in. */
import { sealLinkWelcome, systemRandom } from '../../../protocol/crypto/index.js'
import { LINK_NONCE_BYTES, openDeviceCard, parseDeviceLink, signLinkWelcome, type DeviceLink } from '../../../protocol/message/index.js'
import {
  AbortedError, base32Text, BadInputError, DeadlineError, ExistsError, LIMITS, NotFoundError, QuotaError, sameBytes, signCertificate, UnavailableError, withoutRevoked, type KeyBytes, type Manifest
} from '../../../protocol/wire/index.js'
import { createHost } from '../../../relay/net/index.js'
import type { Account, Publisher } from '../../account/index.js'
import { createRelayPool, hostDialer, relayKeyOf, type LinkTiming, type RelayLink, type RelayPool } from '../../gateway/index.js'
import { OldMeeting } from './meeting.js'
import type { Stranger } from './old-side.js'
import { passingAccount } from './stranger.js'
import { pipeWire, type LinkWire, type OnLinkFrame } from './wire.js'

/** What it works with. */
export interface ApprovalsDeps {
  readonly account: Account
  readonly publisher: Publisher
  readonly pool: RelayPool
  readonly now: () => number
  /** What this device is called. */
  readonly deviceName: () => string
  /** Lets a device read the vault, from its card; durable at the vault's home when it resolves. */
  readonly share: (card: Uint8Array) => Promise<void>
  /** Keeps what the device is called, and tells of it. */
  readonly added: (device: KeyBytes, name: string, card: Uint8Array) => Promise<void>
  readonly signal: AbortSignal
  readonly timing?: Partial<LinkTiming> | undefined
}

/** A meeting whose words are to be compared. */
export interface Met { readonly id: string, readonly device: KeyBytes, readonly name: string, readonly words: readonly string[], readonly expiresAt: number }

interface Open extends Met { readonly meeting: OldMeeting, readonly secret: Uint8Array }

/** See the file's head. */
export class Approvals {
  readonly #deps: ApprovalsDeps
  readonly #open = new Map<string, Open>()
  /** Devices that are met just now. */
  readonly #meeting = new Set<string>()
  /** How meetings ended whose answer has not come: whoever brings it hears that. */
  readonly #over = new Map<string, unknown>()

  constructor (deps: ApprovalsDeps) { this.#deps = deps }

  /** Meets the device of a link; the same link again gives the same meeting, while that waits for an answer: whoever began it may be gone. @throws BadInputError, ExistsError when it is the account's already or being met just now, UnavailableError when it is not met, or when the account has no home at all, DeadlineError, AbortedError, QuotaError */
  async meet (text: string, options: { readonly signal?: AbortSignal } = {}): Promise<Met> {
    const { account } = this.#deps
    const link = parseDeviceLink(text)
    if (account.chatHome === undefined) throw new UnavailableError('this account has no home where its devices could share anything: add a relay (petrel relays add ADDRESS), or start the daemon with --lan, and try again')
    this.#requireNew(link.device)
    const open = [...this.#open.values()].find(one => sameBytes(one.device, link.device))
    if (open !== undefined && sameBytes(open.secret, link.secret)) return open
    // It shows another link by now.
    open?.meeting.confirm(false)
    const name = base32Text(link.device)
    if (this.#meeting.has(name)) throw new ExistsError('that device is being met already, by another command or app: answer there')
    this.#meeting.add(name)
    try {
      return await this.#meet(link, options.signal)
    } finally {
      this.#meeting.delete(name)
    }
  }

  async #meet (link: DeviceLink, signal: AbortSignal | undefined): Promise<Met> {
    const { account, now, deviceName } = this.#deps
    if (this.#open.size >= LIMITS.linkMeetings) throw new QuotaError(`${LIMITS.linkMeetings} devices wait for an answer already: answer one first`)
    const giveUp = new AbortController()
    const way = await this.#wayTo(link)
    const meeting = new OldMeeting({
      facts: {
        device: account.device, newDevice: link.device,
        offer: { v: 1, account: account.key, device: account.device.key, accountName: account.name, deviceName: deviceName(), nonce: systemRandom(LINK_NONCE_BYTES) }
      },
      wire: way.wire, admit: async stranger => await this.#admit(link.device, stranger), signal: AbortSignal.any([this.#deps.signal, giveUp.signal])
    })
    void meeting.ended.catch(() => undefined).finally(() => { void way.close() })
    const expiresAt = now() + LIMITS.linkMs
    const { name, words } = await soon(meeting, giveUp, signal)
    const id = base32Text(systemRandom(8))
    const open = { id, device: link.device, secret: link.secret, name, words, expiresAt, meeting }
    this.#open.set(id, open)
    void meeting.ended.catch((error: unknown) => { this.#over.set(id, error) }).finally(() => { this.#ended(id) })
    return open
  }

  #ended (id: string): void {
    this.#open.delete(id)
    for (const first of this.#over.keys()) if (this.#over.size > LIMITS.linkMeetings) this.#over.delete(first)
  }

  /**
   * Answers that the words were the same. Resolves when the device has all that it needs.
   * @throws NotFoundError when the meeting is over; ForbiddenError when it was refused; what keeps the account from listing it
   */
  async confirm (id: string, options: { readonly signal?: AbortSignal } = {}): Promise<Met> {
    const open = this.#open.get(id)
    try {
      if (this.#over.has(id)) throw this.#over.get(id)
      if (open === undefined) throw new NotFoundError('that device waits for no answer any more: show its link again there')
      open.meeting.confirm(true)
      await orAborted(open.meeting.ended, options.signal)
      return open
    } finally {
      this.#over.delete(id)
    }
  }

  /** Answers that the words were not the same, or that the device is not to come. @throws NotFoundError when the meeting is over */
  refuse (id: string): void {
    const open = this.#open.get(id)
    if (open === undefined) throw new NotFoundError('that device waits for no answer any more')
    open.meeting.confirm(false)
  }

  #requireNew (device: KeyBytes): void {
    const { manifest } = this.#deps.account.manifest
    if (manifest.revoked.some(one => sameBytes(one.key, device))) throw new BadInputError('that device was revoked: a device that comes back is a new one')
    if (manifest.devices.some(one => sameBytes(one.key, device))) throw new ExistsError('that device is one of this account already')
    if (this.#room(manifest).length >= LIMITS.devices) throw new QuotaError(`an account has at most ${LIMITS.devices} devices: revoke one first`)
  }

  /** The devices, without revoked ones when there is no room for another. */
  #room (manifest: Manifest): Manifest['devices'] {
    const { account, now } = this.#deps
    return manifest.devices.length < LIMITS.devices ? manifest.devices : withoutRevoked(manifest, account.device, now())
  }

  /** The account lists the device, and the vault is for it too, before it is told. */
  async #admit (device: KeyBytes, { name, card, transcript }: Stranger): Promise<Uint8Array> {
    const { account, added, now, publisher, share, signal } = this.#deps
    const { device: named, kem } = openDeviceCard(card)
    if (!sameBytes(named, device)) throw new BadInputError('the new device brought the card of another one')
    this.#requireNew(device)
    const cert = signCertificate({ v: 1, account: account.key, device, time: now() }, account.device)
    await publisher.changeManifest(manifest => manifest.devices.some(one => sameBytes(one.key, device)) ? undefined : { devices: [...this.#room(manifest), { key: device, cert }] }, { signal })
    await added(device, name, card)
    await share(card)
    const relays = account.relays.flatMap(relay => account.addrsOf(relay).slice(0, 1).map(address => ({ peer: relay.peer, address, token: null })))
    const welcome = signLinkWelcome({ v: 1, transcript, manifest: account.manifest.bytes, accountName: account.name, relays }, account.device)
    return await sealLinkWelcome(kem, welcome, transcript)
  }

  /** By the relay where it waits, if that is one of this account's; else straight. */
  async #wayTo ({ device, secret, at }: DeviceLink): Promise<{ readonly wire: (onFrame: OnLinkFrame) => LinkWire, readonly close: () => Promise<void> }> {
    const { account, pool, timing } = this.#deps
    for (const address of at) {
      const home = account.relays.find(relay => sameBytes(relay.peer, relayKeyOf(address)))
      if (home !== undefined) return { wire: onFrame => pipeWire(pool.link(home.peer, [home.address]), secret, 'old', onFrame), close: async () => undefined }
    }
    const direct = at.filter(address => sameBytes(relayKeyOf(address), device))
    if (direct.length === 0) throw new UnavailableError(`the new device waits at a relay that is none of this account's: begin again there with petrel devices link --relay ${account.home?.address ?? 'ADDRESS'}`)
    // A key of the moment: whoever made the link learns who this is only once it has answered.
    const host = await createHost({ role: 'node', seed: systemRandom(32) })
    const { account: passing, manifest } = passingAccount(host.key)
    const own = createRelayPool({ dialer: hostDialer(host), account: passing, manifest: () => manifest, token: () => undefined, ...timing === undefined ? {} : { timing } })
    const link: RelayLink = own.link(device, direct)
    return {
      wire: onFrame => pipeWire(link, secret, 'old', onFrame),
      close: async () => {
        await own.close()
        await host.stop()
      }
    }
  }
}

/** Waits for the new device's answer, and gives the meeting up when it does not come. */
async function soon (meeting: OldMeeting, giveUp: AbortController, signal: AbortSignal | undefined): Promise<Stranger> {
  const late = AbortSignal.timeout(LIMITS.linkAnswerMs)
  try {
    return await orAborted(meeting.compared, signal === undefined ? late : AbortSignal.any([late, signal]))
  } catch (error) {
    giveUp.abort()
    throw late.aborted && signal?.aborted !== true ? new DeadlineError('the new device does not answer: is it still waiting, and is this link the one that it shows now?', { cause: error }) : error
  }
}

async function orAborted<T> (promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const stop = (): void => { reject(new AbortedError(undefined, { cause: signal.reason })) }
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
