/** Strangers' letters, kept until the person lets them in or not: bounded, one request per account. */
import type { ContactRequest, UpdateEvent } from '../../protocol/api/index.js'
import { type Letter } from '../../protocol/message/index.js'
import { AmbiguousError, base32Text, keyShape, LIMITS, NotFoundError, peerIdText, sameBytes, shape, sha256, type KeyBytes } from '../../protocol/wire/index.js'
import type { KeyValueOp } from '../../store/index.js'
import type { Vault, VaultView } from '../records/index.js'

/** A stranger's request: the letters it sent, as they were signed, and the log they were written for. */
export interface RequestRecord { account: KeyBytes, name: string, receivedAt: number, letters: Array<{ bytes: Uint8Array, log: Uint8Array }> }

// A stranger may have tried from several devices or chats; more than this is noise.
const LETTERS_PER_REQUEST = 8

const recordShape = shape.struct({
  v: shape.literal(1),
  account: keyShape,
  name: shape.text(LIMITS.nameBytes),
  receivedAt: shape.uint(),
  letters: shape.array(shape.struct({ bytes: shape.bytes({ max: LIMITS.inboxEntryBytes }), log: shape.bytes(34) }), LETTERS_PER_REQUEST)
})

/** A request from its vault data. @throws BadInputError */
export function decodeRequest (data: unknown): RequestRecord {
  const { v: _v, unknown: _unknown, ...record } = recordShape(data, 'request')
  return record
}

const vaultName = (account: KeyBytes): string => `request/${peerIdText(account)}`

/** A request's id: short, and not the account. */
function requestId (account: KeyBytes): string { return base32Text(sha256(account).subarray(0, 10)) }

/** The requests of one account. */
export class Requests {
  readonly #vault: Vault
  readonly #records: VaultView<RequestRecord>

  constructor (vault: Vault) {
    this.#vault = vault
    this.#records = vault.view(decodeRequest)
  }

  /** All requests, oldest first. */
  all (): RequestRecord[] { return this.#records.list('request/').sort((a, b) => a.receivedAt - b.receivedAt) }

  /** The request of an account, if it has one. */
  of (account: KeyBytes): RequestRecord | undefined { return this.#records.get(vaultName(account)) }

  /**
   * The request that a person's words name: its id, its account, what the stranger calls itself, or a unique start of
   * its id. Strangers choose their names, so one that looks like the start of another's id is taken for neither.
   * @throws NotFoundError; AmbiguousError with the candidates
   */
  get (words: string): RequestRecord {
    const all = this.all()
    const exact = all.find(r => requestId(r.account) === words || peerIdText(r.account) === words)
    const found = exact === undefined ? all.filter(r => r.name === words || (words.length >= LIMITS.idCharacters && requestId(r.account).startsWith(words))) : [exact]
    const [first] = found
    if (first === undefined) throw new NotFoundError(`there is no request "${words.slice(0, 80)}": see petrel requests list`)
    if (found.length > 1) {
      throw new AmbiguousError(`"${words.slice(0, 80)}" fits ${found.length} requests: use an id`, { details: { candidates: found.map(r => `${r.name} ${requestId(r.account)}`) } })
    }
    return first
  }

  /** The change that takes a letter in, and what to tell. Null when the bound is reached or it is a repeat. */
  take (letter: Letter, bytes: Uint8Array, log: Uint8Array, now: number): { ops: KeyValueOp[], events: UpdateEvent[] } | null {
    const before = this.of(letter.account)
    const all = this.all()
    if (before === undefined && all.length >= LIMITS.requestsKept) return null
    if (all.reduce((sum, r) => sum + r.letters.reduce((n, l) => n + l.bytes.length, 0), bytes.length) > LIMITS.requestsBytes) return null
    if (before !== undefined && (before.letters.length >= LETTERS_PER_REQUEST || before.letters.some(l => sameBytes(l.bytes, bytes)))) return null
    const record: RequestRecord = {
      account: letter.account,
      name: letter.introduction?.name ?? before?.name ?? peerIdText(letter.account).slice(-8),
      receivedAt: before?.receivedAt ?? now,
      letters: [...before?.letters ?? [], { bytes, log }]
    }
    return { ops: [this.#vault.put(vaultName(letter.account), { v: 1, ...record })], events: before === undefined ? [newsOf(record)] : [] }
  }

  /** The change that drops a request. */
  drop (account: KeyBytes): KeyValueOp { return this.#vault.del(vaultName(account)) }
}

function newsOf ({ account, name }: RequestRecord): UpdateEvent { return { type: 'request', account: peerIdText(account), name, id: requestId(account) } }

/** What is told of a request that another device has taken in, from its vault data. @throws BadInputError */
export function requestNews (data: unknown): UpdateEvent { return newsOf(decodeRequest(data)) }

/** A request as the API tells it. */
export function requestView (record: RequestRecord): ContactRequest {
  return { id: requestId(record.account), account: peerIdText(record.account), name: record.name, receivedAt: new Date(record.receivedAt), chats: record.letters.length }
}
