/** Makes a direct chat: a log of its own, a group of one, and the commit that adds the other. Nothing is sent here. */
import { createCloudKeyPackage, newPqSecret, readCloudKeyPackage, readCloudKeyPackagePrivate, sealHandshake, sealLink, sealPq, systemRandom, type MakeMlsEngine, type MlsEngine } from '../../protocol/crypto/index.js'
import { encodeCommitPayload, encodeHandshake, signCommitStatement } from '../../protocol/message/index.js'
import {
  chainStart, encodeCaps, encodeGenesis, ForbiddenError, LIMITS, logIdOf, openKeyPackage, lists, ProofError, randomSeed, sameBytes, signerFromSeed,
  type CheckedManifest, type KeyBytes, type Signer
} from '../../protocol/wire/index.js'
import { engineFor, keysOf, leafIdentityFor, manifestOfLeaf, memberCapsOf } from './chat-keys.js'
import type { ChatRecord, PendingCommit } from './chat-record.js'
import { startCursor, type Cursor } from './cursor.js'

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
  const package_ = await checkedKeyPackage(engine, parts)
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
    welcome: made.welcome ?? null,
    added: { member: { account: parts.peer.manifest.account, manifest: parts.peer.bytes }, keyPackage: package_.hash, pq: await sealPq(package_.xwing, gpq, log) }
  }
}

async function checkedKeyPackage (engine: MlsEngine, parts: DirectChatParts): Promise<{ mls: Uint8Array, xwing: Uint8Array, hash: Uint8Array }> {
  const { record, device, hash } = openKeyPackage(parts.keyPackage)
  const { peer } = parts
  if (record.use !== 'cloud' || !sameBytes(record.account, peer.manifest.account) || !lists(peer.manifest, device)) {
    throw new ForbiddenError('the relay handed out a key package that is not the contact\'s')
  }
  if (!peer.manifest.keyPackages.some(k => sameBytes(k, hash))) throw new ProofError('the contact\'s manifest does not list the key package that the relay handed out')
  const info = await readCloudKeyPackage(engine, record.bundle)
  if (manifestOfLeaf([peer], info.identity, info.signatureKey) === undefined) {
    throw new ProofError('the contact\'s manifest does not vouch for its key package')
  }
  return { mls: info.mls, xwing: info.xwing, hash }
}
