/** Opening a stream to a peer that is named by its key, with libp2p's reasons as ours. */
import type { Connection, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import type { Multiaddr } from '@multiformats/multiaddr'
import { AbortedError, BadInputError, DeadlineError, PetrelError, peerIdText, ProofError, UnavailableError, UnsupportedError } from '../../protocol/wire/index.js'
import type { KeyBytes } from '../../protocol/wire/index.js'
import type { Host } from './host-types.js'

/** Which stream to open. */
export interface DialStreamOptions {
  readonly protocol: string
  /** Own streams of this protocol that one connection may have. */
  readonly maxStreams: number
  readonly signal?: AbortSignal | undefined
  /** A new connection, though one may be open. */
  readonly fresh?: boolean | undefined
}

/**
 * A stream to the peer with the key `expected`, at the first of `addresses` that answers, or over a connection to it that
 * is open already, unless `fresh` is set.
 *
 * @throws BadInputError when no address is a multiaddr of that key
 * @throws ProofError when another key answers there
 * @throws UnavailableError when nobody answers, UnsupportedError when it does not speak the protocol, DeadlineError, AbortedError
 */
export async function dialStream (host: Host, addresses: readonly string[], expected: KeyBytes, options: DialStreamOptions): Promise<{ connection: Connection, stream: Stream }> {
  const { protocol, maxStreams, signal } = options
  const peerId = peerIdText(expected)
  const targets = targetsOf(addresses, peerId)
  if (isAborted(signal)) throw new AbortedError(undefined, { cause: signal?.reason })
  let connection: Connection | undefined
  try {
    connection = await host.node.dial(targets, { ...signal === undefined ? {} : { signal }, force: options.fresh === true })
    const stream = await connection.newStream(protocol, { runOnLimitedConnection: true, maxOutboundStreams: maxStreams, ...signal === undefined ? {} : { signal } })
    return { connection, stream }
  } catch (error) {
    // An old connection whose peer has silently gone would be used again by each further dial.
    if (connection !== undefined && (isTimeout(error) || isTimeout(signal?.reason))) connection.abort(new DeadlineError('the peer does not answer on this connection'))
    throw dialError(error, peerId, addresses, options)
  }
}

/** A function, so that the compiler does not take an earlier answer for the present one. */
function isAborted (signal: AbortSignal | undefined): boolean { return signal?.aborted === true }

/** Those that can be dialled: one that somebody made up must not stand in the way of the others. @throws BadInputError when none can */
function targetsOf (addresses: readonly string[], peerId: string): Multiaddr[] {
  const targets: Multiaddr[] = []
  let fault: unknown = new BadInputError(`no address is known for peer ${peerId}`)
  for (const address of addresses) {
    try {
      targets.push(target(address, peerId))
    } catch (error) {
      fault = error
    }
  }
  if (targets.length === 0) throw fault
  return targets
}

function target (text: string, peerId: string): Multiaddr {
  let address: Multiaddr
  try {
    address = multiaddr(text)
  } catch (cause) {
    throw new BadInputError(`"${text.slice(0, 120)}" is not a multiaddr, for example /ip4/192.0.2.1/tcp/4001`, { cause })
  }
  const parts = address.getComponents()
  const last = parts.at(-1)
  if (last?.name !== 'p2p') return address.encapsulate(`/p2p/${peerId}`)
  if (last.value !== peerId) throw new BadInputError(`the address ${text.slice(0, 200)} names another peer than ${peerId}`)
  return address
}

function isTimeout (error: unknown): boolean { return error instanceof Error && error.name === 'TimeoutError' }

/** libp2p's reasons as ours: its errors nest, and the telling one may be any of them. */
function dialError (error: unknown, peerId: string, addresses: readonly string[], { protocol, signal }: DialStreamOptions): PetrelError {
  if (error instanceof PetrelError) return error
  if (isAborted(signal)) return new AbortedError(undefined, { cause: error })
  const reasons = flatten(error)
  const where = addresses.join(', ')
  if (reasons.some(isOtherKey)) {
    return new ProofError(`the peer at ${where} has another key than ${peerId}: a wrong address, or somebody in the middle`, { cause: error, details: { expected: peerId } })
  }
  if (reasons.some(reason => reason.name === 'UnsupportedProtocolError')) {
    return new UnsupportedError(`the peer at ${where} is no Petrel relay or node: it does not speak ${protocol}`, { cause: error })
  }
  if (reasons.some(reason => reason.name === 'TimeoutError' || reason.name === 'AbortError')) {
    return new DeadlineError(`the peer ${peerId} at ${where} did not answer in time`, { cause: error })
  }
  return new UnavailableError(`the peer ${peerId} cannot be reached at ${where}`, { cause: error })
}

function flatten (error: unknown): Error[] {
  if (!(error instanceof Error)) return []
  const nested: unknown[] = error instanceof AggregateError ? error.errors : []
  return [error, ...nested.flatMap(flatten), ...flatten(error.cause)]
}

/** Noise says "expected peer" in a message only: libp2p's upgrader keeps the text and drops the class. */
function isOtherKey (error: Error): boolean {
  return error.name === 'UnexpectedPeerError' || /identity key does not match expected remote|Payload identity key|UnexpectedPeer/i.test(error.message)
}
