/**
 * Finds accounts' manifests: at the relays where they are said to be, else among all relays that the own ones know. So
 * somebody who moved is found by nothing but the id, and nobody is believed: contacts keep the highest that was seen.
 */
import { AbortedError, chooseManifest, LIMITS, NotFoundError, openManifest, PetrelError, ProofError, sameBytes, type CheckedManifest, type KeyBytes } from '../../protocol/wire/index.js'
import { atRelay, type RelayLink, type RelayPool } from '../gateway/index.js'
import type { NodeLog } from '../log.js'
import type { UpdateLog } from '../updates/index.js'
import type { ContactBook } from './contact-book.js'
import { manifestOf, type ContactRecord } from './contact-record.js'

/** What a finder works with. */
export interface FinderDeps {
  readonly contacts: ContactBook
  readonly pool: RelayPool
  readonly updates: UpdateLog
  /** The links to the own home relays. */
  readonly homes: () => RelayLink[]
  readonly log: NodeLog
}

/** Where somebody is said to be. */
export interface KnownRelay { readonly peer: KeyBytes, readonly addrs: readonly string[] }

/** How to look. `everywhere`: the own relays are asked in any case, not only when those that are known do not answer. */
export interface FindOptions { signal?: AbortSignal, everywhere?: boolean }

/** What was found, and the first thing that went wrong. */
interface Found { readonly manifests: CheckedManifest[], readonly failure: unknown }

/** See the file's head. */
export class Finder {
  readonly #deps: FinderDeps

  constructor (deps: FinderDeps) { this.#deps = deps }

  /**
   * The manifest of somebody who is not known yet.
   * @throws ProofError when two relays contradict each other; what the relays said when none knows it
   */
  async lookUp (account: KeyBytes, known: readonly KnownRelay[], options: FindOptions = {}): Promise<CheckedManifest> {
    const { manifests, failure } = await this.#find(account, known, null, options)
    const chosen = chooseManifest(manifests)
    if (chosen === undefined) throw failure
    if (chosen.against !== null) throw new ProofError('two relays know manifests of this account that contradict each other: ask for its link, and compare the safety number')
    return chosen.best
  }

  /**
   * Brings a contact up to date: the highest manifest is pinned, a lower one refused, a contradiction raises its alarm.
   * @returns the contact as it is now
   * @throws what the relays said when none of them knows it
   */
  async refresh (contact: ContactRecord, options: FindOptions = {}): Promise<ContactRecord> {
    const { contacts, updates } = this.#deps
    const pinned = manifestOf(contact)
    const { manifests, failure } = await this.#find(contact.account, relaysOf(contact), pinned, options)
    if (manifests.length === 0) throw failure
    const change = contacts.meetFound(contact, manifests)
    if (change !== null) await updates.write(change.ops, change.events)
    return change?.record ?? contacts.get(contact.account) ?? contact
  }

  /** Asks where it is said to be; and all others when nobody there knows one as new as the pinned one. */
  async #find (account: KeyBytes, known: readonly KnownRelay[], pinned: CheckedManifest | null, { signal, everywhere = false }: FindOptions): Promise<Found> {
    const { pool, homes } = this.#deps
    // Several addresses may be one relay's: that is one place to ask.
    const near = await this.#ask(account, [...new Set(known.map(({ peer, addrs }) => pool.link(peer, addrs)))], signal, async (link, own) => [await link.getManifest(account, own)])
    if (!everywhere && near.manifests.some(one => pinned === null || !isBelow(one, pinned))) return near
    const far = await this.#ask(account, homes(), signal, async (link, own) => await link.findManifest(account, own))
    return { manifests: [...near.manifests, ...far.manifests], failure: near.failure ?? far.failure ?? new NotFoundError('no relay is known that could know this account') }
  }

  async #ask (account: KeyBytes, links: readonly RelayLink[], signal: AbortSignal | undefined, ask: (link: RelayLink, options: { signal?: AbortSignal, deadlineMs: number }) => Promise<Uint8Array[]>): Promise<Found> {
    const answers = await Promise.allSettled(links.map(async link => {
      const limit = AbortSignal.timeout(LIMITS.findAskMs)
      const opened = (await atRelay(link, { signal: signal === undefined ? limit : AbortSignal.any([signal, limit]) }, async own => await ask(link, { ...own, deadlineMs: LIMITS.findAskMs }))).map(openManifest)
      if (opened.some(one => !sameBytes(one.manifest.account, account))) throw new ProofError('the relay answered with another account\'s manifest')
      return opened
    }))
    if (signal?.aborted === true) throw new AbortedError(undefined, { cause: signal.reason })
    const failed = answers.find(one => one.status === 'rejected')
    if (failed !== undefined) this.#deps.log('debug', 'contact.find', { code: failed.reason instanceof PetrelError ? failed.reason.code : 'unknown' })
    return { manifests: answers.flatMap(one => one.status === 'fulfilled' ? one.value : []), failure: failed?.reason }
  }
}

function relaysOf (contact: ContactRecord): KnownRelay[] {
  const { relays } = manifestOf(contact).manifest
  return relays.map(({ peer, addrs }) => ({ peer, addrs: addrs.length > 0 ? addrs : contact.addrs }))
}

function isBelow (a: CheckedManifest, b: CheckedManifest): boolean {
  return a.manifest.generation < b.manifest.generation || (a.manifest.generation === b.manifest.generation && a.manifest.version < b.manifest.version)
}
