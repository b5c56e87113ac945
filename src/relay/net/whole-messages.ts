/**
 * Messages of noise, sent whole and read without an error for each. The library sends the length of each one, two bytes, as a piece of its own before
 * it, and a connection makes a call of the system and a packet of every piece. Here the two go together: a small message
 * is copied behind its length, and a large one has room for it before its first byte.
 *
 * And the library learns that it has read all that came by an error behind every read, even where the error was made before:
 * to throw it takes 70 µs in a relay, a tenth of all that one entry costs there which comes alone. Here what came is cut into
 * its messages without one.
 */
import type { ComponentLogger, ConnectionEncrypter, MessageStream, Metrics, PeerId, PrivateKey, Upgrader } from '@libp2p/interface'
import { noise } from '@chainsafe/libp2p-noise'
import { Uint8ArrayList } from 'uint8arraylist'
import { MessageCutter } from './message-cutter.js'
import { noiseCrypto, ROOM_BYTES, roomBefore } from './noise-crypto.js'

/** Messages below this are copied: less than what one more call of the system costs. */
const COPY_BELOW = 2048

interface Components { readonly peerId: PeerId, readonly privateKey: PrivateKey, readonly logger: ComponentLogger, readonly upgrader: Upgrader, readonly metrics?: Metrics }

/** What a connection of the library has beside a stream. */
interface Sending { sendData: (data: Uint8ArrayList) => unknown }

/** What cuts a secured connection's bytes into messages, and what it holds of one that has not all come. */
interface Cutting { readonly buffer: Uint8ArrayList, decode: (data: Uint8Array | Uint8ArrayList) => Iterable<Uint8Array | Uint8ArrayList> }

/** What a secured connection of the library has beside a stream. */
interface Reading { readonly decoder: Cutting }

/** Noise with our ciphers, over connections that send each message whole. */
export function wholeNoise (): (components: Components) => ConnectionEncrypter {
  return components => {
    const encrypter = noise({ crypto: noiseCrypto })(components)
    return {
      protocol: encrypter.protocol,
      secureInbound: async (connection, options) => readsQuietly(await encrypter.secureInbound(sendsWhole(connection), options)),
      secureOutbound: async (connection, options) => readsQuietly(await encrypter.secureOutbound(sendsWhole(connection), options))
    }
  }
}

/** Has a connection send each message whole. One of another kind is left as it is. */
function sendsWhole (connection: MessageStream): MessageStream {
  const sending: MessageStream & Partial<Sending> = connection
  const { sendData } = sending
  if (typeof sendData === 'function') sending.sendData = data => sendData.call(sending, inFewPieces(data))
  return connection
}

/** Has a secured connection read as the file's head says. One of another kind is left as it is. */
function readsQuietly<S extends { readonly connection: object }> (secured: S): S {
  const { connection }: { connection: Partial<Reading> } = secured
  const { decoder } = connection
  if (typeof decoder?.decode !== 'function' || !(decoder.buffer instanceof Uint8ArrayList)) return secured
  const cutter = new MessageCutter()
  // Something may have come since the handshake; of that no message is whole, or it would have been read.
  for (const piece of decoder.buffer) cutter.cut(piece)
  decoder.buffer.consume(decoder.buffer.byteLength)
  decoder.decode = data => cutter.cut(data)
  return secured
}

/** The same bytes in fewer pieces. @internal */
export function inFewPieces (data: Uint8ArrayList): Uint8ArrayList {
  const few = new Uint8ArrayList()
  let small: Uint8Array[] = []
  const gather = (): void => {
    const [only] = small
    if (only !== undefined) few.append(small.length === 1 ? only : Buffer.concat(small))
    small = []
  }
  for (const piece of data) {
    if (piece.length < COPY_BELOW) {
      small.push(piece)
      continue
    }
    const length = small.at(-1)
    const whole = length?.length === ROOM_BYTES ? roomBefore(piece) : undefined
    if (length !== undefined && whole !== undefined) {
      whole.set(length)
      small.pop()
    }
    gather()
    few.append(whole ?? piece)
  }
  gather()
  return few
}
