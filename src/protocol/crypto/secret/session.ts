/**
 * A secret chat's keys: two-leaf MLS in which the members take turns to commit (DESIGN section 5). At epoch e only leaf
 * e mod 2 commits, with its first message of the turn, and that commit rides on each of its messages until the other's
 * next one: so no two commits ever meet, every round trip renews all keys, and loss, order and duplication do not matter.
 * Sessions are immutable values; nothing here waits, stores or sends. Keep the new session before a frame leaves.
 */
import { ConflictError, decodeCbor, encodeCbor, ForbiddenError, LIMITS, NotFoundError, ProofError, sameBytes, shape } from '../../wire/index.js'
import { CRYPTO_LABELS } from '../labels.js'
import type { CommitPolicy, MlsMember, MlsState, SecretMls } from '../mls/index.js'
import { systemRandom, type RandomBytes } from '../random.js'
import { openSecretFrame, sealSecretFrame, secretAddress } from './pipe.js'

/** What a session works with. */
export interface SecretOptions {
  /** Its judge of credentials vouches for the other device's leaf: at the start, and whenever a commit renews it. */
  readonly mls: SecretMls
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
/** The epoch that begins with the Welcome. */
const FIRST_EPOCH = 1
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
  const { mls } = options
  const alone = await mls.createGroup({ groupId: start.chat, keyPackage: start.keyPackage })
  const { state, welcome } = await mls.commit(alone, { add: [start.peer] })
  if (welcome === undefined) throw new ProofError('an add made no Welcome')
  return { session: await begun(options, mls.withoutPast(state, 0)), welcome }
}

/**
 * Accepts a chat by the Welcome that came with it. Whatever opened it (the private key package) must be forgotten with
 * the session's first write.
 *
 * @throws BadInputError, ProofError for a Welcome that does not hold; ForbiddenError for a device that is not vouched for, or a group that is none of two
 */
export async function acceptSecret (options: SecretOptions, accept: { welcome: Uint8Array, keyPackage: Uint8Array }): Promise<SecretSession> {
  const state = await options.mls.join(accept)
  if (state.epoch !== FIRST_EPOCH || state.ownLeaf !== 1 || options.mls.members(state).length !== 2) throw new ForbiddenError('a secret chat is of two devices, from its first epoch on')
  return await begun(options, state)
}

/** The other device's leaf. */
export function secretPeer ({ mls }: SecretOptions, session: SecretSession): MlsMember {
  const peer = mls.members(session.mls).find(({ leaf }) => leaf !== session.mls.ownLeaf)
  if (peer === undefined) throw new ProofError('the secret chat has no other device')
  return peer
}

/** Seals a message, with a commit when it is this device's turn. Keep the session it gives before the frame leaves. @throws TooLargeError for what fits no frame */
export async function sealSecret (options: SecretOptions, session: SecretSession, plaintext: Uint8Array, random: RandomBytes = systemRandom): Promise<{ session: SecretSession, frame: SecretFrame }> {
  const turned = isTurnOf(session.mls.epoch, session.mls.ownLeaf) ? await turn(options, session) : session
  const { state, message } = await options.mls.protect(turned.mls, plaintext)
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
  const { mls } = session
  const { commit, message } = frameShape(decodeCbor(openSecretFrame(epochOf(session, epoch).pipe, frame, { chat: mls.groupId, epoch, to: mls.ownLeaf }), LIMITS.pipeFrameBytes), 'secret frame')
  const turned = commit === null ? session : await follow(options, session, commit)
  const opened = await options.mls.unprotect(turned.mls, message)
  return { session: { ...turned, mls: opened.state }, plaintext: opened.plaintext }
}

/**
 * Where this device listens now. The other seals for the epoch that its own commit ends, or for the first one, which no
 * commit of its began: so of the present epoch, and of those of which late frames still open, about each other one counts.
 */
export function secretListening ({ epochs, mls: { ownLeaf } }: SecretSession): SecretListening[] {
  const heard = epochs.filter(({ epoch }) => epoch === FIRST_EPOCH || isTurnOf(epoch, 1 - ownLeaf))
  return heard.map(({ epoch, pipe }) => ({ epoch, address: secretAddress(pipe, ownLeaf) }))
}

/** The session without the keys of epochs that ended at or before a time (ms): what is still on its way from then is lost for good. */
export function forgetSecret ({ mls }: SecretOptions, session: SecretSession, endedBefore: number): SecretSession {
  const gone = session.epochs.filter(({ endedAt }) => endedAt !== null && endedAt <= endedBefore)
  const last = gone.at(-1)
  if (last === undefined) return session
  return { ...session, mls: mls.withoutPast(session.mls, last.epoch), epochs: session.epochs.filter(one => !gone.includes(one)) }
}

function isTurnOf (epoch: number, leaf: number): boolean { return epoch % 2 === leaf }

async function begun (options: SecretOptions, mls: MlsState): Promise<SecretSession> {
  return { mls, ride: null, epochs: [{ epoch: mls.epoch, pipe: await pipeSecret(options, mls), endedAt: null }] }
}

async function pipeSecret ({ mls }: SecretOptions, state: MlsState): Promise<Uint8Array> {
  return await mls.exportSecret(state, CRYPTO_LABELS.secretExporter, state.groupId, EXPORT_BYTES)
}

async function turn (options: SecretOptions, session: SecretSession): Promise<SecretSession> {
  const { state, commit } = await options.mls.commit(session.mls, { update: true })
  return await advanced(options, session, state, commit)
}

/** Takes the commit that rides on a frame, unless it was taken before. */
async function follow (options: SecretOptions, session: SecretSession, bytes: Uint8Array): Promise<SecretSession> {
  const { epoch, senderLeaf } = options.mls.commitClaim(bytes)
  if (senderLeaf === session.mls.ownLeaf || !isTurnOf(epoch, senderLeaf)) throw new ForbiddenError('a secret chat\'s commit was made out of turn')
  if (epoch < session.mls.epoch) return session
  // The other device takes no turn before it has seen this one's.
  if (epoch > session.mls.epoch) throw new ConflictError('a secret chat\'s commit is of an epoch that is still to come')
  const taken = await options.mls.process(session.mls, bytes, onlyRenewal)
  if (taken.removedSelf) throw new ForbiddenError('a secret chat\'s commit removes this device')
  return await advanced(options, session, taken.state, null)
}

async function advanced (options: SecretOptions, session: SecretSession, mls: MlsState, ride: Uint8Array | null): Promise<SecretSession> {
  const kept = new Set(options.mls.pastEpochs(mls))
  const endedAt = options.now()
  const before = session.epochs.map(one => one.endedAt === null ? { ...one, endedAt } : one).filter(({ epoch }) => kept.has(epoch))
  return { mls, ride, epochs: [...before, { epoch: mls.epoch, pipe: await pipeSecret(options, mls), endedAt: null }] }
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
