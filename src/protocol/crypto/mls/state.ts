/** A member's view of a group at one epoch: an immutable value. */
import { decodeGroupState, encodeGroupState, type ClientConfig, type ClientState, type GroupState } from 'ts-mls'
import { BadInputError, decodeCbor, encodeCbor, LIMITS, shape, UnsupportedError } from '../../wire/index.js'
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

/** Wraps what the library made, without what a group of commits alone never needs again: message keys and earlier epochs. */
export function wrapState (suite: MlsSuite, group: GroupState): MlsState {
  const state: MlsState = Object.freeze({
    suite,
    groupId: group.groupContext.groupId.slice(),
    epoch: Number(group.groupContext.epoch),
    ownLeaf: group.privatePath.leafIndex
  })
  groups.set(state, bare(group))
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

/** The state's bytes: dag-cbor [version, cipher suite, ts-mls state]. They hold secrets. */
export function encodeState (state: MlsState): Uint8Array {
  return encodeCbor([VERSION, suiteNumber(state.suite), encodeGroupState(groupOf(state))])
}

/**
 * The state of {@link encodeState}.
 *
 * @throws UnsupportedError for a later format or another suite; BadInputError, TooLargeError for other bytes
 */
export function decodeState (bytes: Uint8Array, suite: MlsSuite): MlsState {
  const [version, number, inner] = envelope(decodeCbor(bytes, LIMITS.mlsStateBytes), 'MLS state')
  if (version !== VERSION) throw new UnsupportedError(`the MLS state has format ${version}; this version of Petrel reads format ${VERSION}: update it`)
  if (number !== suiteNumber(suite)) throw new UnsupportedError(`the MLS state is for cipher suite ${number}, not ${MLS_SUITES[suite]}`)
  const group = decodeAll(inner, LIMITS.mlsStateBytes, 'the MLS state', decodeGroupState)
  if (group.groupContext.cipherSuite !== MLS_SUITES[suite]) throw new BadInputError('the MLS state names two cipher suites')
  if (group.groupContext.epoch > BigInt(Number.MAX_SAFE_INTEGER)) throw new BadInputError('the MLS state is at an epoch beyond all bounds')
  if (group.ratchetTree[group.privatePath.leafIndex * 2]?.nodeType !== 'leaf') throw new BadInputError('the MLS state has no leaf of its own')
  return wrapState(suite, group)
}
