/**
 * A new device that is reached straight, in the local network: it serves the gateway's pipes itself, for nobody but who
 * holds the link's secret, so that the other side meets it as it would at a relay.
 */
import { randomBytes } from 'node:crypto'
import { linkAddress, sealLinkFrame } from '../../../protocol/crypto/index.js'
import { LIMITS, METHOD, NotFoundError, pb, PUSH, QuotaError, ROLE, sameBytes, UnsupportedError } from '../../../protocol/wire/index.js'
import { listenGateway, type GatewayCall, type GatewayChannel, type Host } from '../../../relay/net/index.js'
import { openFor, type LinkWire, type OnLinkFrame } from './wire.js'

/** Serves the new side's pipes on a host, until it is closed. */
export async function directWire (host: Host, secret: Uint8Array, onFrame: OnLinkFrame): Promise<LinkWire & { stop (): Promise<void> }> {
  const [mine, theirs] = [linkAddress(secret, 'new'), linkAddress(secret, 'old')]
  const listening = new Set<GatewayChannel>()
  const handler = async (call: GatewayCall): Promise<Uint8Array> => {
    switch (call.method) {
      case METHOD.openSession: case METHOD.renewSession: return pb.SessionReply.encode({ id: new Uint8Array(randomBytes(16)), expiresMs: LIMITS.sessionMs, role: ROLE.guest })
      case METHOD.closeSession: case METHOD.pipeUnlisten: listening.delete(call.channel); return new Uint8Array()
      case METHOD.pipeListen: {
        const { addresses } = pb.PipeAddressesRequest.decode(call.body, { limits: { addresses: LIMITS.pipeAddressesOfGuest } })
        if (!addresses.some(one => sameBytes(one, theirs))) throw new NotFoundError('nothing comes from this pipe address')
        if (listening.size >= LIMITS.linkMeetings) throw new QuotaError('too many devices speak to this one')
        listening.add(call.channel)
        return new Uint8Array()
      }
      case METHOD.pipeSend: {
        const { address, frame } = pb.PipeSendRequest.decode(call.body)
        if (!sameBytes(address, mine)) throw new NotFoundError('nobody listens at this pipe address')
        openFor(secret, 'new', frame, onFrame)
        return new Uint8Array()
      }
      default: throw new UnsupportedError('this device waits to be linked, and does nothing else')
    }
  }
  const listener = await listenGateway(host, { agent: 'petrel', handler, onChannel: channel => { void channel.closed.then(() => { listening.delete(channel) }) } })
  return {
    send: frame => {
      const body = pb.PipePush.encode({ address: theirs, frame: sealLinkFrame(secret, frame, 'old') })
      for (const channel of listening) if (!channel.isClosed) channel.tryPush(PUSH.pipe, body)
    },
    close: () => { listening.clear() },
    stop: async () => { await listener.close() }
  }
}
