/**
 * People whom this account has met by links of groups and who are no contacts: how they are reached while there is something
 * to tell them, and what they call themselves. Anybody with a link can be among them, so they are bounded, and of them no
 * update is told.
 */
import { LIMITS, type CheckedManifest, type KeyBytes } from '../../protocol/wire/index.js'
import { cleanName } from '../../protocol/message/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Vault } from '../records/index.js'
import { ContactBook, newContact } from './contact-book.js'
import type { ContactRecord } from './contact-record.js'

/** What was learned of somebody beside the manifest. */
export type Learned = Partial<Pick<ContactRecord, 'selfName' | 'theirGrant' | 'ourGrant' | 'addrs'>>

/** See the file's head. */
export class Met {
  /** In the form that contacts have. */
  readonly book: ContactBook

  constructor (vault: Vault) { this.book = new ContactBook(vault, 'met') }

  /** Somebody who was met. */
  get (account: KeyBytes): ContactRecord | undefined { return this.book.get(account) }

  /** The changes that remember somebody, as far as this is news; undefined when there is no room. @throws ProofError for a manifest that may not follow the one before */
  meet (manifest: CheckedManifest, learned: Learned, now: number): KeyValueOp[] | undefined {
    const known = this.book.get(manifest.manifest.account)
    if (known === undefined && !this.#hasRoom(manifest)) return undefined
    const before = known === undefined ? newContact(manifest.bytes, now, {}) : this.book.meetManifest(known, manifest)?.record ?? known
    const name = learned.selfName == null ? undefined : cleanName(learned.selfName)
    const next = { ...before, ...learned, selfName: name ?? before.selfName, theirGrant: learned.theirGrant ?? before.theirGrant }
    return this.book.put(next, 'changed').ops
  }

  /** The changes that forget everybody for whom there is no reason any more. */
  sweep (isNeeded: (account: KeyBytes) => boolean): KeyValueOp[] {
    return this.book.all().filter(({ account }) => !isNeeded(account)).map(({ account }) => this.book.drop(account))
  }

  /** What a person sees somebody called; undefined for who was not met. */
  nameOf (account: KeyBytes): string | undefined { return this.book.get(account) === undefined ? undefined : this.book.nameOf(account) }

  #hasRoom ({ bytes }: CheckedManifest): boolean {
    const all = this.book.all()
    return all.length < LIMITS.joinsKept && all.reduce((sum, { manifest }) => sum + manifest.length, bytes.length) <= LIMITS.requestsBytes
  }
}
