/** The links to other homes, one for each, and which mirrored logs hang on it. */
import {
  LIMITS, METHOD, pb, PUSH, QuotaError, RateLimitError, ForbiddenError, toPetrelError, type KeyBytes, type LogId, type PetrelError, type Signer
} from '../../protocol/wire/index.js'
import type { Cancel, Clock } from '../../store/index.js'
import { mapKey } from '../bytes-text.js'
import type { GatewayChannel, GatewayPush } from '../net/index.js'
import type { DialHome } from './dial.js'
import { HomeAddresses } from './home-addresses.js'
import { HomeLink } from './home-link.js'
import type { MirroredLog } from './mirrored-log.js'
import { show } from './show.js'

interface Home { readonly link: HomeLink, readonly logs: Map<string, MirroredLog>, readonly addrs: HomeAddresses, retry: { readonly at: number, readonly cancel: Cancel } | undefined }

/** What the links are made of. */
export interface HomesParts {
  readonly clock: Clock
  readonly dial: DialHome
  readonly signer: Signer
  readonly random: () => number
  readonly onTrouble: (why: PetrelError) => void
}

/** See the file's head. */
export class Homes {
  readonly #parts: HomesParts
  readonly #homes = new Map<string, Home>()

  constructor (parts: HomesParts) { this.#parts = parts }

  /** Homes that are followed, and how many of them can be reached now. */
  get count (): { all: number, connected: number } {
    let connected = 0
    for (const { link } of this.#homes.values()) if (link.channel !== undefined) connected++
    return { all: this.#homes.size, connected }
  }

  /** Checks that one more home may be followed. @throws QuotaError */
  requireRoom (home: KeyBytes): void {
    if (!this.#homes.has(mapKey(home)) && this.#homes.size >= LIMITS.mirrorHomes) throw new QuotaError('this relay follows as many other homes as it can', { details: { full: true } })
  }

  /** Hangs a log on its home's link, and begins or goes on with it. */
  attach (log: MirroredLog, key: KeyBytes, addrs: readonly string[]): void {
    const home = this.#homes.get(mapKey(key)) ?? this.#open(key)
    home.addrs.say(log.name, addrs)
    if (log.link !== home.link) {
      this.detach(log)
      log.link = home.link
      log.home = mapKey(key)
      home.logs.set(log.name, log)
    }
    const { channel } = home.link
    if (channel === undefined) home.link.need()
    else if (!log.isCurrent) void this.#begin(channel, [log])
    else void log.renew().catch((error: unknown) => { log.fail(toPetrelError(error)) })
  }

  /** Takes a log off its link, which closes when it was the last. */
  detach (log: MirroredLog): void {
    const { link } = log
    log.link = undefined
    log.stopped()
    for (const [name, home] of this.#homes) {
      if (home.link !== link) continue
      home.logs.delete(log.name)
      home.addrs.forget(log.name)
      const { channel } = link
      if (channel !== undefined && !channel.isClosed) channel.call(METHOD.unfollow, pb.LogRequest.encode({ log: log.log })).catch(() => undefined)
      if (home.logs.size > 0) return
      this.#homes.delete(name)
      home.retry?.cancel()
      link.close()
    }
  }

  /** Tries again with a log after a while, longer after each failure; `ms` at least. */
  retry (log: MirroredLog, ms: number): void {
    const home = log.home === undefined ? undefined : this.#homes.get(log.home)
    if (home?.link !== log.link || home === undefined) return
    const { clock } = this.#parts
    const wait = Math.max(ms, Math.min(LIMITS.mirrorRetryMs, LIMITS.mirrorRetryBaseMs * 2 ** Math.min(log.failures, 20)))
    const at = clock.now() + wait
    if (home.retry !== undefined && home.retry.at <= at) return
    home.retry?.cancel()
    const cancel = clock.after(wait, () => {
      home.retry = undefined
      const { channel } = home.link
      if (channel !== undefined) void this.#begin(channel, [...home.logs.values()])
    })
    home.retry = { at, cancel }
  }

  /** Closes every link. */
  close (): void {
    for (const { link, retry } of this.#homes.values()) {
      retry?.cancel()
      link.close()
    }
    this.#homes.clear()
  }

  #open (key: KeyBytes): Home {
    const { clock, dial, signer, random } = this.#parts
    const home: Home = {
      logs: new Map(), addrs: new HomeAddresses(), retry: undefined,
      link: new HomeLink({
        home: key, clock, dial, signer, random,
        addrs: () => home.addrs.next(),
        onOpen: channel => {
          home.addrs.reached()
          void this.#begin(channel, [...home.logs.values()])
        },
        onLost: why => {
          for (const log of home.logs.values()) log.stopped()
          this.#parts.onTrouble(why)
        },
        onPush: push => this.#push(home, push)
      })
    }
    this.#homes.set(mapKey(key), home)
    return home
  }

  /** Shows what was lent and follows, some logs at a time: a home has many mirrors. */
  async #begin (channel: GatewayChannel, logs: readonly MirroredLog[]): Promise<void> {
    const able = logs.filter(log => log.broken === null && !log.isCurrent)
    for (let from = 0; from < able.length && !channel.isClosed; from += LIMITS.mirrorsBegunAtOnce) {
      const some = able.slice(from, from + LIMITS.mirrorsBegunAtOnce)
      try {
        await beginSome(channel, some)
      } catch (error) {
        const why = toPetrelError(error)
        for (const log of some) if (!channel.isClosed) log.fail(why)
        if (why instanceof RateLimitError) return
      }
    }
  }

  #push ({ logs }: Home, { kind, body, channel }: GatewayPush): Promise<void> | undefined {
    const find = (log: LogId): MirroredLog | undefined => logs.get(mapKey(log))
    switch (kind) {
      case PUSH.entries: {
        const push = pb.EntriesPush.decode(body, { limits: { entries: LIMITS.readItems } })
        return find(push.log)?.take(push, channel)
      }
      case PUSH.erased: {
        const push = pb.ErasedPush.decode(body, { limits: { erasures: LIMITS.erasuresPerPush } })
        return find(push.log)?.erase(push, channel)
      }
      case PUSH.unfollowed: {
        const push = pb.UnfollowedPush.decode(body)
        return find(push.log)?.ended(push, channel)
      }
      default: return undefined
    }
  }
}

async function beginSome (channel: GatewayChannel, logs: readonly MirroredLog[]): Promise<void> {
  const shown = (await Promise.all(logs.map(async log => (await log.toShow()).map(held => ({ log, held }))))).flat()
  const refusals = await show(channel, shown)
  const readers = new Set<MirroredLog>()
  shown.forEach(({ log, held }, i) => {
    log.judged(channel, held, refusals[i])
    if (refusals[i] === undefined) readers.add(log)
  })
  await Promise.all(logs.map(async log => {
    if (readers.has(log)) { await log.follow(channel); return }
    const refusal = refusals[shown.findIndex(one => one.log === log)]
    log.fail(refusal ?? new ForbiddenError('this relay was lent no right to follow the log, or it has expired: lend it by mirror', { details: { delegation: 'mirror' } }))
  }))
}
