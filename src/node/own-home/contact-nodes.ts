/** Where contacts' own nodes are: each that is a home itself says it anew whenever it is met, and is looked for there the next time. */
import { LIMITS, peerIdText, sameBytes, toPetrelError, type KeyBytes } from '../../protocol/wire/index.js'
import { manifestOf, type ContactBook, type ContactRecord, type Finder } from '../contacts/index.js'
import type { RelayLink, RelayPool } from '../gateway/index.js'
import type { NodeLog } from '../log.js'

/** What it works with. */
export interface ContactNodesParts {
  readonly contacts: ContactBook
  readonly finder: Finder
  readonly pool: RelayPool
  readonly log: NodeLog
  /** Ends what is asked. */
  readonly signal: AbortSignal
}

/** A home that is one of the account's devices, with the addresses that its manifest names. */
interface Home { readonly peer: KeyBytes, readonly addrs: readonly string[] }

/** See the file's head. */
export class ContactNodes {
  readonly #parts: ContactNodesParts
  readonly #watched = new WeakSet<RelayLink>()
  readonly #asked = new WeakMap<RelayLink, number>()

  constructor (parts: ContactNodesParts) { this.#parts = parts }

  /** Takes up links to contacts' nodes that are new since the last look. None is made for this. */
  look (): void {
    const { contacts, pool } = this.#parts
    const links = new Map(pool.links().map(link => [peerIdText(link.peer), link]))
    for (const contact of contacts.all()) {
      for (const home of ownHomesOf(contact)) {
        const link = links.get(peerIdText(home.peer))
        if (link === undefined) continue
        // It may have moved on while the connection held.
        if (this.#isDue(link)) void this.#ask(contact.account, link)
        if (this.#watched.has(link)) continue
        this.#watched.add(link)
        pool.link(home.peer, home.addrs)
        link.onState(({ state }) => { if (state === 'connected') void this.#ask(contact.account, link) })
      }
    }
  }

  #isDue (link: RelayLink): boolean { return link.state === 'connected' && performance.now() - (this.#asked.get(link) ?? -Infinity) >= LIMITS.lanAskMs }

  async #ask (account: KeyBytes, asked: RelayLink): Promise<void> {
    this.#asked.set(asked, performance.now())
    const { contacts, finder, pool, log, signal } = this.#parts
    const contact = contacts.get(account)
    if (contact === undefined || contact.blocked) return
    try {
      const links = pool.links()
      for (const { peer, addrs } of ownHomesOf(await finder.refresh(contact, { signal }))) if (links.some(link => sameBytes(link.peer, peer))) pool.link(peer, addrs)
    } catch (error) {
      log('debug', 'lan.contact', { code: toPetrelError(error).code })
    }
  }
}

function ownHomesOf (contact: ContactRecord): Home[] {
  const { devices, relays } = manifestOf(contact).manifest
  return relays.filter(({ peer }) => devices.some(({ key }) => sameBytes(key, peer)))
}
