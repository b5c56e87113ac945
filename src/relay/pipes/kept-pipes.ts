/**
 * Pipes to a device that may be away: a frame is handed over at once to a device that is here, and no disk sees it when
 * that soon says that it has it. Else it is on the disk before who posted it is answered, is handed over when the device
 * comes, and goes when the device has it. DESIGN section 5.
 */
import { LIMITS, pb, PUSH, type KeyBytes } from '../../protocol/wire/index.js'
import type { Cancel, Clock } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import type { Scrubber } from '../logs/scrubber.js'
import type { Peer } from '../peer.js'
import { isOpenAddress, type IsKnown, type KeptFrames } from './kept-frames.js'
import type { PipeAddress } from './pipes.js'

/** What kept pipes work with. */
export interface KeptPipesParts {
  readonly frames: KeptFrames
  readonly scrubber: Pick<Scrubber, 'expect'>
  readonly clock: Clock
  /** How long (ms) a device that is here has to take a frame before it is written; 0: it is written at once. */
  readonly handMs: number
  /** Told each frame that was kept. */
  readonly onKept?: (bytes: number) => void
}

/** A device that is here for what is kept at an address. */
interface Place {
  readonly peer: Peer
  readonly account: KeyBytes
  readonly address: PipeAddress
  /** See {@link isOpenAddress}. */
  readonly isOpen: boolean
  /** How often what it did not take was asked for again, as the device counts: its frames say it. */
  again: number
  handed: number
  taken: number
  ahead: number
  isRunning: boolean
  isAsked: boolean
  /** Whether frames may be on the disk that it was not handed: none goes past them. */
  isBehind: boolean
  /** Frames that it was handed and that are on no disk, by number: told whether it has them. */
  readonly unwritten: Map<number, (isTaken: boolean) => void>
}

// Its credit is used up by other things, and nothing of ours comes back to wake us.
const RETRY_MS = 1000

/** See the file's head. */
export class KeptPipes {
  readonly #parts: KeptPipesParts
  readonly #places = new Map<string, Place>()
  readonly #byPeer = new Map<Peer, Set<string>>()
  readonly #retries = new Set<Cancel>()
  /** How many frames are on their way to the disk at an address, by its map key, from when that was decided: no other goes past them. */
  readonly #putting = new Map<string, number>()

  constructor (parts: KeptPipesParts) { this.#parts = parts }

  /** Addresses at which a device is here. */
  get size (): number { return this.#places.size }

  /** Keeps frames at addresses for an account, and hands those that wait to this device; with a higher `again` than before also those that it was handed and did not take. The device that came last has them. @throws as KeptFrames.keep */
  async keep (peer: Peer, account: KeyBytes, addresses: readonly PipeAddress[], { most, again = 0 }: { most?: number, again?: number } = {}): Promise<void> {
    await this.#parts.frames.keep(account, addresses.map(({ bytes }) => bytes), most)
    for (const address of addresses) {
      const isBehind = await this.#parts.frames.waitAt(account, address.bytes)
      if (peer.channel.isClosed) return
      const before = this.#places.get(address.name)
      if (before?.peer === peer) {
        if (again > before.again) this.#handAgain(before, again)
        continue
      }
      if (before !== undefined) this.#leave(before)
      const place: Place = { peer, account, address, isOpen: most !== undefined && isOpenAddress(most), again, handed: 0, taken: 0, ahead: 0, isRunning: false, isAsked: false, isBehind, unwritten: new Map() }
      this.#places.set(address.name, place)
      const own = this.#byPeer.get(peer) ?? new Set<string>()
      this.#byPeer.set(peer, own.add(address.name))
      if (isBehind) this.#hand(place)
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

  /** Hands a frame to its device, or keeps it until that has it. `isKnown` is asked of who posts at an open address. @throws as KeptFrames.put */
  async post (address: PipeAddress, frame: Uint8Array, isKnown?: IsKnown): Promise<void> {
    const handed = this.#handNow(address, frame)
    if (handed === undefined) this.#putsNow(address)
    if (handed === undefined || !await handed.taken) {
      await this.#put(address, frame, { number: handed?.number, isKnown })
      const place = this.#places.get(address.name)
      // It said so while this was on its way to the disk.
      if (place !== undefined && handed !== undefined && place.taken >= handed.number) await this.taken(place.account, address, handed.number)
      else if (place !== undefined && place.handed !== handed?.number) {
        place.isBehind = true
        this.#hand(place)
      }
    }
    this.#parts.onKept?.(frame.length)
  }

  /** A frame is to be written: told before anything else can be handed over, and ended by {@link #put}. */
  #putsNow ({ name }: PipeAddress): void { this.#putting.set(name, (this.#putting.get(name) ?? 0) + 1) }

  async #put (address: PipeAddress, frame: Uint8Array, how: { number: number | undefined, isKnown: IsKnown | undefined }): Promise<void> {
    try {
      await this.#parts.frames.put(address.bytes, frame, how)
    } finally {
      const left = (this.#putting.get(address.name) ?? 1) - 1
      if (left > 0) this.#putting.set(address.name, left)
      else this.#putting.delete(address.name)
    }
  }

  /** Hands a frame to a device that is here and was handed all before it. @returns its number, and whether the device says in time that it has it; undefined when it was not handed over */
  #handNow (address: PipeAddress, frame: Uint8Array): { number: number, taken: Promise<boolean> } | undefined {
    const { frames, clock, handMs } = this.#parts
    const place = this.#places.get(address.name)
    // At an open address it is counted first whose it is.
    if (handMs === 0 || place === undefined || place.isOpen || place.isBehind || this.#putting.has(address.name) || place.ahead >= LIMITS.keptFramesAhead || !this.#isThere(place) || !place.peer.isLive(clock.now())) return undefined
    const number = frames.numberBehind(place.handed)
    if (!pushTo(place, number, frame)) return undefined
    place.handed = number
    place.ahead++
    const taken = new Promise<boolean>(resolve => {
      const cancel = clock.after(handMs, () => { settle(false) })
      const settle = (isTaken: boolean): void => {
        cancel()
        place.unwritten.delete(number)
        if (!isTaken) this.#putsNow(address)
        resolve(isTaken)
      }
      place.unwritten.set(number, settle)
    })
    return { number, taken }
  }

  /** The device has what was kept there, up to and including a number; of another account's nothing happens. */
  async taken (account: KeyBytes, address: PipeAddress, through: number): Promise<void> {
    const place = this.#places.get(address.name)
    const own = place !== undefined && mapKey(place.account) === mapKey(account) ? place : undefined
    // Who posted them is answered first.
    const unwritten = own === undefined ? [] : [...own.unwritten].filter(([number]) => number <= through)
    for (const [, settle] of unwritten) settle(true)
    if (own !== undefined) own.taken = Math.max(own.taken, through)
    const gone = await this.#parts.frames.drop(account, address.bytes, through)
    if (gone > 0) await this.#parts.scrubber.expect(account)
    if (own === undefined) return
    own.ahead = through >= own.handed ? 0 : Math.max(0, own.ahead - gone - unwritten.length)
    if (own.isBehind && this.#isThere(own)) this.#hand(own)
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
    for (const place of [...this.#places.values()]) this.#leave(place)
    for (const cancel of this.#retries) cancel()
  }

  /** What the device does not have is written, for its next session. */
  #leave ({ peer, unwritten, address: { name } }: Place): void {
    this.#places.delete(name)
    for (const settle of [...unwritten.values()]) settle(false)
    const own = this.#byPeer.get(peer)
    own?.delete(name)
    if (own?.size === 0) this.#byPeer.delete(peer)
  }

  /** What it did not take is written first where it is not: what comes meanwhile goes behind it, else it would be dropped with what the device takes of that. */
  #handAgain (place: Place, again: number): void {
    for (const settle of [...place.unwritten.values()]) settle(false)
    place.again = again
    place.isBehind = true
    place.handed = place.taken
    place.ahead = 0
    this.#hand(place)
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
      const { again } = place
      const waiting = await frames.after(place.account, place.address.bytes, place.handed, room)
      // Asked meanwhile to begin again: these would go past those that come first.
      if (place.again !== again) continue
      for (const { number, frame } of waiting) {
        if (!this.#isThere(place) || !place.peer.isLive(clock.now())) return
        if (!pushTo(place, number, frame)) { this.#later(place); return }
        place.handed = number
        place.ahead++
      }
      if (waiting.length < room && !place.isAsked) place.isBehind = false
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

function pushTo ({ peer, address, again }: Place, number: number, frame: Uint8Array): boolean {
  const body = pb.KeptPush.encode({ address: address.bytes, frame, number, again })
  if (peer.channel.remoteHello.creditBytes < body.length + LIMITS.pushOverheadBytes) return false
  return peer.channel.tryPush(PUSH.kept, body)
}
