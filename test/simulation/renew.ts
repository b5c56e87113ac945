/** A commit that renews a member's own leaf, put into the chat's record as it is kept before it is sent. */
import { sealHandshake, sealLink, systemRandom } from '../../src/protocol/crypto/index.js'
import { encodeCommitPayload, encodeHandshake, signCommitStatement } from '../../src/protocol/message/index.js'
import { encodeCaps, openManifest, sameBytes } from '../../src/protocol/wire/index.js'
import { capsOf, engineFor, keysOf } from '../../src/node/chats/chat-keys.js'
import type { ChatSession } from '../../src/node/chats/index.js'

/** Makes the commit durable; the chat sends it when it next connects. */
export async function renewLeaf (session: ChatSession | undefined): Promise<void> {
  if (session === undefined) return
  const { chat } = session
  await chat.serial.run(async () => {
    const { record, keys, cursor } = chat
    // A newcomer knows the last commit once it has read up to the place where it came in.
    if (record.stage !== 'ready' || record.commit !== null || cursor.seq < (record.joined?.seq ?? 0)) return
    const engine = engineFor(record.members.map(m => openManifest(m.manifest)), Date.now, chat.deps.mls)
    const id = systemRandom(16)
    const { term, seq, hash } = cursor
    const mine = openManifest(record.members.find(m => sameBytes(m.account, chat.deps.me))!.manifest)
    const aad = signCommitStatement({ v: 1, chat: record.log, epoch: record.epoch, id, seen: { term, seq, hash }, manifest: mine.hash }, chat.deps.device)
    const made = await engine.commit(engine.decodeState(record.mls), { update: true, aad })
    const after = await keysOf(engine, made.state, record.gpq, record.log)
    const handshake = sealHandshake(keys.handshake, encodeHandshake({ v: 1, mls: made.commit, manifests: [], ...record.began === undefined ? {} : { began: record.began } }), { log: record.log, epoch: record.epoch, id })
    const payload = encodeCommitPayload({ v: 1, handshake, link: sealLink(after.link, keys.history, record.log, after.epoch) })
    const next = {
      ...record, stage: 'commit' as const,
      commit: { id, base: cursor.lastCommit, payload, caps: encodeCaps(capsOf(after)), mls: engine.encodeState(made.state), welcome: null, added: [] }
    }
    await chat.deps.updates.write(chat.recordOps(next), [])
    chat.record = next
  })
}
