/**
 * How a chat's record lies on the disk. Of a large group the MLS state, the members and a commit under way lie beside
 * it: each is written when it changes, and not with every wish, move or title. What belongs together is written in one
 * batch.
 */
import { BadInputError, CorruptError, decodeCbor, encodeCbor, LIMITS, shape, type LogId } from '../../protocol/wire/index.js'
import type { KeyValueOp, KeyValueStore } from '../../store/index.js'
import type { RecordKeys, Vault } from '../records/index.js'
import { chatName, decodeChat, decodeSlimChat, encodeChat, encodeSlimChat, membersShape, pendingShape, type ChatMember, type ChatRecord } from './chat-record.js'

// From about thirty members on; most chats stay in one piece.
const LARGE_STATE_BYTES = 16 * 1024
// One part with the largest manifests there can be is one value of the store.
const MEMBERS_PER_PART = 256
/** Where the parts lie; members from the third on. */
const PLACE = { mls: 0, commit: 1, members: 2 } as const

const mlsPart = shape.struct({ v: shape.literal(1), epoch: shape.uint(), mls: shape.bytes({ max: LIMITS.mlsStateBytes }) })
const commitPart = shape.struct({ v: shape.literal(1), commit: pendingShape })
const membersPart = shape.struct({ v: shape.literal(1), members: membersShape })

/** What the parts are kept with. */
export interface PartsDeps { readonly kv: KeyValueStore, readonly keys: RecordKeys, readonly vault: Vault }

/** The record of one chat on its way to the disk. */
export class RecordParts {
  readonly #deps: PartsDeps
  readonly #log: LogId
  /** The record whose parts are on the disk; null while it has none. */
  #kept: ChatRecord | null = null

  constructor (deps: PartsDeps, log: LogId) {
    this.#deps = deps
    this.#log = log
  }

  /** A record is durable as it is. */
  keeps (record: ChatRecord): void { this.#kept = isLarge(record) ? record : null }

  /** The changes that write a record in place of the one that is kept. */
  ops (record: ChatRecord): KeyValueOp[] {
    const { vault } = this.#deps
    const kept = this.#kept
    if (!isLarge(record)) return [vault.put(chatName(this.#log), encodeChat(record)), ...kept === null ? [] : this.#drop(kept)]
    return [
      vault.put(chatName(this.#log), encodeSlimChat(record)),
      ...kept?.mls === record.mls ? [] : [this.#put(PLACE.mls, { v: 1, epoch: record.epoch, mls: record.mls })],
      ...this.#commitOps(kept, record),
      ...this.#memberOps(kept?.members ?? [], record.members)
    ]
  }

  /** A record from its vault data and its parts, if it has any. @throws BadInputError, CorruptError */
  static async load (deps: PartsDeps, data: unknown): Promise<{ record: ChatRecord, isApart: boolean }> {
    const slim = decodeSlimChat(data)
    if (slim === undefined) return { record: decodeChat(data), isApart: false }
    const { record, members: count, hasCommit } = slim
    const parts = new RecordParts(deps, record.log)
    const { epoch, mls } = mlsPart(await parts.#get(PLACE.mls), 'MLS state')
    if (epoch !== record.epoch) throw new CorruptError(`the MLS state of a chat is of epoch ${epoch}, and its record of epoch ${record.epoch}`)
    const members: ChatMember[] = []
    while (members.length < count) {
      const part = membersPart(await parts.#get(PLACE.members + members.length / MEMBERS_PER_PART), 'members')
      if (part.members.length !== Math.min(MEMBERS_PER_PART, count - members.length)) throw new CorruptError('the members of a chat are not all here')
      members.push(...part.members)
    }
    const commit = hasCommit ? commitPart(await parts.#get(PLACE.commit), 'commit').commit : null
    return { record: { ...record, mls, members, commit }, isApart: true }
  }

  #commitOps (kept: ChatRecord | null, { commit }: ChatRecord): KeyValueOp[] {
    if ((kept?.commit ?? null) === commit) return []
    return [commit === null ? this.#del(PLACE.commit) : this.#put(PLACE.commit, { v: 1, commit: shape.open(commit) })]
  }

  #memberOps (kept: readonly ChatMember[], members: readonly ChatMember[]): KeyValueOp[] {
    const ops: KeyValueOp[] = []
    for (let at = 0; at < Math.max(kept.length, members.length); at += MEMBERS_PER_PART) {
      const part = members.slice(at, at + MEMBERS_PER_PART)
      const before = kept.slice(at, at + MEMBERS_PER_PART)
      const place = PLACE.members + at / MEMBERS_PER_PART
      if (part.length === 0) ops.push(this.#del(place))
      else if (part.length !== before.length || part.some((one, i) => one.manifest !== before[i]?.manifest)) ops.push(this.#put(place, { v: 1, members: part }))
    }
    return ops
  }

  #drop ({ members }: ChatRecord): KeyValueOp[] {
    const places = Array.from({ length: Math.ceil(members.length / MEMBERS_PER_PART) }, (_, i) => PLACE.members + i)
    return [PLACE.mls, PLACE.commit, ...places].map(place => this.#del(place))
  }

  async #get (place: number): Promise<unknown> {
    const bytes = await this.#deps.kv.get(this.#key(place))
    if (bytes === undefined) throw new CorruptError('a part of a chat\'s record is missing')
    return decodeCbor(bytes, LIMITS.storeValueBytes)
  }

  #put (place: number, value: unknown): KeyValueOp {
    const bytes = encodeCbor(value)
    if (bytes.length > LIMITS.storeValueBytes) throw new BadInputError(`a part of a chat's record would take ${bytes.length} bytes`)
    return { type: 'put', key: this.#key(place), value: bytes }
  }

  #del (place: number): KeyValueOp { return { type: 'del', key: this.#key(place) } }
  #key (place: number): Uint8Array { return this.#deps.keys.numbered('chatPart', place, this.#log) }
}

function isLarge ({ mls }: ChatRecord): boolean { return mls.length > LARGE_STATE_BYTES }
