/** The vectors of this folder, as the code makes them. What holds fresh randomness stays as it stands in its file for as long as the code makes the rest of it so, and opens it. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { accountFromPhrase, createCloudKeyPackage, epochKeys, historyKeys, newInboxKey, normalizePhrase, openInbox, openPq, openVaultKey, pipeAddress, readCloudKeyPackage, readCloudKeyPackagePrivate, recordCipher, safetyNumber, sealHandshake, sealInbox, sealLink, sealMessage, sealPipeFrame, sealPq, sealVaultEntry, sealVaultKey, sealVaultSecret, vaultDeviceKeys, vaultKeys } from '../../../src/protocol/crypto/index.js'
import { sealSecretFrame, secretAddress } from '../../../src/protocol/crypto/secret/pipe.js'
import { newXwingKey } from '../../../src/protocol/crypto/pq.js'
import { padmeLength } from '../../../src/protocol/crypto/padme.js'
import { peerIdText, signerFromSeed } from '../../../src/protocol/wire/index.js'
import { checkStoredMls, type MlsVector } from './mls/stored.js'
import { bytes, DAY, NOW, trusting } from './mls/people.js'
import { hex, unhex, vectorFile, vectors } from './vectors.js'

const fill = (length: number, start = 0): Uint8Array => Uint8Array.from({ length }, (_, i) => (start + i) & 0xff)

/** All of them, by the names of their files. */
export const madeVectors: Record<string, { readonly about: string, readonly vectors: unknown }> = {}
const write = (name: string, about: string, vectors: unknown): void => { madeVectors[name] = { about, vectors } }

/** What a file holds of one vector, or, where that is another one but for its random fields, or `opens` throws, what is made now. */
async function kept <T extends object>(name: string, made: T, random: ReadonlyArray<keyof T>, opens: (standing: T) => Promise<void>): Promise<T> {
  if (!existsSync(vectorFile(name))) return made
  try {
    const [standing] = vectors<T>(name)
    assert.ok(standing !== undefined)
    const fixed = (one: T): unknown[] => Object.entries(one).map(([key, value]) => [key, random.includes(key as keyof T) || value])
    assert.deepEqual(fixed(standing), fixed(made))
    await opens(standing)
    return standing
  } catch {
    return made
  }
}

const phrases = [
  'abandon '.repeat(23) + 'art',
  'letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic bless'
]
write('phrase', 'HKDF-SHA256(ikm = the BIP-39 entropy, salt = "", info = label, 32 bytes); hex', phrases.map(phrase => {
  const { signer, recoverySeed } = accountFromPhrase(phrase)
  return { phrase: normalizePhrase(phrase), accountKey: hex(signer.key), peerId: peerIdText(signer.key), recoverySeed: hex(recoverySeed) }
}))

write('padme', '[length, padded length]', [0, 1, 2, 3, 8, 9, 15, 16, 17, 100, 255, 256, 257, 1000, 1023, 1025, 4096, 4097, 9999, 65_535, 65_536].map(length => [length, padmeLength(length)]))

const chat = Uint8Array.of(0x12, 0x20, ...fill(32, 0x40))
write('schedule', 'KEYS.md; hex; link = link_e over the previous history under a fixed nonce', [0, 1, 300, 2 ** 40].map((epoch, i) => {
  const input = { exporterSecret: fill(32, i), gpq: fill(32, 0x80 + i) }
  const keys = epochKeys(input.exporterSecret, input.gpq, chat, epoch)
  const history = historyKeys(keys.history, chat, epoch)
  const previous = fill(32, 0xc0)
  const nonce = fill(24, 7)
  return {
    exporterSecret: hex(input.exporterSecret), gpq: hex(input.gpq), chat: hex(chat), epoch,
    history: hex(keys.history), append: hex(keys.append.key), read: hex(keys.read.key), mirror: hex(keys.mirror), topic: hex(keys.topic), pipe: hex(keys.pipe),
    content: hex(history.content), link: hex(history.link), handshake: hex(history.handshake), members: hex(history.members),
    previous: hex(previous), nonce: hex(nonce), sealedLink: hex(sealLink(history.link, previous, chat, epoch, () => nonce))
  }
}))

write('pipe', 'KEYS.md and CRYPTO.md: addresses and sealed frames from an epoch\'s pipe secret; hex; the nonce is fixed for the vector', [0, 60, 3500].map((length, i) => {
  const pipe = fill(32, 11 * i)
  const to = signerFromSeed(fill(32, i + 1)).key
  const nonce = fill(24, 5 * i)
  const place = { log: chat, epoch: i * 1000, to }
  return {
    pipe: hex(pipe), log: hex(chat), epoch: place.epoch, to: hex(to), address: hex(pipeAddress(pipe, to)), nonce: hex(nonce), plaintext: hex(fill(length, i)),
    sealed: hex(sealPipeFrame(pipe, fill(length, i), place, () => nonce))
  }
}))

write('secret-pipe', 'KEYS.md and CRYPTO.md: addresses and sealed frames of secret chats; hex; the nonce is fixed for the vector', [0, 60, 3500].map((length, i) => {
  const pipe = fill(32, 7 * i)
  const nonce = fill(24, 5 * i)
  const place = { chat: fill(16, i + 40), epoch: i * 1000 + 1, to: i % 2 }
  return {
    pipe: hex(pipe), chat: hex(place.chat), epoch: place.epoch, to: place.to, address: hex(secretAddress(pipe, place.to)), nonce: hex(nonce), plaintext: hex(fill(length, i)),
    sealed: hex(sealSecretFrame(pipe, fill(length, i), place, () => nonce))
  }
}))

write('seal', 'CRYPTO.md; hex; the nonce is fixed for the vector', [0, 1, 60, 300, 1019, 3500].flatMap((length, i) => {
  const place = { log: chat, epoch: i * 1000, id: fill(16, i) }
  const key = fill(32, 3 * i)
  const nonce = fill(24, 5 * i)
  const plaintext = fill(length, i)
  const base = { key: hex(key), log: hex(place.log), epoch: place.epoch, id: hex(place.id), nonce: hex(nonce), plaintext: hex(plaintext) }
  return [
    { kind: 'message', ...base, sealed: hex(sealMessage(key, plaintext, place, () => nonce)) },
    { kind: 'handshake', ...base, sealed: hex(sealHandshake(key, plaintext, place, () => nonce)) }
  ]
}))

write('record-cipher', 'nonce ‖ ciphertext ‖ tag; hex', [0, 33, 3500].map((length, i) => {
  const nonce = fill(24, i)
  const aad = bytes(`record ${i}`)
  const plaintext = fill(length, 9)
  return { key: hex(fill(32, i)), nonce: hex(nonce), aad: hex(aad), plaintext: hex(plaintext), sealed: hex(recordCipher(fill(32, i), () => nonce).seal(plaintext, aad)) }
}))

const account = signerFromSeed(fill(32, 1)).key
const inbox = await newInboxKey(() => fill(32, 2))
const sealedInbox = await sealInbox(inbox.public, bytes('hello from inside'), { account, log: chat })
write('inbox', 'seed = 32 bytes for DeriveKeyPair (RFC 9180); sealing is random, so only opening is fixed; hex', [await kept('inbox', {
  seed: hex(fill(32, 2)), public: hex(inbox.public), private: hex(inbox.private), account: hex(account), log: hex(chat), content: hex(bytes('hello from inside')), sealed: hex(sealedInbox)
}, ['sealed'], async v => { assert.equal(hex(await openInbox(inbox.private, unhex(v.sealed), { account, log: chat })), v.content) })])

const xwing = await newXwingKey(() => fill(32, 5))
write('pq', 'as inbox.json, for G_pq under X-Wing', [await kept('pq', {
  seed: hex(fill(32, 5)), public: hex(xwing.public), private: hex(xwing.private), context: hex(chat), gpq: hex(fill(32, 6)), sealed: hex(await sealPq(xwing.public, fill(32, 6), chat))
}, ['sealed'], async v => { assert.equal(hex(await openPq(xwing.private, unhex(v.sealed), chat)), v.gpq) })])

const [vaultKey, deviceSeed, vaultAt] = [fill(32, 9), fill(32, 10), { log: chat, generation: 3, id: fill(16, 11) }]
const stand = vaultKeys(vaultKey, chat)
const held = await vaultDeviceKeys(deviceSeed)
write('vault', 'KEYS.md and CRYPTO.md, the vault; hex; the nonce of entry and owner is fixed for the vector, the sealing of the key is random, so only opening is fixed', [await kept('vault', {
  key: hex(vaultKey), log: hex(chat), generation: vaultAt.generation, id: hex(vaultAt.id), append: hex(stand.append.key), read: hex(stand.read.key), content: hex(stand.content), inner: hex(stand.inner),
  seed: hex(deviceSeed), kem: hex(held.kem.public), reader: hex(held.reader.key), sealedKey: hex(await sealVaultKey(held.kem.public, vaultKey, vaultAt)),
  nonce: hex(fill(24, 12)), plaintext: hex(bytes('a piece')), entry: hex(sealVaultEntry(stand.content, bytes('a piece'), vaultAt, () => fill(24, 12))),
  owner: hex(fill(32, 13)), sealedOwner: hex(sealVaultSecret(stand.inner, fill(32, 13), 'owner', vaultAt, () => fill(24, 12))), sealedBack: hex(sealVaultSecret(stand.inner, fill(32, 13), 'back', vaultAt, () => fill(24, 12)))
}, ['sealedKey'], async v => { assert.equal(hex(await openVaultKey(held.kem.private, unhex(v.sealedKey), vaultAt)), v.key) })])

const keys = [1, 2, 3].map(i => signerFromSeed(fill(32, i)).key)
write('safety-number', '60 digits for both orders of the two account keys (hex)', [[0, 1], [1, 2], [2, 0]].map(([a, b]) => ({ a: hex(keys[a!]!), b: hex(keys[b!]!), digits: safetyNumber(keys[a!]!, keys[b!]!) })))

const engine = trusting()
const gpq = fill(32, 8)
const life = { notBefore: NOW, notAfter: NOW + DAY }
const ann = await createCloudKeyPackage(engine, { identity: bytes('ann'), ...life })
const bob = await createCloudKeyPackage(engine, { identity: bytes('bob'), ...life })
const group = await engine.createGroup({ groupId: chat, keyPackage: readCloudKeyPackagePrivate(ann.private).mls, gpq })
const add = await engine.commit(group, { add: [(await readCloudKeyPackage(engine, bob.public)).mls], aad: bytes('aad') })
const update = await engine.commit(add.state, { update: { identity: bytes('ann 2') } })
write('mls', 'a run of the engine: ann makes the group, adds bob, renews her leaf; the states hold secrets and are worthless', [await kept<MlsVector>('mls', {
  bobPublic: hex(bob.public), bobPrivate: hex(bob.private), gpq: hex(gpq), groupId: hex(chat), welcome: hex(add.welcome!),
  annBefore: hex(engine.encodeState(group)), annAfter: hex(engine.encodeState(update.state)), update: hex(update.commit), updateHash: hex(update.commitHash),
  exported: hex(await engine.exportSecret(update.state, 'petrel/cloud/v1', chat, 32))
}, ['bobPublic', 'bobPrivate', 'welcome', 'annBefore', 'annAfter', 'update', 'updateHash', 'exported'], checkStoredMls)])
