/**
 * The owner key of a chat's log: in a group its owner and the admins who may delete or ban hold it, in a direct chat both. A
 * commit that changes who they are, or what devices they have, gives the log a fresh one, sealed to each of them. No I/O;
 * MLS is asked. MESSAGE.md, the owner key.
 */
import { openOwnerKey, sealOwnerKey, type MlsEngine, type MlsState } from '../../../protocol/crypto/index.js'
import { cachedPolicy, ownerKeyHolders, sameHolders, type CommitStatement, type OwnerGift } from '../../../protocol/message/index.js'
import { ForbiddenError, handOver, InternalError, PetrelError, ProofError, randomSeed, sameBytes, signerFromSeed, type Caps, type EntryId, type KeyBytes } from '../../../protocol/wire/index.js'
import type { ChatRecord } from '../chat-record.js'
import { leafIdentityOf } from '../member-manifests.js'

/** `repaired`: members whose leaves a commit has put in anew. They get no key with it: what is sealed to their old leaves others may open. */
type Group = Pick<ChatRecord, 'members' | 'policy'> & { readonly repaired?: readonly KeyBytes[] }
/** What a record says of the owner key. */
export type OwnerPart = Pick<ChatRecord, 'ownerSeed' | 'holders'>

const isIn = (list: readonly KeyBytes[], account: KeyBytes): boolean => list.some(one => sameBytes(one, account))
const holdersBy = ({ members, policy }: Group): KeyBytes[] => policy === undefined ? members.map(({ account }) => account).sort((a, b) => Buffer.compare(a, b)) : ownerKeyHolders(cachedPolicy(policy))

/** Whether an account may hold the key. */
export function mayHold (group: Group, account: KeyBytes): boolean { return isIn(holdersBy(group), account) }

/** Of those who may hold a key, the ones who do after a commit. */
const givenTo = (after: Group): KeyBytes[] => holdersBy(after).filter(account => !isIn(after.repaired ?? [], account))

/**
 * Whether this account's next commit gives the log another owner key: it holds the one in force, and others may hold one
 * after the commit than those for whom that one was made, or a device of this account that has it counts no more.
 *
 * @param after - the chat after the commit
 * @param revokes - the commit takes a device of this account out of the chat
 */
export function isKeyDue (record: Group & OwnerPart, me: KeyBytes, after: Group = record, revokes = false): boolean {
  if (record.ownerSeed === null || !isIn(holdersBy(record), me)) return false
  const madeFor = record.holders ?? (record.policy === undefined ? holdersBy(record) : [me])
  return revokes || !sameHolders(madeFor, holdersBy(after))
}

/** A fresh owner key on its way. */
export interface GivenKey { readonly seed: Uint8Array, readonly gift: OwnerGift, readonly sign: (caps: Caps) => Caps }

/** What a key is given with: the group before the commit, at its MLS state, and after it. */
export interface GiftParts {
  readonly engine: MlsEngine
  readonly state: MlsState
  readonly record: Pick<ChatRecord, 'log' | 'members' | 'policy' | 'ownerSeed'>
  readonly after: Group
  readonly me: KeyBytes
  /** The commit's. */
  readonly id: EntryId
}

/** A fresh owner key for the holders after a commit. */
export async function giveOwnerKey ({ engine, state, record, after, me, id }: GiftParts): Promise<GivenKey> {
  const { log, ownerSeed } = record
  if (ownerSeed === null) throw new InternalError('only who holds the owner key gives the log another one')
  const seed = randomSeed()
  const key = signerFromSeed(seed).key
  const leaves = engine.members(state).map(({ leaf, identity, signatureKey }) => ({ leaf, account: leafIdentityOf(identity, signatureKey).identity.account }))
  const boxes = await Promise.all(recipients(record, after, me).map(async account => {
    const there = leaves.find(one => sameBytes(one.account, account))
    if (there === undefined) throw new InternalError('an account that is to hold the owner key has no leaf')
    return { account, sealed: await sealOwnerKey(engine, state, there.leaf, seed, { log, id, account }) }
  }))
  return { seed, gift: { key, boxes }, sign: caps => handOver(log, { ...caps, owner: key }, signerFromSeed(ownerSeed)) }
}

/** Who gets a key with a commit: the holders after it who were members before it, but for the committer. Who comes in by it has no leaf to seal to yet. */
function recipients (before: Group, after: Group, by: KeyBytes): KeyBytes[] {
  const accounts = ({ members }: Group): KeyBytes[] => members.map(({ account }) => account)
  return givenTo(after).filter(account => !sameBytes(account, by) && isIn(accounts(before), account) && isIn(accounts(after), account))
}

/**
 * Checks what another's commit says of the owner key: the log's new one is the one that its maker names, who may hold
 * the one before, and it is sealed to all who may hold it and to nobody else. Every member finds the same.
 *
 * @throws ProofError, ForbiddenError
 */
export function requireGift (before: Group, after: Group, { owner: gift }: Pick<CommitStatement, 'owner'>, told: KeyBytes | undefined, by: KeyBytes): void {
  if (gift === undefined ? told !== undefined : told === undefined || !sameBytes(told, gift.key)) throw new ProofError('the commit gives the log another owner key than its maker says')
  if (gift === undefined) return
  if (!isIn(holdersBy(before), by)) throw new ForbiddenError('giving a group\'s log another owner key takes being its owner, or an admin who may delete or ban')
  if (!sameHolders(gift.boxes.map(({ account }) => account), recipients(before, after, by))) throw new ForbiddenError('the commit gives the log\'s owner key to others than may hold it')
}

/** What this account has of the owner key after another's commit. A box that does not open leaves it without one. */
export async function takeGift (record: Pick<ChatRecord, 'log'> & OwnerPart, after: Group, { owner: gift, id }: Pick<CommitStatement, 'owner' | 'id'>, { engine, state, me }: { engine: MlsEngine, state: MlsState, me: KeyBytes | undefined }): Promise<OwnerPart> {
  const holders = givenTo(after)
  const isHolder = me !== undefined && isIn(holders, me)
  if (gift === undefined) return { ...holdersPart(record.holders, after), ownerSeed: isHolder ? record.ownerSeed : null }
  const box = isHolder ? gift.boxes.find(({ account }) => sameBytes(account, me)) : undefined
  const seed = box === undefined ? null : await opened(engine, state, box.sealed, { log: record.log, id, account: box.account })
  return { holders, ownerSeed: seed !== null && sameBytes(signerFromSeed(seed).key, gift.key) ? seed : null }
}

/** What this account has of the owner key after its own commit. `seed`: of the key that it gave the log, null for one that is not here any more; undefined when it gave none. */
export function keepGiven (record: OwnerPart, after: Group, seed: Uint8Array | null | undefined, me: KeyBytes): OwnerPart {
  const holders = givenTo(after)
  const isHolder = isIn(holders, me)
  return seed === undefined ? { ...holdersPart(record.holders, after), ownerSeed: isHolder ? record.ownerSeed : null } : { holders, ownerSeed: isHolder ? seed : null }
}

/** A key of which a revoked device may know is due to be another one: it counts as not given to whose leaf was repaired. */
function holdersPart (holders: KeyBytes[] | undefined, after: Group): Pick<ChatRecord, 'holders'> {
  const { repaired = [] } = after
  const known = holders ?? (repaired.length > 0 && after.policy === undefined ? holdersBy(after) : undefined)
  return known === undefined ? {} : { holders: known.filter(account => !isIn(repaired, account)) }
}

async function opened (engine: MlsEngine, state: MlsState, sealed: Uint8Array, place: Parameters<typeof openOwnerKey>[3]): Promise<Uint8Array | null> {
  try {
    return await openOwnerKey(engine, state, sealed, place)
  } catch (error) {
    // Its maker sealed rubbish: the commit counts for all the same, or members would part over it.
    if (error instanceof PetrelError) return null
    throw error
  }
}
