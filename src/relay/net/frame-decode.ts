/** The meaning of one frame's bytes: which frame it is, and that its fields are in order. Pure. */
import { BadInputError, LIMITS, PetrelError, pb, plainCall } from '../../protocol/wire/index.js'
import { knownField } from './frame-walk.js'

/** A frame that this build knows, checked. `unknown` is a frame of a later version, to be skipped. */
export type Frame =
  | { readonly kind: 'hello', readonly hello: pb.Hello }
  | { readonly kind: 'call', readonly call: pb.Call }
  | { readonly kind: 'reply', readonly reply: pb.Reply }
  | { readonly kind: 'push', readonly push: pb.Push }
  | { readonly kind: 'credit', readonly bytes: number }
  | { readonly kind: 'cancel', readonly id: number }
  | { readonly kind: 'moved', readonly relays: string[], readonly retryMs: number }
  | { readonly kind: 'closing', readonly failure: pb.Failure }
  | { readonly kind: 'probe', readonly answer: boolean }
  | { readonly kind: 'unknown' }

const UNKNOWN: Frame = { kind: 'unknown' }
const LAST_FIELD = 9

/**
 * Decodes one frame.
 * @throws BadInputError when it is malformed: two frames in one, a field cut short, an id or kind that is missing
 */
export function decodeFrame (bytes: Uint8Array): Frame {
  // Nearly all are; those that are not in order are found out below.
  const call = plainCall(bytes)
  if (call !== undefined && call.id > 0 && call.method > 0) return { kind: 'call', call }
  try {
    const found = knownField(bytes, LAST_FIELD)
    return found === undefined ? UNKNOWN : decodeBody(found.field, found.body)
  } catch (error) {
    if (error instanceof PetrelError) throw error
    throw new BadInputError('the peer sent a malformed frame', { cause: error })
  }
}

function decodeBody (field: number, body: Uint8Array): Frame {
  switch (field) {
    case 1: return { kind: 'hello', hello: checkHello(pb.Hello.decode(body)) }
    case 2: return { kind: 'call', call: checkCall(pb.Call.decode(body)) }
    case 3: return { kind: 'reply', reply: checkReply(pb.Reply.decode(body)) }
    case 4: return { kind: 'push', push: checkPush(pb.Push.decode(body)) }
    case 5: return { kind: 'credit', bytes: positive(pb.Credit.decode(body).bytes, 'credit') }
    case 6: return { kind: 'cancel', id: positive(pb.Cancel.decode(body).id, 'cancel id') }
    case 7: return checkMoved(pb.Moved.decode(body))
    case 8: return { kind: 'closing', failure: checkFailure(pb.Failure.decode(body)) }
    default: return { kind: 'probe', answer: pb.Probe.decode(body).answer }
  }
}

function positive (value: number, what: string): number {
  if (value < 1) throw new BadInputError(`the peer sent a ${what} of zero`)
  return value
}

/** Printable ASCII: what a name or an address on the wire may be made of. */
const PRINTABLE = /^[\x20-\x7e]*$/

function printable (text: string, maxBytes: number, what: string): string {
  if (text.length > maxBytes || !PRINTABLE.test(text)) throw new BadInputError(`the peer sent ${what} that is not plain text of at most ${maxBytes} bytes`)
  return text
}

function checkHello (hello: pb.Hello): pb.Hello {
  positive(hello.min, 'lowest version')
  if (hello.max < hello.min) throw new BadInputError('the peer sent a Hello whose highest version is below its lowest')
  if (hello.nonce.length !== 32) throw new BadInputError(`the peer sent a Hello with a nonce of ${hello.nonce.length} bytes, not 32`)
  if (hello.features.length > LIMITS.helloFeatures) throw new BadInputError(`the peer sent a Hello with over ${LIMITS.helloFeatures} features`)
  for (const feature of hello.features) printable(feature, LIMITS.helloNameBytes, 'a feature')
  printable(hello.agent, LIMITS.helloNameBytes, 'an agent name')
  if (hello.maxFrameBytes < LIMITS.helloBytes) throw new BadInputError(`the peer takes frames of ${hello.maxFrameBytes} bytes only; at least ${LIMITS.helloBytes} are needed`)
  return hello
}

function checkCall (call: pb.Call): pb.Call {
  positive(call.id, 'call id')
  positive(call.method, 'method')
  return call
}

function checkReply (reply: pb.Reply): pb.Reply {
  positive(reply.id, 'reply id')
  if ((reply.body === undefined) === (reply.failure === undefined)) throw new BadInputError('the peer sent a reply that has not exactly one of body and failure')
  if (reply.failure !== undefined) checkFailure(reply.failure)
  return reply
}

function checkPush (push: pb.Push): pb.Push {
  positive(push.kind, 'push kind')
  return push
}

/** A failure that is in order. @throws BadInputError for one that is not */
export function checkFailure (failure: pb.Failure): pb.Failure {
  if (!/^[A-Z][A-Z0-9_]{0,63}$/.test(failure.code)) throw new BadInputError('the peer sent a failure without a proper code')
  if (failure.details.length > LIMITS.failureDetailsBytes) throw new BadInputError('the peer sent a failure with too many facts')
  return failure
}

function checkMoved (moved: pb.Moved): Frame {
  if (moved.relays.length > LIMITS.movedRelays) throw new BadInputError(`the peer named over ${LIMITS.movedRelays} relays to move to`)
  for (const relay of moved.relays) printable(relay, LIMITS.addressBytes, 'a relay address')
  return { kind: 'moved', relays: moved.relays, retryMs: moved.retryMs }
}
