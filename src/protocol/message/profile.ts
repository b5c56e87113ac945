/** What a member of a group calls itself, as its device has signed it in the group's log: newcomers are handed it. MESSAGE.md. */
import { LIMITS, lists, ProofError, sameBytes, shape, TooLargeError, type CheckedManifest, type KeyBytes, type LogId } from '../wire/index.js'
import { decodeBody } from './body.js'
import { openMessage } from './envelope.js'

/** A name that a member gave itself in a chat. */
export interface Profile { readonly account: KeyBytes, readonly name: string }

/** Signed profiles beside an invitation. */
export const profilesShape = shape.array(shape.bytes({ min: 1, max: LIMITS.profileBytes }), LIMITS.mlsMembers)

/**
 * A profile from the signed message that holds it.
 *
 * @throws BadInputError for malformed bytes, TooLargeError
 * @throws ProofError when it is no member's of this chat, or from a device that its account does not list
 */
export function openProfile (bytes: Uint8Array, chat: LogId, members: readonly CheckedManifest[]): Profile {
  if (bytes.length > LIMITS.profileBytes) throw new TooLargeError(`a profile has at most ${LIMITS.profileBytes} bytes`)
  const { message, device } = openMessage(bytes)
  const body = decodeBody(message.body)
  if (body.kind !== 'profile' || !sameBytes(message.chat, chat)) throw new ProofError('what is handed over as a profile is none of this chat')
  const member = members.find(({ manifest }) => sameBytes(manifest.account, message.account))
  if (member === undefined || !lists(member.manifest, device)) throw new ProofError('the profile is of nobody who is in this chat')
  return { account: message.account, name: body.name }
}
