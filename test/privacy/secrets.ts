/** Takes everything secret out of a home, as its owner's node would: what nobody else may have. */
import { createHmac, hkdfSync } from 'node:crypto'
import { mnemonicToEntropy } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { engineFor, keysOf } from '../../src/node/chats/chat-keys.js'
import type { ChatRecord } from '../../src/node/chats/chat-record.js'
import { openCore, type NodeCore } from '../../src/node/core.js'
import { mediaSecret } from '../../src/node/media/media-secret.js'
import type { Unlock } from '../../src/node/index.js'
import { readCloudKeyPackagePrivate } from '../../src/protocol/crypto/index.js'
import { CRYPTO_LABELS } from '../../src/protocol/crypto/labels.js'
import { readPrivate } from '../../src/protocol/crypto/mls/key-package.js'
import { groupOf } from '../../src/protocol/crypto/mls/state.js'
import { cidText, openManifest, signerFromSeed } from '../../src/protocol/wire/index.js'
import type { Marker, Place } from './search.js'

/** What a home holds once it is open. */
export interface Opened {
  /** Keys and seeds by what they are. */
  readonly secrets: Map<string, Marker>
  /** Every record of the store, decrypted: what a store without its cipher would hold. */
  readonly plaintext: Place
}

/** Opens a home that nobody runs and takes out its secrets. `owner` names whose they are. */
export async function openSecrets (owner: string, dir: string, unlock: Unlock): Promise<Opened> {
  const core = await openCore({ dir, unlock })
  try {
    const secrets = new Map<string, Marker>()
    const add = (what: string, value: Uint8Array | null | undefined): void => { if (value != null) secrets.set(`${owner}'s ${what}`, Uint8Array.from(value)) }
    add('device seed', core.home.deviceSeed)
    add('store key', core.home.storeKey)
    account(core, add)
    add('media secret', await mediaSecret(core.vault))
    for await (const one of core.media.table.files()) add(`key of the file ${cidText(one.root)}`, one.key)
    for (const { chat } of core.chats.all()) await chatSecrets(chat.record, core, add)
    return { secrets, plaintext: { where: `${owner}'s decrypted records`, bytes: await decrypted(core) } }
  } finally {
    await core.visitor.close()
    await core.pool.close()
    await core.host.stop()
    await core.claim.release()
    await core.store.close()
  }
}

type Add = (what: string, value: Uint8Array | null | undefined) => void

function account ({ account, contacts }: NodeCore, add: Add): void {
  add('inbox key', account.inbox?.privateKey)
  add('capability secret: owner of the inbox', account.inbox?.mail.ownerSeed)
  add('capability secret: owner of the requests', account.inbox?.requests.ownerSeed)
  for (const { seed } of account.invites()) add('invite', seed)
  for (const contact of contacts.all()) {
    add('capability secret: to write to a contact\'s inbox', contact.theirGrant)
    add('capability secret: that a contact has for the inbox', contact.ourGrant)
  }
  for (const { privatePart } of account.keyPackages()) {
    const { mls, xwing } = readCloudKeyPackagePrivate(privatePart)
    for (const [name, value] of Object.entries(readPrivate('cloud', mls).secrets)) add(`key package's ${name}`, value)
    add('key package\'s X-Wing key', xwing)
  }
}

/** A chat's keys, and the seeds behind the capability keys, which the schedule itself wipes. KEYS.md. */
async function chatSecrets (record: ChatRecord, core: NodeCore, add: Add): Promise<void> {
  const engine = engineFor(record.members.map(m => openManifest(m.manifest)), core.now)
  const state = engine.decodeState(record.mls)
  const keys = await keysOf(engine, state, record.gpq, record.log)
  for (const name of ['history', 'content', 'link', 'handshake', 'topic'] as const) add(`chat's ${name} key`, keys[name])
  add('chat\'s G_pq', record.gpq)
  add('capability secret: owner of the chat', record.ownerSeed)
  const exporter = await engine.exportSecret(state, CRYPTO_LABELS.cloudExporter, record.log, 32)
  const root = createHmac('sha256', record.gpq).update(exporter).digest()
  for (const right of ['append', 'read'] as const) {
    const at = Buffer.alloc(8)
    at.writeBigUInt64BE(BigInt(record.epoch))
    const seed = createHmac('sha256', root).update(`${CRYPTO_LABELS.schedule}${right}\0`).update(record.log).update(at).update(Uint8Array.of(1)).digest()
    if (Buffer.compare(signerFromSeed(seed).key, keys[right].key) !== 0) throw new Error('this is not the seed of the capability')
    add(`capability secret: ${right} in the chat`, seed)
  }
  const { keySchedule, privatePath, signaturePrivateKey } = groupOf(state)
  for (const [name, value] of Object.entries(keySchedule)) if (value instanceof Uint8Array) add(`chat's MLS ${name}`, value)
  for (const [node, value] of Object.entries(privatePath.privateKeys)) add(`chat's MLS private key ${node}`, value)
  add('chat\'s MLS signature key', signaturePrivateKey)
}

async function decrypted ({ store }: NodeCore): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const [, value] of store.kv.iterate()) parts.push(value)
  return Buffer.concat(parts)
}

/** The phrase, each three words of it that follow each other, its entropy, and the keys that are made from it. */
export function phraseSecrets (owner: string, words: string): Map<string, Marker> {
  const entropy = mnemonicToEntropy(words, wordlist)
  const out = new Map<string, Marker>([[`${owner}'s phrase`, words], [`${owner}'s phrase as entropy`, entropy]])
  const all = words.split(' ')
  for (let i = 0; i + 3 <= all.length; i++) for (const between of [' ', ',', '\n', '-', '","']) out.set(`${owner}'s words from ${i + 1} on by ${JSON.stringify(between)}`, all.slice(i, i + 3).join(between))
  for (const label of [CRYPTO_LABELS.accountKey, CRYPTO_LABELS.recoveryKey]) out.set(`${owner}'s ${label}`, new Uint8Array(hkdfSync('sha256', entropy, new Uint8Array(), label, 32)))
  return out
}
