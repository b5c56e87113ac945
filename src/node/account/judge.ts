/** Who tells apart devices of one account that change its manifest at once. Pure. */
import { sameBytes, type Manifest, type ManifestRelay } from '../../protocol/wire/index.js'

/**
 * Where devices of one account that want the next version at once are told apart: the first home that the present one
 * names, unless the person has left it. It follows from what both begin with, so both ask the same one.
 */
export function judgeOf (present: Manifest, next: Manifest): ManifestRelay | undefined {
  return present.relays.find(one => next.relays.some(r => sameBytes(r.peer, one.peer))) ?? next.relays[0]
}
