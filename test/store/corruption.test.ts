import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { CorruptError, ProofError } from '../../src/protocol/wire/index.js'
import { openLevelStore, verifyStore, type Cipher, type LevelStore } from '../../src/store/index.js'
import { appendOne, bytes, chain, item, newLog, temporaryDirectory, testCipher } from './support.js'

for (const cipher of [undefined, testCipher()]) {
  describe(`a damaged store ${cipher === undefined ? 'with checksums' : 'with a cipher'}`, () => { damage(cipher) })
}

function damage (cipher: Cipher | undefined): void {
  let home: string
  let path: string
  beforeEach(async () => {
    home = await temporaryDirectory()
    path = join(home, 's')
  })
  afterEach(async () => { await rm(home, { recursive: true }) })

  async function withStore<T> (work: (store: LevelStore) => Promise<T>): Promise<T> {
    const store = await openLevelStore(path, cipher === undefined ? {} : { cipher })
    try {
      return await work(store)
    } finally {
      await store.close()
    }
  }

  /** Changes the database behind the store's back. */
  async function tamper (work: (db: ClassicLevel<Uint8Array, Uint8Array>, keys: Uint8Array[]) => Promise<void>): Promise<void> {
    const db = new ClassicLevel<Uint8Array, Uint8Array>(join(path, 'level'), { keyEncoding: 'view', valueEncoding: 'view' })
    await db.open({ createIfMissing: false })
    const keys = await db.keys().all()
    await work(db, keys)
    await db.close()
  }

  const verify = (options: Parameters<typeof verifyStore>[1] = {}) => verifyStore(path, cipher === undefined ? options : { ...options, cipher })
  const isEntry = (seq: number) => (key: Uint8Array): boolean => key[0]! < 4 && key[2] === 2 && key.at(-1) === seq
  const isKind = (kind: number) => (key: Uint8Array): boolean => key[0]! < 4 && key[2] === kind

  async function threeEntries (): Promise<Uint8Array> {
    return await withStore(async store => {
      const log = await newLog(store)
      await store.logs.append(['a', 'b', 'c'].map(text => item(log, text)))
      return log
    })
  }

  it('notices each single flipped bit of a value, and names the key but not the value', async () => {
    await withStore(store => store.kv.batch([{ type: 'put', key: bytes(1, 2), value: new TextEncoder().encode('marked') }]))
    const key = bytes(0xc0, 0, 1, 2)
    let length = 1
    for (let at = 0; at < length; at++) {
      await tamper(async db => {
        const value = Uint8Array.from((await db.get(key))!)
        length = value.length
        value[at]! ^= 1 << (at % 8)
        await db.put(key, value)
      })
      await withStore(async store => {
        await assert.rejects(store.kv.get(bytes(1, 2)), (error: Error) => {
          assert.ok(error instanceof CorruptError)
          assert.equal(error.details.key, 'c0000102')
          assert.ok(error.message.includes('c0000102') && !error.message.includes('marked'))
          return true
        })
        await assert.rejects(async () => { for await (const _ of store.kv.iterate()); }, { code: 'ERR_CORRUPT' })
      })
      await tamper(async db => {
        const value = Uint8Array.from((await db.get(key))!)
        value[at]! ^= 1 << (at % 8)
        await db.put(key, value)
      })
      if (at === 3) at = length - 3
    }
  })

  it('notices a record that was moved under another key', async () => {
    await withStore(store => store.kv.batch([{ type: 'put', key: bytes(1), value: bytes(1) }, { type: 'put', key: bytes(2), value: bytes(2) }]))
    await tamper(async db => { await db.put(bytes(0xc0, 0, 2), (await db.get(bytes(0xc0, 0, 1)))!) })
    await withStore(store => assert.rejects(store.kv.get(bytes(2)), { code: 'ERR_CORRUPT' }))
  })

  it('notices an entry that is missing in the middle, while the others can still be read', async () => {
    const log = await threeEntries()
    await tamper((db, keys) => db.del(keys.find(isEntry(2))!))
    await withStore(async store => {
      await assert.rejects(store.logs.read(log, 0, 10, 1e6), { code: 'ERR_CORRUPT', message: /between 1 and 3 is missing/ })
      await assert.rejects(store.logs.read(log, 0, 2, 1e6), { code: 'ERR_CORRUPT' }, 'also when the missing one is the last that was asked for')
      assert.equal((await store.logs.read(log, 0, 1, 1e6)).entries.length, 1)
      assert.equal((await store.logs.read(log, 2, 1, 1e6)).entries.length, 1)
    })
    assert.match((await verify()).problems[0]!.what, /entries 2 to 2 are missing/)
  })

  it('refuses appends to a log whose last entry or head is not there, and to no other', async () => {
    const log = await threeEntries()
    await tamper((db, keys) => db.del(keys.find(isEntry(3))!))
    await withStore(async store => {
      const other = await newLog(store)
      const results = await store.logs.append([item(log, 'x'), item(other, 'y')])
      assert.deepEqual(results.map(r => r.status === 'refused' ? r.error.code : r.status), ['ERR_CORRUPT', 'appended'])
      await assert.rejects(store.logs.read(log, 0, 1, 1), { code: 'ERR_CORRUPT' })
    })
  })

  it('notices an older head that came back, and a head that is gone', async () => {
    const log = await threeEntries()
    let old: Uint8Array
    await tamper(async (db, keys) => { old = (await db.get(keys.find(isKind(1))!))! })
    await withStore(store => appendOne(store, item(log, 'd')))
    await tamper((db, keys) => db.put(keys.find(isKind(1))!, old))
    await withStore(store => assert.rejects(store.logs.head(log), { code: 'ERR_CORRUPT', message: /beyond its head at 3/ }))
    assert.match((await verify()).problems[0]!.what, /beyond the head/)
    await tamper((db, keys) => db.del(keys.find(isKind(1))!))
    await withStore(async store => {
      await assert.rejects(store.logs.head(log), { code: 'ERR_NOT_FOUND' })
      await assert.rejects(store.logs.create(log, { meta: bytes(1), hash: new Uint8Array(32) }), { code: 'ERR_CORRUPT', message: /head is missing/ })
    })
  })

  it('verifies a sound store, counts it, and finds the damage of an unsound one with the caller\'s chain', async () => {
    const log = await threeEntries()
    const seen: number[] = []
    let hash: Uint8Array = new Uint8Array(32)
    const onEntry = (_log: Uint8Array, entry: { seq: number, leaf: Uint8Array, hash: Uint8Array }): void => {
      seen.push(entry.seq)
      hash = chain(hash, entry.leaf)
      if (!Buffer.from(hash).equals(entry.hash)) throw new ProofError('the chain does not hold')
    }
    const report = await verify({ onEntry })
    assert.deepEqual([report.logs, report.entries, report.problemCount, seen], [1, 3, 0, [1, 2, 3]])
    hash = bytes(9)
    assert.deepEqual((await verify({ onEntry })).problems[0], { where: Buffer.from(log).toString('hex'), what: 'the chain does not hold' })
    await tamper(async (db, keys) => {
      const value = Uint8Array.from((await db.get(keys.find(isEntry(2))!))!)
      value[value.length - 1]! ^= 1
      await db.put(keys.find(isEntry(2))!, value)
      await db.del(keys.find(isKind(3))!)
    })
    const bad = await verify()
    assert.deepEqual(bad.problems.map(p => p.what.replace(/[0-9a-f]{20,}/, 'KEY')), [
      'the record KEY is not what was written: restore from a backup or run doctor',
      'entries 2 to 2 are missing',
      `its entries have ${report.entries * 7 - 7} bytes, its head says ${report.entries * 7}`,
      'it keeps 3 entries but 2 ids for them'
    ])
  })
}
