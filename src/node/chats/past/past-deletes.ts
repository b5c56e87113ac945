/**
 * Messages that were taken back, of which this node has not opened the words yet: whoever opens them from the newest to
 * the oldest meets the order first. Kept by the message's id, also when one was opened: a home in league with a member can
 * let a further one stand under the same id below it.
 */
import { mayDeleteOthers, type GroupPolicy } from '../../../protocol/message/index.js'
import { decodeCbor, encodeCbor, keyShape, LIMITS, sameBytes, shape, type EntryId, type KeyBytes } from '../../../protocol/wire/index.js'
import type { KeyValueOp } from '../../../store/index.js'
import type { Chat } from '../chat.js'

/** An order to take a message back: at a number of the log, by an account, which may (`others`) take back anybody's. */
export interface PastDelete { readonly seq: number, readonly by: KeyBytes, readonly others: boolean }

// One of each account: however many say so who may not, who may is among them. Further ones come of accounts that are members no more.
const ORDERS_KEPT = LIMITS.mlsMembers
const ordersShape = shape.array(shape.struct({ seq: shape.uint(), by: keyShape, others: shape.bool }), ORDERS_KEPT)
const ORDERS_BYTES = ORDERS_KEPT * 64

/** An order, as the policy of its place lets it; in a direct chat either may take back all. */
export function pastDelete (seq: number, by: KeyBytes, policy: GroupPolicy | undefined): PastDelete { return { seq, by, others: policy === undefined || mayDeleteOthers(policy, by) } }

/** Orders on their way to the disk, over those that are there. */
export class PastDeletes {
  readonly #chat: Chat
  readonly #known = new Map<string, readonly PastDelete[]>()

  constructor (chat: Chat) { this.#chat = chat }

  /** The orders about a message. */
  async of (id: EntryId): Promise<readonly PastDelete[]> {
    const name = Buffer.from(id).toString('latin1')
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const bytes = await this.#chat.deps.kv.get(keyOf(this.#chat, id))
    const orders = bytes === undefined ? [] : ordersShape(decodeCbor(bytes, ORDERS_BYTES), 'past deletes').map(({ seq, by, others }) => ({ seq, by, others }))
    this.#known.set(name, orders)
    return orders
  }

  /** The change that keeps one more. */
  async add (id: EntryId, order: PastDelete): Promise<KeyValueOp[]> {
    const before = await this.of(id)
    // One that holds for anybody's message says it all.
    if (before.some(({ by, others }) => others || (!order.others && sameBytes(by, order.by)))) return []
    const orders = order.others ? [order] : [...before, order]
    if (orders.length > ORDERS_KEPT) return []
    this.#known.set(Buffer.from(id).toString('latin1'), orders)
    return [{ type: 'put', key: keyOf(this.#chat, id), value: encodeCbor(orders) }]
  }
}

/** Whether an order takes back a message at a number, by its author. */
export function takesBack (orders: readonly PastDelete[], seq: number, from: KeyBytes): boolean { return orders.some(order => order.seq > seq && (order.others || sameBytes(order.by, from))) }

function keyOf ({ deps, log }: Chat, id: EntryId): Uint8Array { return deps.keys.one('pastDelete', log, id) }
