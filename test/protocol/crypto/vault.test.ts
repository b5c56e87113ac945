import assert from 'node:assert/strict'
import { hkdfSync, randomBytes } from 'node:crypto'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import {
  newVaultKey, openVaultEntry, openVaultKey, openVaultSecret, sealVaultEntry, sealVaultKey, sealVaultSecret, VAULT_ENTRY_BYTES, vaultDeviceKeys, vaultKeys, vaultRecoveryKeys
} from '../../../src/protocol/crypto/index.js'
import { pad } from '../../../src/protocol/crypto/padme.js'
import { BadInputError, DecryptError, encodeCbor, LIMITS, signerFromSeed, TooLargeError, UnsupportedError } from '../../../src/protocol/wire/index.js'
import { hex, unhex, vectors } from './vectors.js'

type VaultVector = Record<'key' | 'log' | 'id' | 'append' | 'read' | 'content' | 'inner' | 'seed' | 'kem' | 'reader' | 'sealedKey' | 'nonce' | 'plaintext' | 'entry' | 'owner' | 'sealedOwner' | 'sealedBack', string> & { generation: number }

describe('the vault\'s keys', () => {
  const place = { log: new Uint8Array(34).fill(1), generation: 2, id: new Uint8Array(16).fill(3) }
  const key = newVaultKey()
  const { content, inner } = vaultKeys(key, place.log)

  it('are those of the vectors, and of the page as it is read anew', async () => {
    for (const v of vectors<VaultVector>('vault')) {
      const log = unhex(v.log)
      const expand = (from: string, label: string, more = Buffer.alloc(0)): Uint8Array => new Uint8Array(hkdfSync('sha256', unhex(from), '', Buffer.concat([Buffer.from(`petrel/v1 vault ${label}`), more]), 32))
      const ofLog = Buffer.concat([Buffer.of(0), log])
      const keys = vaultKeys(unhex(v.key), log)
      assert.deepEqual([keys.append.key, keys.read.key, keys.content, keys.inner].map(hex), [v.append, v.read, v.content, v.inner])
      assert.deepEqual([signerFromSeed(expand(v.key, 'append', ofLog)).key, signerFromSeed(expand(v.key, 'read', ofLog)).key, expand(v.key, 'content', ofLog), expand(v.key, 'inner', ofLog)].map(hex), [v.append, v.read, v.content, v.inner])
      const held = await vaultDeviceKeys(unhex(v.seed))
      assert.deepEqual([held.kem.public, held.reader.key].map(hex), [v.kem, v.reader])
      assert.equal(hex(signerFromSeed(expand(v.seed, 'reader')).key), v.reader)
      assert.deepEqual(await vaultRecoveryKeys(unhex(v.seed)).then(({ kem }) => hex(kem.public)), v.kem)
      const at = { log, generation: v.generation, id: unhex(v.id) }
      assert.equal(hex(await openVaultKey(held.kem.private, unhex(v.sealedKey), at)), v.key)
      const nonce = unhex(v.nonce)
      assert.equal(hex(sealVaultEntry(keys.content, unhex(v.plaintext), at, () => nonce)), v.entry)
      const sealed = (use: string, under: Uint8Array, plaintext: Uint8Array, ...more: Uint8Array[]): string =>
        hex(Buffer.concat([Buffer.of(1), nonce, xchacha20poly1305(under, nonce, encodeCbor([`petrel/v1 sealed vault ${use}`, log, v.generation, ...more])).encrypt(plaintext)]))
      assert.equal(sealed('entry', keys.content, pad(unhex(v.plaintext)), at.id), v.entry)
      assert.equal(sealed('owner', keys.inner, unhex(v.owner)), v.sealedOwner)
      assert.equal(sealed('back', keys.inner, unhex(v.owner)), v.sealedBack)
      assert.equal(hex(openVaultSecret(keys.inner, unhex(v.sealedOwner), 'owner', at)), v.owner)
      assert.throws(() => openVaultSecret(keys.inner, unhex(v.sealedOwner), 'back', at), DecryptError)
    }
  })

  it('open nothing in another place, under another key, or altered', async () => {
    const sealed = sealVaultEntry(content, Uint8Array.of(1, 2), place)
    assert.deepEqual(openVaultEntry(content, sealed, place), Uint8Array.of(1, 2))
    for (const other of [{ ...place, generation: 3 }, { ...place, log: new Uint8Array(34) }, { ...place, id: new Uint8Array(16) }]) assert.throws(() => openVaultEntry(content, sealed, other), DecryptError)
    assert.throws(() => openVaultEntry(inner, sealed, place), DecryptError)
    for (let i = 1; i < sealed.length; i++) assert.throws(() => openVaultEntry(content, sealed.with(i, sealed[i]! ^ 1), place), DecryptError)
    const [ann, bob] = [await vaultDeviceKeys(randomBytes(32)), await vaultDeviceKeys(randomBytes(32))]
    const box = await sealVaultKey(ann.kem.public, key, place)
    assert.deepEqual(await openVaultKey(ann.kem.private, box, place), key)
    await assert.rejects(openVaultKey(bob.kem.private, box, place), DecryptError)
    await assert.rejects(openVaultKey(ann.kem.private, box, { ...place, generation: 3 }), DecryptError)
    await assert.rejects(openVaultKey(ann.kem.private, box.with(40, box[40]! ^ 1), place), DecryptError)
  })

  it('say when what is sealed is of a later format, empty, or of a wrong length', async () => {
    assert.throws(() => openVaultEntry(content, Uint8Array.of(2, ...new Uint8Array(60)), place), UnsupportedError)
    assert.throws(() => openVaultEntry(content, new Uint8Array(), place), DecryptError)
    assert.throws(() => openVaultSecret(inner, sealVaultEntry(inner, new Uint8Array(9), place), 'owner', place), DecryptError)
    await assert.rejects(vaultDeviceKeys(new Uint8Array(31)), BadInputError)
    assert.throws(() => vaultKeys(new Uint8Array(33), place.log), BadInputError)
    assert.throws(() => sealVaultSecret(inner, new Uint8Array(31), 'back', place), BadInputError)
    assert.ok(sealVaultEntry(content, new Uint8Array(VAULT_ENTRY_BYTES), place).length <= LIMITS.entryBytes)
    assert.throws(() => sealVaultEntry(content, new Uint8Array(VAULT_ENTRY_BYTES + 1), place), TooLargeError)
  })
})
