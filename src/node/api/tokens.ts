/** Bearer tokens for TCP: stored hashed, compared in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { BadInputError, LIMITS, type Scope } from '../../protocol/api/index.js'
import type { ApiToken } from './types.js'

const HASH_BYTES = 32
const TOKEN_BYTES = 32
const SCOPES: readonly unknown[] = ['read', 'send', 'admin'] satisfies Scope[]

/**
 * A new token: `secret` is shown once (43 characters after `petrel_`, 256 random bits), `token` is stored.
 *
 * @throws BadInputError for a scope or a name that cannot be
 */
export function newApiToken (name: string, scope: Scope, random: (bytes: number) => Uint8Array): { secret: string, token: ApiToken } {
  if (!SCOPES.includes(scope)) throw new BadInputError(`a token's scope is read, send or admin, not "${scope.slice(0, 80)}"`)
  if (name === '' || Buffer.byteLength(name) > LIMITS.nameBytes) throw new BadInputError(`a token's name has 1 to ${LIMITS.nameBytes} bytes`)
  const secret = `petrel_${Buffer.from(random(TOKEN_BYTES)).toString('base64url')}`
  return { secret, token: { name, scope, hash: hashOf(secret).toString('hex') } }
}

/** The scope of the token with this secret at a time (ms since 1970), or null. Takes the same time whichever token it is, or none. */
export function scopeOf (secret: string, tokens: readonly ApiToken[], now: number): Scope | null {
  const presented = hashOf(secret)
  let scope: Scope | null = null
  for (const token of tokens.slice(0, LIMITS.apiTokens)) {
    const stored = Buffer.from(token.hash, 'hex')
    // A random token needs no slow hash: there is nothing to guess.
    if (stored.length === HASH_BYTES && timingSafeEqual(stored, presented) && now < (token.expiresAt ?? Infinity)) scope = token.scope
  }
  return scope
}

function hashOf (secret: string): Buffer { return createHash('sha256').update(secret).digest() }
