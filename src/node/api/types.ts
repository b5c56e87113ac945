/** What the local API's server is told and what it gives. */
import type { Scope } from '../../protocol/api/index.js'
import type { LIMITS } from '../../protocol/wire/limits.js'
import type { Logger } from '../../relay/index.js'

/** A token for TCP as it is stored: without it there is no way back to the token. */
export interface ApiToken {
  /** What it is for, in the person's words. */
  readonly name: string
  readonly scope: Scope
  /** SHA-256 of the token, hex. */
  readonly hash: string
  /** When it ends, in milliseconds since 1970; absent: when it leaves the list. */
  readonly expiresAt?: number
}

/** The limits of one server; LIMITS' own unless told. Tests make them small. */
export type ApiLimits = { readonly [K in keyof typeof LIMITS as K extends `api${string}` ? K : never]: number }

/** How to serve. Without `socketPath` and `tcp` nothing is served. */
export interface ServeApiOptions {
  /** A unix socket in a directory that others cannot reach (made with mode 0700 when missing), or a Windows pipe. */
  readonly socketPath?: string
  /** Off by default. `tokens` is asked at every call, so that a token ends when it leaves the list. Port 0 takes a free one. */
  readonly tcp?: { readonly host: '127.0.0.1' | '::1', readonly port: number, readonly tokens: () => readonly ApiToken[] }
  readonly log?: Logger
  /** Ends the server as {@link ApiServer.close} does. */
  readonly signal?: AbortSignal
  readonly limits?: Partial<ApiLimits>
  /** `process.env`: XDG_RUNTIME_DIR is used when the socket's path is too long. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** A running server. */
export interface ApiServer {
  /** What {@link connect} takes: `unix:PATH` and `tcp:HOST:PORT`. */
  readonly addresses: readonly string[]
  /** Where the unix socket really is; null without one. */
  readonly socketPath: string | null
  /** The TCP port; null without TCP. */
  readonly port: number | null
  /** Refuses new calls, ends streams, lets calls in flight end (LIMITS.apiDrainMs), then cuts. Harmless twice. */
  close (): Promise<void>
}
