/** Whether a contact's keys are in doubt. */
import { ProofError, type KeyBytes } from '../../protocol/wire/index.js'
import type { ContactBook } from './contact-book.js'

/** The person decides first when a contact's keys are in doubt. @throws ProofError */
export function requireTrusted (contacts: ContactBook, account: KeyBytes | undefined): void {
  const alarm = account === undefined ? null : contacts.get(account)?.alarm ?? null
  if (alarm !== null) throw new ProofError(`sending to this contact has stopped: ${alarm}. Compare the safety number (petrel verify), then go on`)
}
