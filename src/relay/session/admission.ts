/** Whom the relay hosts. */
import { AdmissionError, ROLE, type KeyBytes, type Role } from '../../protocol/wire/index.js'
import { Turns } from '../../store/index.js'
import type { Accounts } from '../accounts/accounts.js'
import type { Admission } from '../options.js'
import type { Tokens } from './tokens.js'
import { mapKey } from '../bytes-text.js'

/** Decides an account's role, and remembers whom it let in. */
export class Door {
  readonly #admission: Admission
  readonly #accounts: Accounts
  readonly #tokens: Tokens
  /** By account: one decision at a time. */
  readonly #turns = new Turns()

  constructor (admission: Admission, accounts: Accounts, tokens: Tokens) {
    this.#admission = admission
    this.#accounts = accounts
    this.#tokens = tokens
  }

  /**
   * The role of an account that comes. Who was let in once stays hosted, whatever the admission is now; a token is
   * used up only by who needs it, and once for all devices of an account that come together.
   *
   * @throws AdmissionError for a token that admits nobody
   */
  async admit (account: KeyBytes, token: string | undefined, now: number): Promise<Role> {
    return await this.#turns.run(mapKey(account), undefined, () => this.#decide(account, token, now))
  }

  async #decide (account: KeyBytes, token: string | undefined, now: number): Promise<Role> {
    if (await this.#accounts.hostedSince(account) !== undefined) return ROLE.hosted
    if (this.#admission === 'closed') {
      if (token !== undefined) throw new AdmissionError('this relay takes no new accounts')
      return ROLE.guest
    }
    if (this.#admission === 'token') {
      if (token === undefined) return ROLE.guest
      if (!await this.#tokens.consume(token)) throw new AdmissionError('the token is unknown, expired or used up: ask the relay\'s operator for another')
    }
    await this.#accounts.host(account, now)
    return ROLE.hosted
  }
}

/** Checks that an account is hosted. @throws AdmissionError for a guest */
export function requireHosted (role: Role): void {
  if (role !== ROLE.hosted) throw new AdmissionError('this relay does not host the account: bring a token, or choose another relay')
}
