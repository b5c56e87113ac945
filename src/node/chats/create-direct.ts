/** Makes a direct chat: a log of its own, a group of one, and the commit that adds the other. Nothing is sent here. */
import { createCloudKeyPackage, newPqSecret, readCloudKeyPackagePrivate, sealHandshake, sealLink, systemRandom, type MakeMlsEngine, type MlsEngine } from '../../protocol/crypto/index.js'
import { encodeCommitPayload, encodeHandshake, signCommitStatement } from '../../protocol/message/index.js'
import {
  chainStart, encodeCaps, encodeGenesis, LIMITS, logIdOf, randomSeed, signerFromSeed,
  type CheckedManifest, type KeyBytes, type Signer
} from '../../protocol/wire/index.js'
import { engineFor, keysOf, leafIdentityFor, memberCapsOf } from './chat-keys.js'
import type { ChatRecord, PendingCommit } from './chat-record.js'
import { startCursor, type Cursor } from './cursor.js'
import { checkNewcomer, newcomerOf } from './newcomer.js'

/** What a direct chat is made from. */
export interface DirectChatParts {
  me: CheckedManifest
  device: Signer
  peer: CheckedManifest
  /** The peer's published key package record. */
  keyPackage: Uint8Array
  home: { peer: KeyBytes, addrs: string[] }
  now: number
  /** The MLS engine; the library's unless told. */
  mls?: MakeMlsEngine | undefined
}

/**
 * The record and cursor of a new direct chat, at stage `create`.
 *
 * @throws ProofError, ForbiddenError when the key package is not the peer's own or has expired
 */
export async function makeDirectChat (parts: DirectChatParts): Promise<{ record: ChatRecord, cursor: Cursor }> {
  const { me, peer, home, now } = parts
  const engine = engineFor([me, peer], () => now, parts.mls)
  const ownerSeed = randomSeed()
  const genesis = encodeGenesis({ v: 1, kind: 'log', salt: systemRandom(16), owner: signerFromSeed(ownerSeed).key, home: home.peer })
  const log = logIdOf(genesis)
  const gpq = newPqSecret()
  const own = await createCloudKeyPackage(engine, { identity: leafIdentityFor(me, parts.device), notBefore: now - LIMITS.clockSkewMs, notAfter: now + LIMITS.keyPackageLifeMs - 2 * LIMITS.clockSkewMs })
  const state = await engine.createGroup({ groupId: log, keyPackage: readCloudKeyPackagePrivate(own.private).mls, gpq })
  const commit = await addingCommit(engine, state, parts, log, gpq)
  const keys = await keysOf(engine, state, gpq, log)
  const record: ChatRecord = {
    log,
    genesis,
    addrs: home.addrs,
    direct: true,
    title: null,
    stage: 'create',
    members: [{ account: me.manifest.account, manifest: me.bytes }],
    ownerSeed,
    gpq,
    mls: engine.encodeState(state),
    epoch: 0,
    history: keys.history,
    mirror: keys.mirror,
    joined: null,
    commit,
    createdAt: now
  }
  return { record, cursor: startCursor(chainStart(log, home.peer)) }
}

async function addingCommit (engine: MlsEngine, state: Awaited<ReturnType<MlsEngine['createGroup']>>, parts: DirectChatParts, log: Uint8Array, gpq: Uint8Array): Promise<PendingCommit> {
  const package_ = await checkNewcomer(engine, parts.peer, parts.keyPackage)
  const before = await keysOf(engine, state, gpq, log)
  const id = systemRandom(16)
  // The log's first entry: there is nothing before it that its author could have seen.
  const seen = { term: 1, seq: 0, hash: chainStart(log, parts.home.peer) }
  const aad = signCommitStatement({ v: 1, chat: log, epoch: 0, id, seen, manifest: parts.me.hash }, parts.device)
  const made = await engine.commit(state, { add: [package_.mls], update: true, aad })
  const after = await keysOf(engine, made.state, gpq, log)
  const handshake = encodeHandshake({ v: 1, mls: made.commit, manifests: [parts.peer.bytes] })
  const payload = encodeCommitPayload({
    v: 1,
    handshake: sealHandshake(before.handshake, handshake, { log, epoch: 0, id }),
    link: sealLink(after.link, before.history, log, after.epoch)
  })
  return {
    id,
    base: 0,
    payload,
    caps: encodeCaps(memberCapsOf(after)),
    mls: engine.encodeState(made.state),
    inner: made.commitHash,
    welcome: made.welcome ?? null,
    added: [await newcomerOf(package_, parts.peer, gpq, log)]
  }
}
