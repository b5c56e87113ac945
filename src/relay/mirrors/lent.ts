/** The delegations that a mirror holds for one log, and which of them to show at the home. Pure. */
import { LIMITS, openDelegation, PetrelError, RIGHT, sameBytes, type DelegatedRight, type KeyBytes } from '../../protocol/wire/index.js'
import type { LogMeta } from '../logs/meta.js'

/** A delegation whose signature holds. */
export interface Held { readonly right: DelegatedRight, readonly key: KeyBytes, readonly expires: number, readonly bytes: Uint8Array }

/** Opens a delegation. @throws BadInputError, TooLargeError, ProofError */
export function heldOf (bytes: Uint8Array): Held & { readonly log: Uint8Array, readonly relay: KeyBytes } {
  const { delegation: { right, expires, log, relay }, key } = openDelegation(bytes)
  return { right, key, expires, bytes: bytes.slice(), log, relay }
}

/** Whether a key is in force for a right, as far as the copy knows. */
function isInForce ({ right, key }: Held, meta: LogMeta): boolean {
  switch (right) {
    case RIGHT.append: return sameBytes(key, meta.append)
    case RIGHT.read: return sameBytes(key, meta.read)
    case RIGHT.mirror: return meta.mirrors.some(mirror => sameBytes(mirror, key))
  }
}

/** Delegations with another one. Of one key the one that lasts longest stays; when there are too many, those of keys that are not in force go, oldest first. */
export function withHeld (all: readonly Held[], added: Held, meta: LogMeta): readonly Held[] {
  const same = all.find(one => one.right === added.right && sameBytes(one.key, added.key))
  if (same !== undefined && same.expires >= added.expires) return all
  const next = [...all.filter(one => one !== same), added]
  if (next.length <= LIMITS.delegationsPerMirror) return next
  const out = next.find(one => one !== added && !isInForce(one, meta)) ?? next.find(one => one !== added)
  return next.filter(one => one !== out)
}

/** The one to show for a right: of a key in force if there is one, else the newest; undefined when all have expired. */
export function bestHeld (all: readonly Held[], right: DelegatedRight, meta: LogMeta, now: number): Held | undefined {
  const able = all.filter(one => one.right === right && one.expires > now)
  return able.findLast(one => isInForce(one, meta)) ?? able.at(-1)
}

/** The one of this very key to append with. */
export function appendHeld (all: readonly Held[], key: KeyBytes, now: number): Held | undefined {
  return all.find(one => one.right === RIGHT.append && one.expires > now && sameBytes(one.key, key))
}

/** Those that were kept, without what does not open any more. */
export function keptHeld (bytes: readonly Uint8Array[]): Held[] {
  return bytes.flatMap(one => {
    try {
      return [heldOf(one)]
    } catch (error) {
      if (error instanceof PetrelError) return []
      throw error
    }
  })
}
