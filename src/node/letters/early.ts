/**
 * Invitations into chats that this account is still in: who is put out and in again by one commit may hear of it by the
 * letter first. In memory: a letter is posted again until its author sees that it came.
 */
import type { ChatInvitation } from '../../protocol/message/index.js'
import { base32Text, LIMITS, logIdOf, peerIdText, type CheckedManifest, type LogId } from '../../protocol/wire/index.js'

/** An invitation, and whose it is. What it names as its roster is fetched again. */
export interface EarlyInvitation { readonly invitation: ChatInvitation, readonly sender: CheckedManifest }

/** See the file's head. */
export class Early {
  readonly #kept = new Map<string, EarlyInvitation>()

  /** Keeps the last one of each sender into each chat, if it speaks of a place beyond `seq`; the oldest gives way. */
  keep (early: EarlyInvitation, seq: number): void {
    const { invitation, sender } = early
    if (invitation.at.seq <= seq) return
    const name = `${base32Text(logIdOf(invitation.genesis))} ${peerIdText(sender.manifest.account)}`
    this.#kept.delete(name)
    this.#kept.set(name, early)
    for (const oldest of this.#kept.keys()) if (this.#kept.size > LIMITS.earlyInvitations) this.#kept.delete(oldest)
  }

  /** Those into a chat; they are kept no longer. */
  take (log: LogId): EarlyInvitation[] {
    const prefix = `${base32Text(log)} `
    const found = [...this.#kept].filter(([name]) => name.startsWith(prefix))
    for (const [name] of found) this.#kept.delete(name)
    return found.map(([, early]) => early)
  }
}
