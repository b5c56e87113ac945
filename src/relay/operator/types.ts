/** What the operator's functions take and give. Times are ms since 1970. */

/** Lets a caller give up. */
export interface OperatorCall {
  readonly signal?: AbortSignal
}

/** How to make an admission token. */
export interface TokenOptions {
  /** How many accounts may use it. Default 1. */
  readonly uses?: number
  /** When it ends. Default never. */
  readonly expiresAt?: number
  /** What the operator calls it. */
  readonly label?: string
}

/** An admission token as the relay keeps it: by its hash alone. */
export interface TokenInfo {
  /** Names the token in `list` and `revoke`: the start of its hash. */
  readonly id: string
  readonly label: string
  readonly uses: number
  readonly used: number
  readonly created: number
  readonly expiresAt: number | null
}

/** A fresh token. `token` is shown once and kept nowhere. */
export interface NewToken extends TokenInfo {
  readonly token: string
}

/** A session as an operator sees it. */
export interface SessionInfo {
  /** The first characters of the account's and the device's PeerIds. */
  readonly account: string
  readonly device: string
  readonly role: 'guest' | 'hosted'
  readonly opened: number
  readonly expires: number
}

/** A report that somebody sent. */
export interface ReportInfo {
  readonly id: string
  readonly time: number
  /** base32 text of the log. */
  readonly log: string
  readonly seq: number
  readonly note: string
  /** The disclosed message, base64. */
  readonly message: string
}

/** A log or a file that was taken down. */
export interface TakedownInfo {
  /** base32 text of the log. */
  readonly log?: string
  /** The CID of the file. */
  readonly file?: string
  readonly reason: string
  readonly time: number
}

/** One check of the doctor. */
export interface DoctorCheck {
  readonly check: string
  readonly ok: boolean
  readonly detail: string
}

/** What the doctor found. */
export interface DoctorReport {
  readonly ok: boolean
  readonly checks: readonly DoctorCheck[]
}

/** What a backup or a restore copied; the copy was read and checked. */
export interface CopyReport {
  readonly directory: string
  readonly logs: number
  readonly entries: number
  readonly records: number
  /** Blocks of files. */
  readonly blocks: number
}
