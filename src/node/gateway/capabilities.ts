/** The capability keys of one link, and where each stands in the present session: many proofs go in one call. */
import {
  LIMITS, METHOD, pb, proveCapability, type LogId, type Right, type Signer
} from '../../protocol/wire/index.js'
import type { Session } from './link-core.js'

interface Held {
  readonly log: LogId
  readonly right: Right
  readonly key: Signer
  /** The session it was last proved in, 0 for none. */
  session: number
  /** Settles when the relay has judged it. */
  asking: Promise<void> | undefined
  proved: boolean
}

const nameOf = (log: LogId): string => Buffer.from(log).toString('latin1')

/** See the file's head. */
export class Capabilities {
  readonly #byLog = new Map<string, Map<Right, Held>>()

  /** Sets or replaces a key. It is not proved yet. */
  set (log: LogId, right: Right, key: Signer): void {
    const name = nameOf(log)
    const rights = this.#byLog.get(name) ?? new Map<Right, Held>()
    this.#byLog.set(name, rights.set(right, { log, right, key, session: 0, asking: undefined, proved: false }))
  }

  /** Whether there is a key for that. */
  has (log: LogId, right: Right): boolean { return this.#byLog.get(nameOf(log))?.has(right) === true }

  /** Forgets a key. */
  drop (log: LogId, right: Right): void {
    const rights = this.#byLog.get(nameOf(log))
    rights?.delete(right)
    if (rights?.size === 0) this.#byLog.delete(nameOf(log))
  }

  /** Proves all that was not shown in this session. */
  proveAll (session: Session): void {
    const missing: Held[] = []
    for (const rights of this.#byLog.values()) for (const held of rights.values()) if (held.session !== session.number) missing.push(held)
    this.#ask(session, missing)
  }

  /** Whether all keys of a log were accepted in this session: a call has nothing to wait for. */
  areProved (session: Session, log: LogId): boolean {
    for (const held of this.#byLog.get(nameOf(log))?.values() ?? []) if (!held.proved || held.session !== session.number) return false
    return true
  }

  /**
   * Waits until the keys of a log are judged in this session. One that was refused is tried again, since the log may
   * know it by now; whether it is accepted, the call that follows will tell.
   *
   * @throws what the call that carries the proofs throws
   */
  async ensure (session: Session, log: LogId): Promise<void> {
    const held = [...this.#byLog.get(nameOf(log))?.values() ?? []]
    this.#ask(session, held.filter(one => one.session !== session.number || (!one.proved && one.asking === undefined)))
    await Promise.all(held.map(async one => { await one.asking }))
  }

  #ask (session: Session, all: readonly Held[]): void {
    let before: Promise<unknown> = Promise.resolve()
    for (let from = 0; from < all.length; from += LIMITS.proofsPerCall) {
      const some = all.slice(from, from + LIMITS.proofsPerCall)
      // The first goes out at once, each further one when the one before is answered: signing holds the thread.
      const asking: Promise<void> = from === 0 ? this.#prove(session, some) : before.then(async () => { await this.#prove(session, some) })
      for (const held of some) {
        held.session = session.number
        held.proved = false
        held.asking = asking
      }
      before = asking.catch(() => { for (const held of some) if (held.asking === asking) held.session = 0 })
        .finally(() => { for (const held of some) if (held.asking === asking) held.asking = undefined })
    }
  }

  async #prove ({ channel, number }: Session, some: readonly Held[]): Promise<void> {
    const { remotePeer: verifier, localPeer: prover, remoteHello: { nonce } } = channel
    const proofs = some.map(({ log, right, key }) => ({ log, right, key: key.key, signature: proveCapability({ log, right, verifier, prover, nonce }, key) }))
    const { outcomes } = pb.ProveReply.decode(await channel.call(METHOD.prove, pb.ProveRequest.encode({ proofs })), { limits: { outcomes: some.length } })
    some.forEach((held, i) => {
      const outcome = outcomes[i]
      if (held.session === number) held.proved = outcome !== undefined && outcome.failure === undefined
    })
  }
}
