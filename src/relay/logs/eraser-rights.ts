/** By what an entry's bytes may be removed: a secret whose hash stands in its leaf, or an order of the log's owner. Pure. */
import { ENTRY_KIND, eraserHash, ForbiddenError, openOwnerAction, PetrelError, sameBytes, type KeyBytes, type Leaf, type LogId, type OwnerAction } from '../../protocol/wire/index.js'
import type { LogMeta } from './meta.js'

/**
 * Checks what is shown for an entry.
 *
 * @param shown - the secret, or the record of an order `erase`
 * @throws ForbiddenError when it does not erase this entry; with `details.owner` when it would, by an owner key that is not known here
 */
export function requireEraser (log: LogId, leaf: Leaf, shown: Uint8Array, meta: LogMeta): void {
  const hash = eraserHash(log, shown)
  if (leaf.erasers.some(eraser => sameBytes(eraser, hash))) return
  const order = orderIn(shown)
  const isOfEntry = order !== undefined && sameBytes(order.action.log, log) && sameBytes(order.action.id, leaf.id)
  // Who wrote it without an eraser did not mean it to go: a member's mark, and what others build on.
  if (!isOfEntry || leaf.kind !== ENTRY_KIND.data || leaf.erasers.length === 0) throw new ForbiddenError('the secret does not erase this entry')
  if (!mayOrder(meta, order.signer, leaf.seq)) throw new ForbiddenError('the order is not signed by the log\'s owner key', { details: { owner: 'unknown' } })
}

/** At the home the key in force alone. A mirror may hear late of what a key ordered that was replaced since. */
function mayOrder (meta: LogMeta, signer: KeyBytes, seq: number): boolean {
  if (sameBytes(signer, meta.owner)) return true
  return meta.elsewhere?.at === 'mirror' && meta.oldOwners.some(({ key, through }) => sameBytes(key, signer) && seq <= through)
}

function orderIn (bytes: Uint8Array): { action: Extract<OwnerAction, { op: 'erase' }>, signer: KeyBytes } | undefined {
  try {
    const { action, signer } = openOwnerAction(bytes)
    return action.op === 'erase' ? { action, signer } : undefined
  } catch (error) {
    if (error instanceof PetrelError) return undefined
    throw error
  }
}
