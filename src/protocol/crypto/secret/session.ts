/**
 * A secret chat's keys: two-leaf MLS in which the members take turns to commit (DESIGN section 5). At epoch e only leaf
 * e mod 2 commits, with its first message of the turn, and that commit rides on each of its messages until the other's
 * next one: so no two commits ever meet, every round trip renews all keys, and loss, order and duplication do not matter.
 * Sessions are immutable values; nothing here waits, stores or sends. Keep the new session before a frame leaves.
 */
import { mlsExporter } from 'ts-mls'
import { ConflictError, decodeCbor, encodeCbor, ForbiddenError, LIMITS, NotFoundError, ProofError, sameBytes, shape } from '../../wire/index.js'
import { CRYPTO_LABELS } from '../labels.js'
import { readCommit } from '../mls/codec.js'
import { makeCommit } from '../mls/commit.js'
import { algorithms, type EngineContext } from '../mls/context.js'
import { onOwn } from '../mls/errors.js'
import { joinByWelcome, makeGroup } from '../mls/join.js'
import { membersOf, type CommitPolicy, type MlsMember, type ValidateCredential } from '../mls/member.js'
import { processCommit } from '../mls/process.js'
import { protectMessage, unprotectMessage } from '../mls/protect.js'
import { groupOf, pastEpochs, withoutPast, type MlsState } from '../mls/state.js'
import { systemRandom, type RandomBytes } from '../random.js'
import { openSecretFrame, sealSecretFrame, secretAddress } from './pipe.js'

/** What judges and times a session. */
export interface SecretOptions {
  /** Vouches for the other device's leaf: at the start, and whenever a commit renews it. */
  readonly validateCredential: ValidateCredential
  /** Unix milliseconds. */
  readonly now: () => number
}

/** The pipe secret of an epoch, and when that epoch ended here (ms); null while it lasts. */
export interface SecretEpoch { readonly epoch: number, readonly pipe: Uint8Array, readonly endedAt: number | null }

/** A device's view of a secret chat. It holds secrets: keep it sealed. */
export interface SecretSession {
  readonly mls: MlsState
  /** The own commit that began the present epoch, until the other device has committed on it; it rides on every message. */
  readonly ride: Uint8Array | null
  /** The present epoch last, before it those of which late frames still open. */
  readonly epochs: readonly SecretEpoch[]
}

/** A frame to hand over at an address. */
export interface SecretFrame { readonly address: Uint8Array, readonly frame: Uint8Array }

/** A place at which this device listens. */
export interface SecretListening { readonly epoch: number, readonly address: Uint8Array }

const EXPORT_BYTES = 32
const frameShape = shape.struct({
  v: shape.literal(1),
  /** The commit that began the message's epoch, while it rides. */
  commit: shape.nullable(shape.bytes({ min: 1, max: LIMITS.pipeFrameBytes })),
  message: shape.bytes({ min: 1, max: LIMITS.pipeFrameBytes })
})

/**
 * Begins a chat with the device that published a key package; `chat` is 16 random bytes, never used for two chats.
 *
 * @returns the session, and the Welcome for the other device
 * @throws ProofError, ForbiddenError for a key package that does not hold or is not vouched for
 */
export async function startSecret (options: SecretOptions, start: { chat: Uint8Array, keyPackage: Uint8Array, peer: Uint8Array }): Promise<{ session: SecretSession, welcome: Uint8Array }> {
  const context = contextOf(options)
  const alone = await makeGroup(context, { groupId: start.chat, keyPackage: start.keyPackage })
  // The path makes the first epoch's secret depend on fresh keys, not on the key package alone.
  const { state, welcome } = await makeCommit(context, alone, { add: [start.peer] })
  if (welcome === undefined) throw new ProofError('an add made no Welcome')
  return { session: await begun(context, withoutPast(state, 0)), welcome }
}

/**
 * Accepts a chat by the Welcome that came with it. Whatever opened it (the private key package) must be forgotten with
 * the session's first write.
 *
 * @throws BadInputError, ProofError for a Welcome that does not hold; ForbiddenError for a device that is not vouched for, or a group that is none of two
 */
export async function acceptSecret (options: SecretOptions, accept: { welcome: Uint8Array, keyPackage: Uint8Array }): Promise<SecretSession> {
  const context = contextOf(options)
  const state = await joinByWelcome(context, accept)
  if (state.epoch !== 1 || state.ownLeaf !== 1 || membersOf(groupOf(state)).length !== 2) throw new ForbiddenError('a secret chat is of two devices, from its first epoch on')
  return await begun(context, state)
}

/** The other device's leaf. */
export function secretPeer (session: SecretSession): MlsMember {
  const peer = membersOf(groupOf(session.mls)).find(({ leaf }) => leaf !== session.mls.ownLeaf)
  if (peer === undefined) throw new ProofError('the secret chat has no other device')
  return peer
}

/** Seals a message, with a commit when it is this device's turn. Keep the session it gives before the frame leaves. @throws TooLargeError for what fits no frame */
export async function sealSecret (options: SecretOptions, session: SecretSession, plaintext: Uint8Array, random: RandomBytes = systemRandom): Promise<{ session: SecretSession, frame: SecretFrame }> {
  const context = contextOf(options)
  const turned = isTurnOf(session.mls.epoch, session.mls.ownLeaf) ? await turn(context, session) : session
  const { state, message } = await protectMessage(context, turned.mls, plaintext)
  const next = { ...turned, mls: state }
  // The other device may not have the commit yet: it has what was before.
  const base = epochOf(next, next.ride === null ? state.epoch : state.epoch - 1)
  const to = 1 - state.ownLeaf
  const bytes = encodeCbor({ v: 1, commit: next.ride, message })
  return { session: next, frame: { address: secretAddress(base.pipe, to), frame: sealSecretFrame(base.pipe, bytes, { chat: state.groupId, epoch: base.epoch, to }, random) } }
}

/**
 * Opens a frame that came at the address of an epoch. The given session stays.
 *
 * @throws NotFoundError when its key is not there any more: it was opened before, or came too late
 * @throws DecryptError, BadInputError, ProofError, ForbiddenError, UnsupportedError for what does not hold: it is dropped
 */
export async function openSecret (options: SecretOptions, session: SecretSession, epoch: number, frame: Uint8Array): Promise<{ session: SecretSession, plaintext: Uint8Array }> {
  const context = contextOf(options)
  const { mls } = session
  const { commit, message } = frameShape(decodeCbor(openSecretFrame(epochOf(session, epoch).pipe, frame, { chat: mls.groupId, epoch, to: mls.ownLeaf }), LIMITS.pipeFrameBytes), 'secret frame')
  const turned = commit === null ? session : await follow(context, session, commit)
  const opened = await unprotectMessage(context, turned.mls, message)
  return { session: { ...turned, mls: opened.state }, plaintext: opened.plaintext }
}

/** Where this device listens now: the present epoch's address, and those of epochs of which late frames still open. */
export function secretListening (session: SecretSession): SecretListening[] {
  return session.epochs.map(({ epoch, pipe }) => ({ epoch, address: secretAddress(pipe, session.mls.ownLeaf) }))
}

/** The session without the keys of epochs that ended at or before a time (ms): what is still on its way from then is lost for good. */
export function forgetSecret (session: SecretSession, endedBefore: number): SecretSession {
  const gone = session.epochs.filter(({ endedAt }) => endedAt !== null && endedAt <= endedBefore)
  const last = gone.at(-1)
  if (last === undefined) return session
  return { ...session, mls: withoutPast(session.mls, last.epoch), epochs: session.epochs.filter(one => !gone.includes(one)) }
}

function contextOf ({ validateCredential, now }: SecretOptions): EngineContext { return { suite: 'secret', validateCredential, now } }

function isTurnOf (epoch: number, leaf: number): boolean { return epoch % 2 === leaf }

async function begun (context: EngineContext, mls: MlsState): Promise<SecretSession> {
  return { mls, ride: null, epochs: [{ epoch: mls.epoch, pipe: await pipeSecret(context, mls), endedAt: null }] }
}

async function pipeSecret (context: EngineContext, state: MlsState): Promise<Uint8Array> {
  const impl = await algorithms(context)
  return await onOwn('the pipe secret cannot be derived', async () => await mlsExporter(groupOf(state).keySchedule.exporterSecret, CRYPTO_LABELS.secretExporter, state.groupId, EXPORT_BYTES, impl))
}

async function turn (context: EngineContext, session: SecretSession): Promise<SecretSession> {
  const { state, commit } = await makeCommit(context, session.mls, { update: true })
  return await advanced(context, session, state, commit)
}

/** Takes the commit that rides on a frame, unless it was taken before. */
async function follow (context: EngineContext, session: SecretSession, bytes: Uint8Array): Promise<SecretSession> {
  const { epoch, senderLeaf } = readCommit(bytes)
  if (senderLeaf === session.mls.ownLeaf || !isTurnOf(epoch, senderLeaf)) throw new ForbiddenError('a secret chat\'s commit was made out of turn')
  if (epoch < session.mls.epoch) return session
  // The other device takes no turn before it has seen this one's.
  if (epoch > session.mls.epoch) throw new ConflictError('a secret chat\'s commit is of an epoch that is still to come')
  const taken = await processCommit(context, session.mls, bytes, onlyRenewal)
  if (taken.removedSelf) throw new ForbiddenError('a secret chat\'s commit removes this device')
  return await advanced(context, session, taken.state, null)
}

async function advanced (context: EngineContext, session: SecretSession, mls: MlsState, ride: Uint8Array | null): Promise<SecretSession> {
  const kept = new Set(pastEpochs(mls))
  const endedAt = context.now()
  const before = session.epochs.map(one => one.endedAt === null ? { ...one, endedAt } : one).filter(({ epoch }) => kept.has(epoch))
  return { mls, ride, epochs: [...before, { epoch: mls.epoch, pipe: await pipeSecret(context, mls), endedAt: null }] }
}

/** A device renews its own leaf's keys, and changes nothing else: not who it is either. */
const onlyRenewal: CommitPolicy = ({ added, removed, extensions, updated }) => {
  if (added.length > 0 || removed.length > 0 || extensions !== undefined) throw new ForbiddenError('nobody is added to or removed from a secret chat')
  if (updated === undefined) throw new ForbiddenError('a secret chat\'s commit renews no keys')
  const { before, after } = updated
  if (!sameBytes(before.identity, after.identity) || !sameBytes(before.signatureKey, after.signatureKey)) throw new ForbiddenError('a secret chat\'s commit puts another device into a leaf')
}

function epochOf ({ epochs }: SecretSession, epoch: number): SecretEpoch {
  const found = epochs.find(one => one.epoch === epoch)
  if (found === undefined) throw new NotFoundError(`nothing of epoch ${epoch} is kept`)
  return found
}
