/** A member's view of a group at one epoch: an immutable value. */
import { decodeGroupState, encodeGroupState, type ClientConfig, type ClientState, type GroupState } from 'ts-mls'
import { encode } from 'ts-mls/codec/tlsEncoder.js'
import { decodeEpochReceiverData, epochReceiverDataEncoder } from 'ts-mls/epochReceiverData.js'
import { BadInputError, decodeCbor, encodeCbor, LIMITS, sameBytes, shape, UnsupportedError } from '../../wire/index.js'
import { decodeAll } from './codec.js'
import { MLS_SUITES, suiteNumber, type MlsSuite } from './library.js'

/**
 * A group's state at one epoch. It holds secrets: keep it sealed. Its fields are for reading; all
 * work on it goes through the engine, which never changes a state but gives a new one.
 */
export interface MlsState {
  readonly suite: MlsSuite
  readonly groupId: Uint8Array
  readonly epoch: number
  /** The leaf that this account has in the group. */
  readonly ownLeaf: number
}

const VERSION = 1
const groups = new WeakMap<MlsState, GroupState>()

/** Wraps what the library made; of a cloud chat without what a group of commits alone never needs again: message keys and earlier epochs. */
export function wrapState (suite: MlsSuite, group: GroupState): MlsState {
  const state: MlsState = Object.freeze({
    suite,
    groupId: group.groupContext.groupId.slice(),
    epoch: Number(group.groupContext.epoch),
    ownLeaf: group.privatePath.leafIndex
  })
  groups.set(state, suite === 'secret' ? group : bare(group))
  return state
}

function bare (group: GroupState): GroupState {
  return {
    groupContext: group.groupContext,
    keySchedule: group.keySchedule,
    secretTree: [],
    ratchetTree: group.ratchetTree,
    privatePath: group.privatePath,
    signaturePrivateKey: group.signaturePrivateKey,
    unappliedProposals: {},
    confirmationTag: group.confirmationTag,
    historicalReceiverData: new Map(),
    groupActiveState: group.groupActiveState
  }
}

/** The library's state behind ours. @throws BadInputError for an object that no engine made */
export function groupOf (state: MlsState): GroupState {
  const group = groups.get(state)
  if (group === undefined) throw new BadInputError('this is no MLS state that the engine made')
  return group
}

/** The library's state with a client configuration: decoding drops it, and the library would then trust everyone. */
export function clientOf (state: MlsState, clientConfig: ClientConfig): ClientState {
  return { ...groupOf(state), clientConfig }
}

const envelope = shape.tuple(shape.uint(), shape.uint(0xffff), shape.bytes({ max: LIMITS.mlsStateBytes }))

/** The state's bytes: dag-cbor [version, cipher suite, ts-mls state]. They hold secrets. Earlier epochs are not among them: {@link encodePast}. */
export function encodeState (state: MlsState): Uint8Array {
  return encodeCbor([VERSION, suiteNumber(state.suite), encodeGroupState({ ...groupOf(state), historicalReceiverData: new Map() })])
}

/** The epochs before the present one of which late messages still open, oldest first. */
export function pastEpochs (state: MlsState): number[] {
  return [...groupOf(state).historicalReceiverData.keys()].map(Number).sort((a, b) => a - b)
}

// The library changes none of them in place, and all of them are asked for at each message.
const encodedPasts = new WeakMap<object, Uint8Array>()

/** What opens late messages of an earlier epoch: dag-cbor [version, cipher suite, ts-mls receiver data]. It holds secrets. @throws BadInputError for an epoch that is not kept */
export function encodePast (state: MlsState, epoch: number): Uint8Array {
  const past = groupOf(state).historicalReceiverData.get(BigInt(epoch))
  if (past === undefined) throw new BadInputError(`nothing of epoch ${epoch} is kept`)
  let bytes = encodedPasts.get(past)
  if (bytes === undefined) encodedPasts.set(past, bytes = encodeCbor([VERSION, suiteNumber(state.suite), encode(epochReceiverDataEncoder)(past)]))
  return bytes
}

/** A state together with earlier epochs of it, as {@link encodePast} wrote them. @throws UnsupportedError, BadInputError, TooLargeError for other bytes */
export function withPast (state: MlsState, parts: readonly Uint8Array[]): MlsState {
  const group = groupOf(state)
  const past = parts.map(bytes => decodeAll(openEnvelope(bytes, state.suite), LIMITS.mlsStateBytes, 'the MLS receiver data', decodeEpochReceiverData))
  if (past.some(({ groupContext: { groupId, epoch } }) => !sameBytes(groupId, group.groupContext.groupId) || epoch >= group.groupContext.epoch)) throw new BadInputError('an earlier epoch is of another MLS state')
  return wrapState(state.suite, { ...group, historicalReceiverData: new Map(past.map(one => [one.groupContext.epoch, one])) })
}

/** A state that opens no message of an epoch up to and including `through` any more. */
export function withoutPast (state: MlsState, through: number): MlsState {
  const group = groupOf(state)
  return wrapState(state.suite, { ...group, historicalReceiverData: new Map([...group.historicalReceiverData].filter(([epoch]) => epoch > BigInt(through))) })
}

function openEnvelope (bytes: Uint8Array, suite: MlsSuite): Uint8Array {
  const [version, number, inner] = envelope(decodeCbor(bytes, LIMITS.mlsStateBytes), 'MLS state')
  if (version !== VERSION) throw new UnsupportedError(`the MLS state has format ${version}; this version of Petrel reads format ${VERSION}: update it`)
  if (number !== suiteNumber(suite)) throw new UnsupportedError(`the MLS state is for cipher suite ${number}, not ${MLS_SUITES[suite]}`)
  return inner
}

/**
 * The state of {@link encodeState}.
 *
 * @throws UnsupportedError for a later format or another suite; BadInputError, TooLargeError for other bytes
 */
export function decodeState (bytes: Uint8Array, suite: MlsSuite): MlsState {
  const group = decodeAll(openEnvelope(bytes, suite), LIMITS.mlsStateBytes, 'the MLS state', decodeGroupState)
  if (group.groupContext.cipherSuite !== MLS_SUITES[suite]) throw new BadInputError('the MLS state names two cipher suites')
  if (group.groupContext.epoch > BigInt(Number.MAX_SAFE_INTEGER)) throw new BadInputError('the MLS state is at an epoch beyond all bounds')
  if (group.ratchetTree[group.privatePath.leafIndex * 2]?.nodeType !== 'leaf') throw new BadInputError('the MLS state has no leaf of its own')
  return wrapState(suite, group)
}
