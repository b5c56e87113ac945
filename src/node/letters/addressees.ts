/** Whom letters can be written to: contacts, and people who were met and are none. */
import type { KeyBytes } from '../../protocol/wire/index.js'
import type { ContactBook, ContactChange, ContactRecord, Finder } from '../contacts/index.js'

/** Some people, and how news of them are found. */
export interface People { readonly book: ContactBook, readonly finder: Finder }

/** See the file's head. */
export class Addressees {
  readonly #contacts: People
  readonly #met: People

  constructor (contacts: People, met: People) {
    this.#contacts = contacts
    this.#met = met
  }

  /** Who an account is, a contact first. */
  get (account: KeyBytes): ContactRecord | undefined { return this.#contacts.book.get(account) ?? this.#met.book.get(account) }

  /** As {@link Finder.refresh}. */
  async refresh (person: ContactRecord, options: Parameters<Finder['refresh']>[1]): Promise<ContactRecord> { return await this.#of(person).finder.refresh(person, options) }

  /** As {@link ContactBook.note}. */
  note (person: ContactRecord, words: string): ContactChange | null { return this.#of(person).book.note(person, words) }

  #of ({ account }: ContactRecord): People { return this.#contacts.book.get(account) === undefined ? this.#met : this.#contacts }
}
