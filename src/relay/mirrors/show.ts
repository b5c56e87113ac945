/** Shows a home what was lent. */
import { METHOD, pb, type PetrelError } from '../../protocol/wire/index.js'
import { errorFromFailure, type GatewayChannel } from '../net/index.js'
import type { NamedLog } from '../peer.js'
import type { Held } from './lent.js'

/** Shows delegations at a home, in one call. @returns the refusals, in order */
export async function show (channel: GatewayChannel, shown: ReadonlyArray<{ readonly log: NamedLog, readonly held: Held }>): Promise<Array<PetrelError | undefined>> {
  if (shown.length === 0) return []
  const proofs = shown.map(({ log: { log }, held: { right, key, bytes } }) => ({ log, right, key, signature: new Uint8Array(), delegation: bytes }))
  const { outcomes } = pb.ProveReply.decode(await channel.call(METHOD.prove, pb.ProveRequest.encode({ proofs })), { limits: { outcomes: shown.length } })
  return shown.map((_one, i) => {
    const failure = outcomes[i]?.failure
    return failure === undefined ? undefined : errorFromFailure(failure)
  })
}
