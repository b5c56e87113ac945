/** Makes the commit that carries out a wish in a group, on the state of the day. Nothing is sent here. */
import { sealHandshake, sealLink, systemRandom, type MakeMlsEngine, type MlsEngine, type MlsState } from '../../../protocol/crypto/index.js'
import { cachedPolicy, encodeCommitPayload, encodeHandshake, openLeafIdentity, signCommitStatement, type Seen } from '../../../protocol/message/index.js'
import { encodeCaps, InternalError, openManifest, sameBytes, type CheckedManifest, type KeyBytes, type Signer } from '../../../protocol/wire/index.js'
import { capsOf, engineFor, keysOf, memberCapsOf, type ChatKeys } from '../chat-keys.js'
import type { ChatRecord, PendingCommit } from '../chat-record.js'
import { checkNewcomer, newcomerOf } from '../newcomer.js'
import { withPolicy } from './group-policy.js'
import type { Intent, Todo } from './intent.js'

/** Somebody to add, as its relay gave it. */
export interface Candidate { readonly manifest: CheckedManifest, readonly keyPackage: Uint8Array }

/** What a commit is made from. */
export interface GroupCommitParts {
  readonly record: ChatRecord
  readonly keys: ChatKeys
  readonly me: CheckedManifest
  readonly device: Signer
  /** Where the log stands, and its last commit. */
  readonly seen: Seen
  readonly base: number
  readonly intent: Intent
  readonly todo: Todo
  /** One for each of `todo.add` that could be had. */
  readonly candidates: readonly Candidate[]
  /** Milliseconds. */
  readonly now: number
  /** The MLS engine; the library's unless told. */
  readonly mls?: MakeMlsEngine | undefined
}

/**
 * The commit, to be kept before it is handed to the home.
 *
 * @throws TooLargeError when it does not fit an entry; ProofError, ForbiddenError for a candidate that does not hold
 */
export async function makeGroupCommit (parts: GroupCommitParts): Promise<PendingCommit> {
  const { record, keys, me, device, seen, base, intent, todo, candidates } = parts
  const { log, gpq, epoch } = record
  const engine = engineFor([...record.members.map(m => openManifest(m.manifest)), ...candidates.map(c => c.manifest)], () => parts.now, parts.mls)
  const state = engine.decodeState(record.mls)
  const newcomers = await Promise.all(candidates.map(async ({ manifest, keyPackage }) => ({ manifest, key: await checkNewcomer(engine, manifest, keyPackage) })))
  const id = systemRandom(16)
  const aad = signCommitStatement({ v: 1, chat: log, epoch, id, seen, manifest: ownManifest(record, me).hash }, device)
  const made = await engine.commit(state, {
    add: newcomers.map(({ key }) => key.mls), remove: todo.remove.map(account => leafOf(engine, state, account)), update: true, aad,
    ...todo.policy === undefined ? {} : { extensions: withPolicy(engine.extensions(state), todo.policy) }
  })
  const after = await keysOf(engine, made.state, gpq, log)
  const mayReadBefore = newcomers.length === 0 || (todo.policy ?? policyOf(record)).history
  const changesMembers = newcomers.length > 0 || todo.remove.length > 0
  const handshake = encodeHandshake({ v: 1, mls: made.commit, manifests: newcomers.map(({ manifest }) => manifest.bytes) })
  return {
    id,
    base,
    payload: encodeCommitPayload({
      v: 1,
      handshake: sealHandshake(keys.handshake, handshake, { log, epoch, id }),
      link: mayReadBefore ? sealLink(after.link, record.history, log, after.epoch) : null
    }),
    caps: encodeCaps(changesMembers ? memberCapsOf(after) : capsOf(after)),
    mls: engine.encodeState(made.state),
    welcome: made.welcome ?? null,
    added: await Promise.all(newcomers.map(async ({ manifest, key }) => await newcomerOf(key, manifest, gpq, log))),
    intents: [intent.id]
  }
}

/** The group's policy. @throws InternalError for a chat that has none */
export function policyOf ({ policy }: Pick<ChatRecord, 'policy'>): ReturnType<typeof cachedPolicy> {
  if (policy === undefined) throw new InternalError('only a group has a policy')
  return cachedPolicy(policy)
}

/** The manifest that the own leaf stands on. */
function ownManifest ({ members }: ChatRecord, me: CheckedManifest): CheckedManifest {
  const own = members.find(m => sameBytes(m.account, me.manifest.account))
  if (own === undefined) throw new InternalError('this account is no member of the group')
  return openManifest(own.manifest)
}

function leafOf (engine: MlsEngine, state: MlsState, account: KeyBytes): number {
  const member = engine.members(state).find(({ identity, signatureKey }) => sameBytes(openLeafIdentity(identity, signatureKey).identity.account, account))
  if (member === undefined) throw new InternalError('an account that is to be removed has no leaf')
  return member.leaf
}
