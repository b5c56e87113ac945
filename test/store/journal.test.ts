import assert from 'node:assert/strict'
import { cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openLevelStore } from '../../src/store/index.js'
import { bytes, temporaryDirectory } from './support.js'

const BLOCK = 32 * 1024
const COUNT = 60
const value = (n: number): Uint8Array => new Uint8Array(5000).map((_, i) => (i * 7 + n * 31) & 0xff || 1)

describe('a journal of the store', () => {
  let home: string
  let path: string
  let file: string
  let sound: Buffer

  before(async () => {
    home = await temporaryDirectory()
    const store = await openLevelStore(join(home, 'sound'))
    for (let n = 0; n < COUNT; n++) await store.kv.batch([{ type: 'put', key: bytes(n), value: value(n) }])
    await store.close()
    const [name] = (await readdir(join(home, 'sound', 'level'))).filter(n => n.endsWith('.log'))
    path = join(home, 's')
    file = join(path, 'level', name!)
    sound = await readFile(join(home, 'sound', 'level', name!))
    assert.ok(sound.length > 8 * BLOCK)
  })
  after(async () => { await rm(home, { recursive: true }) })
  beforeEach(async () => { await cp(join(home, 'sound'), path, { recursive: true }) })
  afterEach(async () => { await rm(path, { recursive: true }) })

  /** How many of the writes are there: all up to one, each as it was. */
  async function kept (): Promise<number> {
    const store = await openLevelStore(path)
    try {
      const found = await store.kv.getMany(Array.from({ length: COUNT }, (_, n) => bytes(n)))
      const count = found.filter(v => v !== undefined).length
      found.forEach((v, n) => { assert.deepEqual(v, n < count ? value(n) : undefined) })
      return count
    } finally {
      await store.close()
    }
  }

  const flipped = (at: number, bit = 0): Buffer => {
    const copy = Buffer.from(sound)
    copy[at]! ^= 1 << bit
    return copy
  }

  async function refusesUntouched (content: Buffer): Promise<void> {
    await writeFile(file, content)
    await assert.rejects(openLevelStore(path), { code: 'ERR_CORRUPT', message: /is damaged \(level.\d+\.log, byte \d+\): nothing was touched; restore from a backup/ })
    assert.deepEqual(await readFile(file), content)
  }

  it('holds every write when nothing is wrong with it', async () => { assert.equal(await kept(), COUNT) })

  it('is not replayed without what a flipped bit would take away: the store does not open, and stays as it is', async () => {
    // In a record's checksum, length, kind and content; at the beginning of a block, at its end, and in the last block.
    const places = [0, 4, 5, 6, 7, 3000, BLOCK - 1, BLOCK, BLOCK + 4, BLOCK + 6, 3 * BLOCK - 40, 5 * BLOCK + 1, sound.length - 12_000]
    for (const [i, at] of places.entries()) await refusesUntouched(flipped(at, i % 8))
  })

  it('may end in the middle of a record, wherever a crash or a full disk cut it off', async () => {
    let before = 0
    for (const length of [sound.length - 1, sound.length - 4999, sound.length - 5100, 7 * BLOCK + 3, 7 * BLOCK, 7 * BLOCK - 5, 2 * BLOCK + 100]) {
      await cp(join(home, 'sound'), path, { recursive: true, force: true })
      await truncate(file, length)
      const count = await kept()
      assert.ok(count < COUNT && (before === 0 || count <= before))
      before = count
      await rm(path, { recursive: true })
    }
    await cp(join(home, 'sound'), path, { recursive: true })
  })

  it('may have sectors at its end that were never written', async () => {
    await writeFile(file, Buffer.concat([sound, Buffer.alloc(BLOCK)]))
    assert.equal(await kept(), COUNT)
    await rm(path, { recursive: true })
    await cp(join(home, 'sound'), path, { recursive: true })
    const content = Buffer.from(sound)
    content.fill(0, sound.length - 2048)
    await writeFile(file, content)
    assert.ok(await kept() < COUNT)
    await rm(path, { recursive: true })
    await cp(join(home, 'sound'), path, { recursive: true })
    // An earlier sector was lost and a later one was not: of writes that nobody was told of, the disk chooses the order.
    const lastBlock = Math.floor(sound.length / BLOCK) * BLOCK
    assert.ok(sound.length - lastBlock > 5100, 'the last block has a whole record')
    await writeFile(file, Buffer.from(sound).fill(0, lastBlock, lastBlock + 1024))
    assert.ok(await kept() < COUNT)
  })

  it('may be cut off in a value that looks like a record: whoever chose the value decides nothing', async () => {
    const store = await openLevelStore(path)
    // A good record inside a value.
    const first = sound.readUInt16LE(4)
    const record = sound.subarray(0, 7 + first)
    await store.kv.batch([{ type: 'put', key: bytes(200), value: Buffer.concat([new Uint8Array(10), record, new Uint8Array(9000).fill(1)]) }])
    await store.close()
    const [name] = (await readdir(join(path, 'level'))).filter(n => n.endsWith('.log'))
    await truncate(join(path, 'level', name!), record.length + 200)
    assert.equal(await kept(), COUNT)
  })

  it('is looked at while another process writes it, who is named as the reason', async () => {
    const store = await openLevelStore(path)
    try {
      const writing = Array.from({ length: 200 }, (_, n) => store.kv.batch([{ type: 'put', key: bytes(1, n), value: value(n) }]))
      for (let i = 0; i < 10; i++) await assert.rejects(openLevelStore(path), { code: 'ERR_LOCKED' })
      await Promise.all(writing)
    } finally {
      await store.close()
    }
  })
})
