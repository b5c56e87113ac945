/** Backups as vectors: made and read by the project, and by the second implementation in reference/, which was written from BACKUP.md. */
import assert from 'node:assert/strict'
import { afterContent, BACKUP_PREFIX_BYTES, BACKUP_START, backupHeadLength, chunkLength, deriveKey, firstChunk, newBackupHead, openBackupChunk, openBackupHead, readBackupHead, sealBackupChunk, type BackupContent } from '../../src/protocol/crypto/index.js'
import { newXwingKey } from '../../src/protocol/crypto/pq.js'
import * as reference from './reference/backup.js'
import { readJson } from './vectors.js'

interface Vector { note: string, passphrase: string, secret: Uint8Array, key: Uint8Array, id: Uint8Array, time: number, salt: Uint8Array, memoryKiB: number, passes: number, lanes: number, nonces: Uint8Array[], contents: BackupContent[], bytes: Uint8Array }
const { backups } = readJson('backup') as unknown as { backups: Vector[] }
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** What a backup says, as the project reads it. */
async function contentsOf (bytes: Uint8Array, passphrase: string): Promise<BackupContent[]> {
  const begin = backupHeadLength(bytes.subarray(0, BACKUP_PREFIX_BYTES))
  const head = readBackupHead(bytes.slice(0, begin))
  const key = await openBackupHead(head, { kind: 'passphrase', passphrase })
  const contents: BackupContent[] = []
  let [place, standing, at] = [firstChunk(head.hash), BACKUP_START, begin]
  while (standing.at !== 'end') {
    const length = chunkLength(bytes.subarray(at, at + 4))
    const { content, next } = openBackupChunk(key, place, bytes.subarray(at + 4, at + 4 + length))
    contents.push(content)
    ;[place, standing, at] = [next, afterContent(standing, content), at + 4 + length]
  }
  assert.equal(at, bytes.length)
  return contents
}

describe('the vectors of backups', () => {
  it('are read so, by the project and by the second implementation', async () => {
    for (const { note, bytes, passphrase, secret, contents, ...way } of backups) {
      assert.equal(hex(await deriveKey(passphrase, way.salt, way)), hex(secret), note)
      assert.deepEqual(await contentsOf(bytes, passphrase), contents, note)
      assert.deepEqual(reference.openBackup(bytes, secret), contents, note)
      await assert.rejects(contentsOf(bytes, `${passphrase}!`), { code: 'ERR_DECRYPT' })
    }
  })

  it('are written so by both', async () => {
    for (const { note, bytes, passphrase, secret, contents, key, id, salt, nonces, time, ...cost } of backups) {
      // In the order in which the project asks for randomness.
      const given = [id, key, salt, ...nonces]
      const random = (): Uint8Array => given.shift()!.slice()
      const begun = await newBackupHead({ time, locks: [{ kind: 'passphrase', passphrase }], cost, random })
      let place = firstChunk(begun.head.hash)
      const parts = [begun.bytes]
      for (const content of contents) {
        const { bytes: chunk, next } = sealBackupChunk(begun.key, place, content, random)
        parts.push(chunk)
        place = next
      }
      assert.equal(hex(Buffer.concat(parts)), hex(bytes), note)
      assert.equal(hex(reference.makeBackup({ id, time, way: { salt, ...cost } }, { secret, key, nonces, contents: contents as never })), hex(bytes), note)
    }
  })

  it('are refused by both in any other order, cut off, or with more behind them', async () => {
    const { bytes, secret, passphrase } = backups[1]!
    for (const bad of [bytes.subarray(0, -1), bytes.subarray(0, 40), Uint8Array.from([...bytes, 0])]) {
      await assert.rejects(contentsOf(bad, passphrase))
      assert.throws(() => reference.openBackup(bad, secret))
    }
    const wrong: BackupContent[][] = [
      [{ kind: 'end', records: 0, blocks: 0 }], [backups[1]!.contents[0]!, backups[1]!.contents[0]!], [backups[1]!.contents[0]!, { kind: 'end', records: 1, blocks: 0 }],
      [backups[1]!.contents[0]!, backups[1]!.contents[3]!, backups[1]!.contents[1]!], [...backups[1]!.contents.slice(0, 4), backups[1]!.contents[5]!]
    ]
    for (const contents of wrong) {
      assert.throws(() => contents.reduce(afterContent, BACKUP_START), { code: 'ERR_CORRUPT' })
      const { key, id, salt, nonces, time, memoryKiB, passes, lanes } = backups[1]!
      const made = reference.makeBackup({ id, time, way: { salt, memoryKiB, passes, lanes } }, { secret, key, nonces, contents: contents as never })
      assert.throws(() => reference.openBackup(made, secret))
    }
  })
})

describe('a backup\'s head', () => {
  it('opens with any of its ways, and says which there are', async () => {
    const { public: kem, private: own } = await newXwingKey()
    const cost = { memoryKiB: 8, passes: 1, lanes: 1 }
    const { head, key } = await newBackupHead({ time: 1, locks: [{ kind: 'phrase', kem }, { kind: 'passphrase', passphrase: 'x' }], cost })
    assert.equal(hex(await openBackupHead(head, { kind: 'phrase', kem: own })), hex(key))
    assert.equal(hex(await openBackupHead(head, { kind: 'passphrase', passphrase: 'x' })), hex(key))
    await assert.rejects(openBackupHead(head, { kind: 'phrase', kem: (await newXwingKey()).private }), { code: 'ERR_DECRYPT' })
    const only = await newBackupHead({ time: 1, locks: [{ kind: 'phrase', kem }], cost })
    await assert.rejects(openBackupHead(only.head, { kind: 'passphrase', passphrase: 'x' }), { code: 'ERR_UNSUPPORTED', message: /opens with the 24 words$/ })
  })
})
