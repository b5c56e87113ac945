/** Admission tokens: an operator's word that an account may come. Only their hashes are kept. */
import {
  AmbiguousError, base32Text, BadInputError, ConflictError, decodeCbor, encodeCbor, LIMITS, NotFoundError, QuotaError, sha256, shape
} from '../../protocol/wire/index.js'
import type { Clock, RecordStore } from '../../store/index.js'
import { recordKey, recordKeyRest } from '../record-keys.js'

/** How to make a token. */
export interface TokenWish { readonly uses?: number, readonly expiresAt?: number, readonly label?: string }

/** A token as it is kept. Times in ms; `expiresAt` null: never. */
export interface KeptToken {
  /** The start of its hash. */
  readonly id: string
  readonly label: string
  readonly uses: number
  readonly used: number
  readonly created: number
  readonly expiresAt: number | null
}

const tokenShape = shape.tuple(shape.literal(1), shape.text(LIMITS.nameBytes), shape.uint(), shape.uint(), shape.uint(), shape.nullable(shape.uint()))
const PREFIX = 'petrel-token-'
const SECRET_BYTES = 20
const ID_LENGTH = 13

/** See the file's head. */
export class Tokens {
  readonly #records: RecordStore
  readonly #clock: Clock
  readonly #random: (length: number) => Uint8Array

  constructor (records: RecordStore, clock: Clock, random: (length: number) => Uint8Array) {
    this.#records = records
    this.#clock = clock
    this.#random = random
  }

  /** Makes a token; its text is returned this once. @throws BadInputError, QuotaError over LIMITS.admissionTokens */
  async create (wish: TokenWish): Promise<KeptToken & { token: string }> {
    const { uses = 1, expiresAt, label = '' } = wish
    const now = this.#clock.now()
    if (!Number.isSafeInteger(uses) || uses < 1) throw new BadInputError('a token has at least one use')
    if (expiresAt !== undefined && (!Number.isSafeInteger(expiresAt) || expiresAt <= now)) throw new BadInputError('a token must end in the future')
    shape.text(LIMITS.nameBytes)(label, 'label')
    if ((await this.list()).length >= LIMITS.admissionTokens) throw new QuotaError(`a relay keeps at most ${LIMITS.admissionTokens} tokens: revoke some`)
    const token = PREFIX + base32Text(this.#random(SECRET_BYTES)).slice(1)
    const kept = { label, uses, used: 0, created: now, expiresAt: expiresAt ?? null }
    const hash = hashOf(token)
    await this.#records.put(recordKey('token', hash), encode(kept), expiresAt === undefined ? {} : { ttl: expiresAt - now })
    return { id: idOf(hash), ...kept, token }
  }

  /** Tokens that still admit somebody, oldest first. */
  async list (): Promise<KeptToken[]> {
    return (await this.#all()).map(({ kept }) => kept).sort((a, b) => a.created - b.created)
  }

  /** Ends a token, named by its id or a unique start of it. @throws NotFoundError, AmbiguousError */
  async revoke (id: string): Promise<KeptToken> {
    const fits = id === '' ? [] : (await this.#all()).filter(({ kept }) => kept.id.startsWith(id))
    const [first] = fits
    if (first === undefined) throw new NotFoundError(`no token has the id ${id}`)
    if (fits.length > 1) throw new AmbiguousError(`several tokens start with ${id}`, { details: { candidates: fits.map(({ kept }) => kept.id) } })
    await this.#records.delete(first.key)
    return first.kept
  }

  /** Uses a token up once. False when it is unknown, expired or used up. */
  async consume (token: string): Promise<boolean> {
    const key = recordKey('token', hashOf(token))
    for (;;) {
      const record = await this.#records.get(key)
      if (record === undefined) return false
      const kept = decode(key, record.value)
      const left = kept.uses - kept.used - 1
      try {
        if (left <= 0) return await this.#records.delete(key, { ifRev: record.rev })
        const ttl = kept.expiresAt === null ? {} : { ttl: Math.max(1, kept.expiresAt - this.#clock.now()) }
        await this.#records.put(key, encode({ ...kept, used: kept.used + 1 }), { ifRev: record.rev, ...ttl })
        return true
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error
      }
    }
  }

  async #all (): Promise<Array<{ key: Uint8Array, kept: KeptToken }>> {
    const all = []
    for await (const [key, { value }] of this.#records.list(recordKey('token'))) all.push({ key, kept: decode(key, value) })
    return all
  }
}

const hashOf = (token: string): Uint8Array => sha256(Buffer.from(token))
const idOf = (hash: Uint8Array): string => base32Text(hash).slice(1, 1 + ID_LENGTH)

function encode (kept: Omit<KeptToken, 'id'>): Uint8Array {
  return encodeCbor([1, kept.label, kept.uses, kept.used, kept.created, kept.expiresAt])
}

function decode (key: Uint8Array, value: Uint8Array): KeptToken {
  const [, label, uses, used, created, expiresAt] = tokenShape(decodeCbor(value, 1024), 'token')
  return { id: idOf(recordKeyRest('token', key)), label, uses, used, created, expiresAt }
}
