/** Who may come in by which way. */
import { ForbiddenError, scopeAllows, SessionError, BYTE_METHODS, type ByteMethodName, type MethodName, type Scope, METHODS } from '../../protocol/api/index.js'
import { scopeOf } from './tokens.js'
import type { ApiToken } from './types.js'

/** The rules of one listening address. */
export interface Gate {
  /** Values of Host that are ours; null where a browser cannot come anyway. */
  readonly hosts: ReadonlySet<string> | null
  /** Whether each caller needs a token. */
  readonly needsToken: boolean
  /** What a caller with this token (null: none shown) may do; null for nothing. */
  scope (token: string | null): Scope | null
}

/** The unix socket: whoever reaches it is the owner, since the directory lets nobody else through. */
export const OWNER_GATE: Gate = { hosts: null, needsToken: false, scope: () => 'admin' }

/** What Host may be for a port on loopback: a page behind a name of its own that resolves there carries that name. */
export function loopbackHosts (port: number): ReadonlySet<string> {
  return new Set(['127.0.0.1', 'localhost', '[::1]'].map(host => `${host}:${port}`))
}

/** TCP on loopback: every local user reaches it, and every web page tries. */
export function tokenGate (port: number, tokens: () => readonly ApiToken[]): Gate {
  return { hosts: loopbackHosts(port), needsToken: true, scope: token => token === null ? null : scopeOf(token, tokens(), Date.now()) }
}

/**
 * Lets a call through or not.
 *
 * @throws SessionError without a token that holds
 * @throws ForbiddenError when its scope is too small
 */
export function admit (gate: Gate, token: string | null, method: MethodName | ByteMethodName): void {
  const scope = gate.scope(token)
  if (scope === null) throw new SessionError(token === null ? 'this address needs a token: none was shown' : 'the token is unknown, has expired or was taken back')
  const { scope: needs } = { ...METHODS, ...BYTE_METHODS }[method]
  if (!scopeAllows(scope, needs)) throw new ForbiddenError(`${method} needs a token of scope ${needs}; this one is of scope ${scope}`, { details: { needs, scope } })
}

/** Values for as long as their caller may have them: a token that is taken back ends what it began. @throws as {@link admit}, and what the values throw */
export async function * whileAdmitted <T> (gate: Gate, token: string | null, method: MethodName | ByteMethodName, values: AsyncIterable<T>): AsyncGenerator<T> {
  for await (const value of values) {
    admit(gate, token, method)
    yield value
  }
}
