/** A device's request for a mirror, judged by itself. Pure. */
import {
  BadInputError, decodeGenesis, ForbiddenError, LIMITS, logIdOf, peerIdText, ProofError, sameBytes, TooLargeError, UnsupportedError,
  type Caps, type Genesis, type KeyBytes, type pb
} from '../../protocol/wire/index.js'
import { namedLog, requestKey, requestNumber } from '../decode.js'
import { firstKeys } from '../logs/first-keys.js'
import type { NamedLog } from '../peer.js'
import type { Place } from './copies.js'
import { heldOf, type Held } from './lent.js'

/** What a device asks for. */
export interface MirrorWish {
  readonly named: NamedLog
  readonly genesis: Genesis
  /** The first keys, when the order `open` came with it. */
  readonly caps: Caps | undefined
  readonly place: Place
  readonly held: readonly Held[]
}

/**
 * Reads a request. `relay` is this relay's key.
 *
 * @throws BadInputError, TooLargeError; UnsupportedError for an inbox; ProofError, ForbiddenError for a delegation or an order `open` that does not hold here
 */
export function mirrorWish (request: pb.MirrorRequest, relay: KeyBytes, now: number): MirrorWish {
  const named = namedLog(request.log)
  const genesis = decodeGenesis(request.genesis)
  if (!sameBytes(logIdOf(request.genesis), named.log)) throw new ProofError('the genesis is another log\'s')
  // Who may append to an inbox does not stand in its chain.
  if (genesis.kind !== 'log') throw new UnsupportedError('only logs that their members append to are mirrored')
  const home = requestKey(request.home)
  if (sameBytes(home, relay)) throw new BadInputError('the log lives at this very relay')
  const term = requestNumber(request.term, 'term')
  if (term === 0) throw new BadInputError('terms begin with 1')
  // Else who asks first could point everybody's copy at a home of their own.
  if (term === 1 && !sameBytes(home, genesis.home)) throw new ProofError('the first term of a log is at the home that its genesis names')
  const { addrs } = request
  for (const address of addrs) if (address.length > LIMITS.addressBytes) throw new TooLargeError(`an address has at most ${LIMITS.addressBytes} bytes`)
  if (addrs.length === 0) throw new BadInputError(`no address is known for the home ${peerIdText(home)}`)
  return {
    named, genesis, place: { home, term, addrs, order: request.action ?? null },
    caps: request.open === undefined ? undefined : firstKeys(request.open, genesis, named.log),
    held: request.delegations.map(bytes => lentHere(bytes, named, relay, now))
  }
}

function lentHere (bytes: Uint8Array, { log }: NamedLog, relay: KeyBytes, now: number): Held {
  const { right, key, expires, bytes: own, log: of, relay: to } = heldOf(bytes)
  if (!sameBytes(of, log)) throw new BadInputError('the delegation is for another log')
  if (!sameBytes(to, relay)) throw new BadInputError('the delegation is for another relay')
  if (expires <= now) throw new ForbiddenError('the delegation has expired', { details: { delegation: 'expired' } })
  return { right, key, expires, bytes: own }
}
