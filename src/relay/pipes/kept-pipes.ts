/**
 * Pipes to a device that may be away: a frame is on the disk before who posted it is answered, is handed over when the
 * device is here, and goes when the device says that it has it. DESIGN section 5.
 */
import { LIMITS, pb, PUSH, type KeyBytes } from '../../protocol/wire/index.js'
import type { Cancel, Clock } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import type { Scrubber } from '../logs/scrubber.js'
import type { Peer } from '../peer.js'
import type { KeptFrames } from './kept-frames.js'
import type { PipeAddress } from './pipes.js'

/** What kept pipes work with. */
export interface KeptPipesParts {
  readonly frames: KeptFrames
  readonly scrubber: Pick<Scrubber, 'expect'>
  readonly clock: Clock
  /** Told each frame that was kept. */
  readonly onKept?: (bytes: number) => void
}

/** A device that is here for what is kept at an address. */
interface Place { readonly peer: Peer, readonly account: KeyBytes, readonly address: PipeAddress, handed: number, ahead: number, isRunning: boolean, isAsked: boolean }

// Its credit is used up by other things, and nothing of ours comes back to wake us.
const RETRY_MS = 1000

/** See the file's head. */
export class KeptPipes {
  readonly #parts: KeptPipesParts
  readonly #places = new Map<string, Place>()
  readonly #byPeer = new Map<Peer, Set<string>>()
  readonly #retries = new Set<Cancel>()

  constructor (parts: KeptPipesParts) { this.#parts = parts }

  /** Addresses at which a device is here. */
  get size (): number { return this.#places.size }

  /** Keeps frames at addresses for an account, and hands those that wait to this device. The device that came last has them. @throws as KeptFrames.keep */
  async keep (peer: Peer, account: KeyBytes, addresses: readonly PipeAddress[], most?: number): Promise<void> {
    await this.#parts.frames.keep(account, addresses.map(({ bytes }) => bytes), most)
    if (peer.channel.isClosed) return
    for (const address of addresses) {
      const before = this.#places.get(address.name)
      if (before?.peer === peer) continue
      if (before !== undefined) this.#leave(before)
      const place: Place = { peer, account, address, handed: 0, ahead: 0, isRunning: false, isAsked: false }
      this.#places.set(address.name, place)
      const own = this.#byPeer.get(peer) ?? new Set<string>()
      this.#byPeer.set(peer, own.add(address.name))
      this.#hand(place)
    }
  }

  /** Keeps nothing there any more. */
  async forget (peer: Peer, account: KeyBytes, addresses: readonly PipeAddress[]): Promise<void> {
    for (const { name } of addresses) {
      const place = this.#places.get(name)
      if (place?.peer === peer) this.#leave(place)
    }
    const gone = await this.#parts.frames.forget(account, addresses.map(({ bytes }) => bytes))
    if (gone > 0) await this.#parts.scrubber.expect(account)
  }

  /** Keeps a frame until its device has it. @throws as KeptFrames.put */
  async post (address: PipeAddress, frame: Uint8Array): Promise<void> {
    await this.#parts.frames.put(address.bytes, frame)
    this.#parts.onKept?.(frame.length)
    const place = this.#places.get(address.name)
    if (place !== undefined) this.#hand(place)
  }

  /** The device has what was kept there, up to and including a number; of another account's nothing happens. */
  async taken (account: KeyBytes, address: PipeAddress, through: number): Promise<void> {
    const gone = await this.#parts.frames.drop(account, address.bytes, through)
    if (gone > 0) await this.#parts.scrubber.expect(account)
    const place = this.#places.get(address.name)
    if (place === undefined || mapKey(place.account) !== mapKey(account)) return
    place.ahead = through >= place.handed ? 0 : Math.max(0, place.ahead - gone)
    this.#hand(place)
  }

  /** The channel or its session is over. */
  endAll (peer: Peer): void {
    for (const name of [...this.#byPeer.get(peer) ?? []]) {
      const place = this.#places.get(name)
      if (place !== undefined) this.#leave(place)
    }
  }

  /** Hands nothing over any more. */
  close (): void {
    this.#places.clear()
    for (const cancel of this.#retries) cancel()
  }

  #leave ({ peer, address: { name } }: Place): void {
    this.#places.delete(name)
    const own = this.#byPeer.get(peer)
    own?.delete(name)
    if (own?.size === 0) this.#byPeer.delete(peer)
  }

  /** One at a time for a place; what comes meanwhile is seen before it ends. */
  #hand (place: Place): void {
    place.isAsked = true
    if (place.isRunning) return
    place.isRunning = true
    void this.#run(place).catch(() => { this.#later(place) }).finally(() => {
      place.isRunning = false
      // Whoever asked while it ended was not heard.
      if (place.isAsked && this.#isThere(place) && place.ahead < LIMITS.keptFramesAhead) this.#hand(place)
    })
  }

  async #run (place: Place): Promise<void> {
    const { frames, clock } = this.#parts
    while (place.isAsked && this.#isThere(place)) {
      place.isAsked = false
      const room = LIMITS.keptFramesAhead - place.ahead
      if (room <= 0) return
      for (const { number, frame } of await frames.after(place.account, place.address.bytes, place.handed, room)) {
        if (!this.#isThere(place) || !place.peer.isLive(clock.now())) return
        if (!pushTo(place, number, frame)) { this.#later(place); return }
        place.handed = number
        place.ahead++
      }
    }
  }

  #isThere (place: Place): boolean { return this.#places.get(place.address.name) === place && !place.peer.channel.isClosed }

  #later (place: Place): void {
    const cancel = this.#parts.clock.after(RETRY_MS, () => {
      this.#retries.delete(cancel)
      if (this.#isThere(place)) this.#hand(place)
    })
    this.#retries.add(cancel)
  }
}

function pushTo ({ peer, address }: Place, number: number, frame: Uint8Array): boolean {
  const body = pb.KeptPush.encode({ address: address.bytes, frame, number })
  if (peer.channel.remoteHello.creditBytes < body.length + LIMITS.pushOverheadBytes) return false
  return peer.channel.tryPush(PUSH.kept, body)
}
