/** Hello both ways, then a channel. Both sides send theirs at once, so it takes no round trip of its own. */
import { performance } from 'node:perf_hooks'
import type { Connection, Stream } from '@libp2p/interface'
import { BadInputError, DeadlineError, keyFromPeerId, UnavailableError } from '../../protocol/wire/index.js'
import type { KeyBytes } from '../../protocol/wire/index.js'
import { Channel } from './channel.js'
import { errorFromFailure } from './failure.js'
import type { Frame } from './frame-decode.js'
import { agreeVersion, channelLimits, makeHello } from './hello.js'
import type { ChannelOptions, GatewayChannel } from './types.js'
import { Wire } from './wire.js'

/**
 * Makes a channel of a fresh gateway stream, on either side.
 *
 * @param onChannel called with the channel before any further frame is taken
 * @throws UnsupportedError when no version is common, DeadlineError without a Hello in time,
 *   BadInputError for a Hello that does not hold, UnavailableError when the stream ends first
 */
export async function shakeHands (
  stream: Stream, connection: Connection, localPeer: KeyBytes, options: ChannelOptions, onChannel?: (channel: GatewayChannel) => void
): Promise<GatewayChannel> {
  const limits = channelLimits(options)
  const now = options.now ?? (() => performance.now())
  const localHello = makeHello(options, limits)
  const remotePeer = keyFromPeerId(connection.remotePeer.toString())
  const { promise, resolve, reject } = Promise.withResolvers<GatewayChannel>()

  const onFrame = (frame: Frame): void => {
    if (frame.kind === 'closing') {
      wire.ended(errorFromFailure(frame.failure))
      return
    }
    if (frame.kind !== 'hello') throw new BadInputError('the peer\'s first frame is not a Hello')
    clearTimeout(timer)
    const facts = {
      remotePeer, localPeer, localHello,
      // Copied: it is kept as long as the channel, and would keep all of what it came in.
      remoteHello: { ...frame.hello, nonce: frame.hello.nonce.slice() },
      version: agreeVersion(localHello, frame.hello),
      remoteAddress: connection.remoteAddr.toString()
    }
    wire.established()
    const channel = new Channel(wire, facts, options, limits, now)
    resolve(channel)
    onChannel?.(channel)
  }

  const wire = new Wire(stream, limits, now, {
    onFrame,
    onClosed: reason => {
      clearTimeout(timer)
      reject(reason ?? new UnavailableError('the peer ended the channel before its Hello'))
    }
  }, error => { connection.abort(error) })
  const timer = setTimeout(() => {
    wire.abort(new DeadlineError(`the peer sent no Hello within ${limits.helloDeadlineMs} ms`))
  }, limits.helloDeadlineMs)
  wire.outbox.writer.frame({ hello: localHello })
  wire.outbox.flush()
  return await promise
}
