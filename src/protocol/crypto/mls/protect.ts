/** Messages inside MLS (RFC 9420 section 6.3.2), for secret chats: each has a key of its own, which is gone once it was used. */
import { createApplicationMessage, emptyPskIndex, encodeMlsMessage, processPrivateMessage } from 'ts-mls'
import { decryptSenderData } from 'ts-mls/privateMessage.js'
import { InternalError, NotFoundError, ProofError, type PetrelError } from '../../wire/index.js'
import { readPrivateMessage } from './codec.js'
import { clientConfig } from './config.js'
import { algorithms, type EngineContext } from './context.js'
import { onForeign, onOwn } from './errors.js'
import { clientOf, groupOf, wrapState, type MlsState } from './state.js'

/** A sealed message and the state after it, whose next message has another key. */
export interface ProtectedMessage { readonly state: MlsState, readonly message: Uint8Array }

/** An opened message and the state after it, which opens it no more. */
export interface OpenedMessage { readonly state: MlsState, readonly plaintext: Uint8Array }

/** Seals a message under the next key of the own leaf. Keep the new state before the message leaves: two messages under one key would give both away. */
export async function protectMessage (context: EngineContext, state: MlsState, plaintext: Uint8Array): Promise<ProtectedMessage> {
  const impl = await algorithms(context)
  const { newState, privateMessage } = await onOwn('the message cannot be sealed', async () => await createApplicationMessage(clientOf(state, clientConfig(context)), plaintext, impl))
  return { state: wrapState(state.suite, newState), message: encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage }) }
}

/**
 * Opens a message of this epoch or of one that is still kept. The given state stays.
 *
 * @throws NotFoundError when its key is not there any more: it was opened before, or came too late
 * @throws BadInputError, TooLargeError for other bytes; ProofError for a message that does not hold, is of an epoch to come, of another group, or of the own leaf
 */
export async function unprotectMessage (context: EngineContext, state: MlsState, bytes: Uint8Array): Promise<OpenedMessage> {
  const message = readPrivateMessage(bytes)
  const impl = await algorithms(context)
  const group = groupOf(state)
  const own = { epoch: group.groupContext.epoch, secret: group.keySchedule.senderDataSecret, ratchets: group.secretTree }
  const past = group.historicalReceiverData.get(message.epoch)
  if (message.epoch > own.epoch) throw new ProofError('the message is of an epoch that is still to come')
  const at = message.epoch === own.epoch ? own : past === undefined ? undefined : { secret: past.senderDataSecret, ratchets: past.secretTree }
  if (at === undefined) throw gone()
  return await onForeign('the message', async () => {
    const sender = await decryptSenderData(message, at.secret, impl)
    if (sender === undefined) throw new ProofError('the message names no sender')
    if (sender.leafIndex === state.ownLeaf) throw new ProofError('the message was sealed by the own leaf: somebody hands it back')
    const ratchet = at.ratchets[sender.leafIndex * 2]?.application
    if (ratchet === undefined) throw new ProofError('the message is of a leaf that has no member')
    if (ratchet.generation > sender.generation && ratchet.unusedGenerations[sender.generation] === undefined) throw gone()
    const opened = await processPrivateMessage(clientOf(state, clientConfig(context)), message, emptyPskIndex, impl)
    if (opened.kind !== 'applicationMessage') throw new InternalError('a message is none')
    return { state: wrapState(state.suite, opened.newState), plaintext: opened.message }
  })
}

function gone (): PetrelError { return new NotFoundError('the key of this message is not there any more: it was opened before, or came too late') }
