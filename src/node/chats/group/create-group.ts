/** Makes a group: a log of its own, and a group of one with its policy. Who comes in is added by commits. Nothing is sent here. */
import { createCloudKeyPackage, newPqSecret, readCloudKeyPackagePrivate, systemRandom, type MakeMlsEngine } from '../../../protocol/crypto/index.js'
import { DEFAULT_PERMISSIONS, encodePolicy, type GroupPolicy } from '../../../protocol/message/index.js'
import { chainStart, encodeGenesis, LIMITS, logIdOf, randomSeed, signerFromSeed, type CheckedManifest, type KeyBytes, type Signer } from '../../../protocol/wire/index.js'
import { engineFor, keysOf, leafIdentityFor } from '../chat-keys.js'
import type { ChatRecord } from '../chat-record.js'
import { startCursor, type Cursor } from '../cursor.js'
import { policyExtension } from './group-policy.js'

/** What a group is made from. */
export interface GroupParts {
  readonly me: CheckedManifest
  readonly device: Signer
  readonly home: { readonly peer: KeyBytes, readonly addrs: string[] }
  readonly title: string
  readonly about?: string
  /** Whether newcomers may read what was before them; they may unless told. */
  readonly history?: boolean
  readonly now: number
  /** The MLS engine; the library's unless told. */
  readonly mls?: MakeMlsEngine | undefined
}

/** The record and cursor of a new group, at stage `create`. @throws BadInputError for a title that cannot be */
export async function makeGroupChat (parts: GroupParts): Promise<{ record: ChatRecord, cursor: Cursor }> {
  const { me, device, home, now, title, about = '', history = true } = parts
  const { account } = me.manifest
  const policy: GroupPolicy = { title, about, owner: account, admins: [], permissions: DEFAULT_PERMISSIONS, slowMode: 0, history, restricted: [], banned: [] }
  const ownerSeed = randomSeed()
  const genesis = encodeGenesis({ v: 1, kind: 'log', salt: systemRandom(16), owner: signerFromSeed(ownerSeed).key, home: home.peer })
  const log = logIdOf(genesis)
  const gpq = newPqSecret()
  const engine = engineFor([me], () => now, parts.mls)
  const own = await createCloudKeyPackage(engine, { identity: leafIdentityFor(me, device), notBefore: now - LIMITS.clockSkewMs, notAfter: now + LIMITS.keyPackageLifeMs - 2 * LIMITS.clockSkewMs })
  const state = await engine.createGroup({ groupId: log, keyPackage: readCloudKeyPackagePrivate(own.private).mls, gpq, extensions: [policyExtension(policy)] })
  const keys = await keysOf(engine, state, gpq, log)
  const record: ChatRecord = {
    log, genesis, addrs: home.addrs, direct: false, title: null, stage: 'create', members: [{ account, manifest: me.bytes }], ownerSeed, gpq,
    mls: engine.encodeState(state), epoch: 0, history: keys.history, mirror: keys.mirror, joined: null, commit: null, policy: encodePolicy(policy), createdAt: now
  }
  return { record, cursor: startCursor(chainStart(log, home.peer)) }
}
