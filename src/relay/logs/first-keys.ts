/** The order that opens a log: it installs the first keys, and stands beside the genesis instead of in the chain. */
import { BadInputError, openOwnerAction, ProofError, sameBytes, type Caps, type Genesis, type LogId } from '../../protocol/wire/index.js'

/** The first capability keys of a log. @throws BadInputError, ProofError when the order is another one, of another log or of another owner */
export function firstKeys (order: Uint8Array, genesis: Genesis, log: LogId): Caps {
  const { action, signer } = openOwnerAction(order)
  if (action.op !== 'open') throw new BadInputError(`expected the order "open", got "${action.op}"`)
  if (!sameBytes(action.log, log)) throw new ProofError('the order opens another log')
  if (!sameBytes(signer, genesis.owner)) throw new ProofError('the order is not signed by the owner key in the genesis')
  // Nobody sees this order in the chain: readers know the owner key by the genesis.
  if (action.caps.owner !== undefined && !sameBytes(action.caps.owner, genesis.owner)) throw new BadInputError('a log begins with the owner key of its genesis')
  return action.caps
}
