/** Contacts, invites and requests as the local API tells them. */

/** An invitation to write to this account. */
export interface Invite { id: string, link: string, createdAt: Date, expiresAt: Date | null }

/** Somebody this account knows. */
export interface Contact {
  account: string
  /** The local alias if there is one, else the name the contact gave itself, else a short id. */
  name: string
  alias: string | null
  selfName: string | null
  blocked: boolean
  verified: boolean
  /** Set when the account's keys changed in a way that needs the person's decision. */
  alarm: string | null
  /** What the person may want to know and need not decide: relays that know only an older record of the contact than this node. */
  notice: string | null
  addedAt: Date
}

/** What two people compare. `digits` are 60 in groups of five. */
export interface SafetyNumber { account: string, name: string, digits: string, verified: boolean }

/** A stranger who wants to write. */
export interface ContactRequest { id: string, account: string, name: string, receivedAt: Date, chats: number }
