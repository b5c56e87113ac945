/** The people this account knows, as the vault has them. Names resolve here. */
import type { Contact, UpdateEvent } from '../../protocol/api/index.js'
import {
  AmbiguousError, BadInputError, compareManifests, ExistsError, LIMITS, NotFoundError, openManifest, peerIdText, ProofError, requireSuccession, sameBytes,
  type CheckedManifest, type KeyBytes
} from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Vault, VaultView } from '../records/index.js'
import { contactName, decodeContact, encodeContact, manifestOf, type ContactRecord } from './contact-record.js'

/** A change of the book: what to write, and what to tell. */
export interface ContactChange { record: ContactRecord, ops: KeyValueOp[], events: UpdateEvent[] }

/** The contacts of one account. */
export class ContactBook {
  readonly #vault: Vault
  readonly #records: VaultView<ContactRecord>

  constructor (vault: Vault) {
    this.#vault = vault
    this.#records = vault.view(decodeContact)
  }

  /** All contacts, by name. */
  all (): ContactRecord[] { return this.#records.list('contact/').sort((a, b) => shownName(a).localeCompare(shownName(b))) }

  /** The contact of an account, if it is one. */
  get (account: KeyBytes): ContactRecord | undefined { return this.#records.get(contactName(account)) }

  /** How many there are. */
  get count (): number { return this.#records.list('contact/').length }

  /** What a person sees an account called. */
  nameOf (account: KeyBytes): string {
    const record = this.get(account)
    return record === undefined ? peerIdText(account).slice(-8) : shownName(record)
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

  /** Writes a contact. The batch with `ops` must go out in the order of the calls. */
  put (record: ContactRecord, change: 'added' | 'changed' | 'alarm'): ContactChange {
    const event: UpdateEvent = { type: 'contact', account: peerIdText(record.account), name: shownName(record), change }
    return { record, ops: [this.#vault.put(contactName(record.account), encodeContact(record))], events: [event] }
  }

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
   * ignored; a fork or one that may not follow raises an alarm and keeps the pinned one. The contact is changed as it
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
      const alarm = `this contact's devices contradict what was known of them: ${error instanceof Error ? error.message : 'unknown'}`
      return record.alarm === alarm ? null : this.put({ ...record, alarm }, 'alarm')
    }
    const addrs = addressesOf(arrived)
    return this.put({ ...record, manifest: arrived.bytes, addrs: addrs.length > 0 ? addrs : record.addrs }, 'changed')
  }
}

/** Every address of the relays in a manifest. */
function addressesOf (manifest: CheckedManifest): string[] { return manifest.manifest.relays.flatMap(r => r.addrs) }

/** What a contact is called: the alias, else its own name, else the end of its id. */
export function shownName (record: ContactRecord): string { return record.alias ?? record.selfName ?? peerIdText(record.account).slice(-8) }

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
