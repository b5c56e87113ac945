/** The people this account knows, as the vault has them. Names resolve here. */
import type { Contact, UpdateEvent } from '../../protocol/api/index.js'
import {
  AmbiguousError, BadInputError, chooseManifest, compareManifests, ExistsError, LIMITS, NotFoundError, openManifest, peerIdText, ProofError, requireSuccession, sameBytes,
  type CheckedManifest, type KeyBytes
} from '../../protocol/wire/index.js'
import { foldedName } from '../../protocol/message/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Vault, VaultView } from '../records/index.js'
import { contactName, decodeContact, encodeContact, manifestOf, type ContactRecord } from './contact-record.js'

/** A change of the book: what to write, and what to tell. */
export interface ContactChange { record: ContactRecord, ops: KeyValueOp[], events: UpdateEvent[] }

/** The contacts of one account. */
export class ContactBook {
  readonly #vault: Vault
  readonly #records: VaultView<ContactRecord>
  readonly #kind: 'contact' | 'met'
  /** Called when a newer manifest of somebody was taken: it counts from now on, and is durable once its change is. */
  onManifest: (account: KeyBytes) => void = () => undefined
  /** What contacts are called, as names are compared, and of which state of the vault that is. */
  #called: { readonly revision: number, readonly names: Map<string, number> } | undefined

  /** @param kind - `met`: people who are no contacts, kept in the same way: of them nothing is told */
  constructor (vault: Vault, kind: 'contact' | 'met' = 'contact') {
    this.#vault = vault
    this.#records = vault.view(decodeContact)
    this.#kind = kind
  }

  /** All contacts, by name. */
  all (): ContactRecord[] { return this.#records.list(`${this.#kind}/`).sort((a, b) => shownName(a).localeCompare(shownName(b))) }

  /** The contact of an account, if it is one. */
  get (account: KeyBytes): ContactRecord | undefined { return this.#records.get(contactName(account, this.#kind)) }

  /** How many there are. */
  get count (): number { return this.#records.list(`${this.#kind}/`).length }

  /** What a person sees an account called. */
  nameOf (account: KeyBytes): string {
    const record = this.get(account)
    return record === undefined ? peerIdText(account).slice(-8) : shownName(record)
  }

  /** How many contacts are called so, by a name as `foldedName` has it. */
  called (folded: string): number {
    const { revision } = this.#vault
    if (this.#called?.revision !== revision) {
      this.#called = { revision, names: new Map() }
      for (const name of this.#records.list(`${this.#kind}/`).map(foldedShown)) this.#called.names.set(name, (this.#called.names.get(name) ?? 0) + 1)
    }
    return this.#called.names.get(folded) ?? 0
  }

  /** A contact has said, at a time in ms, what it calls itself; null when nothing changes by it. */
  heardName (account: KeyBytes, name: string, at: number): ContactChange | null {
    const known = this.get(account)
    return known === undefined || known.blocked || known.selfName === name || at < known.heardAt ? null : this.put({ ...known, selfName: name, heardAt: at }, 'changed')
  }

  /**
   * The contact that a person's words name: an alias first, then a self-chosen name, an id or a unique end or start of it.
   * @throws NotFoundError; AmbiguousError with the candidates
   */
  resolve (words: string): ContactRecord {
    const all = this.all()
    const exact = all.filter(r => r.alias === words || peerIdText(r.account) === words)
    const matches = exact.length > 0 ? exact : all.filter(r => r.selfName === words && r.alias === null)
    const found = matches.length > 0 || words.length < LIMITS.idCharacters ? matches : all.filter(r => idMatches(peerIdText(r.account), words))
    const [first] = found
    if (first === undefined) throw new NotFoundError(`no contact is called "${words.slice(0, 80)}": see petrel contacts list`)
    if (found.length > 1) {
      throw new AmbiguousError(`"${words.slice(0, 80)}" fits ${found.length} contacts: use an id, or give them aliases`, { details: { candidates: found.map(r => `${shownName(r)} ${peerIdText(r.account)}`) } })
    }
    return first
  }

  /** As {@link resolve}, for many names at once. @throws as it */
  resolveAll (names: readonly string[]): ContactRecord[] {
    if (names.length < 2) return names.map(name => this.resolve(name))
    const exact = new Map<string, ContactRecord | null>()
    const note = (name: string, record: ContactRecord): void => { exact.set(name, exact.has(name) ? null : record) }
    for (const record of this.all()) {
      note(peerIdText(record.account), record)
      if (record.alias !== null) note(record.alias, record)
    }
    return names.map(name => exact.get(name) ?? this.resolve(name))
  }

  /** Writes a contact. The batch with `ops` must go out in the order of the calls. */
  put (record: ContactRecord, change: 'added' | 'changed' | 'alarm'): ContactChange {
    const event: UpdateEvent = { type: 'contact', account: peerIdText(record.account), name: shownName(record), change }
    return { record, ops: [this.#vault.put(contactName(record.account, this.#kind), encodeContact(record))], events: this.#kind === 'contact' ? [event] : [] }
  }

  /** The change that forgets somebody. */
  drop (account: KeyBytes): KeyValueOp { return this.#vault.del(contactName(account, this.#kind)) }

  /** Sets or takes away an alias. @throws ExistsError when another contact has it, BadInputError */
  rename (record: ContactRecord, alias: string | null): ContactChange {
    if (alias !== null) this.requireFree(alias, record.account)
    return this.put({ ...record, alias }, 'changed')
  }

  /** Checks that an account may have an alias. @throws ExistsError when another contact has it, BadInputError */
  requireFree (alias: string, account: KeyBytes): void {
    requireAlias(alias)
    const holder = this.all().find(r => r.alias === alias)
    if (holder !== undefined && !sameBytes(holder.account, account)) throw new ExistsError(`another contact is called "${alias}" already`)
  }

  /**
   * Takes in a manifest of a contact that arrived by any way. Newer ones that follow are pinned; older ones are
   * ignored; a fork or one that may not follow raises an alarm and keeps the pinned one; a higher generation, which the
   * account key alone opens, ends it. The contact is changed as it
   * is now: whoever asked a relay for the manifest may hold one from before.
   * @throws ProofError for another account's
   */
  meetManifest (before: ContactRecord, arrived: CheckedManifest): ContactChange | null {
    const record = this.get(before.account) ?? before
    if (!sameBytes(record.account, arrived.manifest.account)) throw new ProofError('the relay answered with another account\'s manifest')
    const held = manifestOf(record)
    const verdict = compareManifests(held, arrived)
    if (verdict === 'same' || verdict === 'older') return null
    try {
      requireSuccession(held, arrived)
    } catch (error) {
      return this.#contest(record, arrived, error instanceof Error ? error.message : 'unknown')
    }
    const addrs = addressesOf(arrived)
    const { refused: _refused, ...rest } = settledBy(arrived, held, record)
    const change = this.put({ ...rest, manifest: arrived.bytes, addrs: addrs.length > 0 ? addrs : record.addrs }, 'changed')
    this.onManifest(record.account)
    return change
  }

  /**
   * Takes in what several relays said at once: the best one as {@link meetManifest} does, and the one that contradicts
   * it. When all that they know is older than the pinned one, that is noted for the person.
   * @throws ProofError for another account's
   */
  meetFound (before: ContactRecord, found: readonly CheckedManifest[]): ContactChange | null {
    const record = this.get(before.account) ?? before
    if (found.some(one => !sameBytes(record.account, one.manifest.account))) throw new ProofError('the relay answered with another account\'s manifest')
    const held = manifestOf(record)
    const chosen = chooseManifest([held, ...found])
    if (chosen === undefined || found.length === 0) return null
    const { best, against } = chosen
    const met = best === held ? null : this.meetManifest(record, best)
    if (against !== null) return this.#contest(met?.record ?? record, against, 'two relays know manifests of it that contradict each other') ?? met
    return met ?? this.#noteAge(record, held, found)
  }

  /** Says that the person compared the safety number, or takes that back. Comparing settles an alarm: what raised it does not raise it again. */
  settle (record: ContactRecord, verified: boolean): ContactChange {
    if (!verified) return this.put({ ...record, verified }, 'changed')
    const { contested = [], settled = [], ...rest } = record
    const all = [...settled, ...contested.map(bytes => openManifest(bytes).hash)].slice(-LIMITS.settledManifests)
    return this.put({ ...rest, verified, alarm: null, ...(all.length === 0 ? {} : { settled: all }) }, 'changed')
  }

  /** Notes something about a contact that the person may want to know, and that needs no decision. */
  note (record: ContactRecord, words: string): ContactChange | null {
    return record.refused === words ? null : this.put({ ...record, refused: words }, 'changed')
  }

  #contest (record: ContactRecord, arrived: CheckedManifest, why: string): ContactChange | null {
    const { contested = [], settled = [] } = record
    if (settled.some(hash => sameBytes(hash, arrived.hash)) || contested.some(bytes => sameBytes(bytes, arrived.bytes))) return null
    if (record.alarm !== null && contested.length >= LIMITS.contestedManifests) return null
    const alarm = `this contact's devices contradict what was known of them: ${why}`
    return this.put({ ...record, alarm, contested: [...contested, arrived.bytes].slice(-LIMITS.contestedManifests) }, 'alarm')
  }

  /** A relay that was put back to an older state, or wants others to be. */
  #noteAge (record: ContactRecord, held: CheckedManifest, found: readonly CheckedManifest[]): ContactChange | null {
    const newest = found.find(one => compareManifests(held, one) === 'same')
    const { refused, ...rest } = record
    if (newest !== undefined) return refused === undefined ? null : this.put(rest, 'changed')
    const highest = found.map(({ manifest }) => manifest).sort((a, b) => b.generation - a.generation || b.version - a.version)[0]
    const words = `the relays know only version ${highest?.version ?? 0} of this contact's manifest, and version ${held.manifest.version} is known here: what they know was refused`
    return this.note(record, words)
  }
}

/** The account key has spoken: what devices contradict each other in below that is over, whoever has one of them. */
function settledBy ({ manifest: { generation } }: CheckedManifest, held: CheckedManifest, record: ContactRecord): ContactRecord {
  if (record.alarm === null || generation <= held.manifest.generation) return record
  const { contested: _contested, ...rest } = record
  return { ...rest, alarm: null }
}

/** Every address of the relays in a manifest. */
function addressesOf (manifest: CheckedManifest): string[] { return manifest.manifest.relays.flatMap(r => r.addrs) }

/** What a contact is called: the alias, else its own name, else the end of its id. */
export function shownName (record: ContactRecord): string { return record.alias ?? record.selfName ?? peerIdText(record.account).slice(-8) }

const folded = new WeakMap<ContactRecord, string>()

function foldedShown (record: ContactRecord): string {
  const known = folded.get(record) ?? foldedName(shownName(record))
  folded.set(record, known)
  return known
}

/** A contact as the API tells it. */
export function contactView (record: ContactRecord): Contact {
  return {
    account: peerIdText(record.account),
    name: shownName(record),
    alias: record.alias,
    selfName: record.selfName,
    blocked: record.blocked,
    verified: record.verified,
    alarm: record.alarm,
    notice: record.refused ?? null,
    addedAt: new Date(record.addedAt)
  }
}

/** A new contact's record from its manifest. @throws ProofError, BadInputError for a manifest that does not hold */
export function newContact (manifest: Uint8Array, at: number, known: Partial<ContactRecord>): ContactRecord {
  const checked = openManifest(manifest)
  return {
    account: checked.manifest.account, alias: null, selfName: null, blocked: false, verified: false, alarm: null, addedAt: at,
    manifest, addrs: addressesOf(checked), theirGrant: null, ourGrant: null, heardAt: 0, ...known
  }
}

// PeerIds of Ed25519 keys all begin alike, so people tell them apart by their ends.
function idMatches (id: string, words: string): boolean { return id.startsWith(words) || id.endsWith(words) }

function requireAlias (alias: string): void {
  if (alias.trim() === '' || Buffer.byteLength(alias) > LIMITS.nameBytes || !alias.isWellFormed()) throw new BadInputError(`an alias has 1 to ${LIMITS.nameBytes} bytes`)
}
