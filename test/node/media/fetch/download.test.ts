import assert from 'node:assert/strict'
import { Places } from '../../../../src/node/media/fetch/holder.js'
import { cidFromText, cidOf, cidText, CODEC, encodeIndex, isBlock, LIMITS, ProofError, ReadOnlyError, UnavailableError } from '../../../../src/protocol/wire/index.js'
import { bytesOf, changing, honest, scene, settled, silent, TestFile, TestHolder, TestShelf, type Conduct, type Scene } from './kit.js'

const CHUNK = LIMITS.chunkBytes
const AHEAD = LIMITS.mediaAheadChunks

/** Reads all, and checks that nothing but the file's own blocks was kept. */
async function readsAll (made: Scene): Promise<void> {
  assert.deepEqual(await bytesOf(made.read()), Buffer.from(made.file.whole()))
  await settled()
  onlyTrue(made)
}

function onlyTrue ({ shelf, places }: Scene): void {
  for (const [cid, bytes] of shelf.blocks) assert.ok(isBlock(cidFromText(cid), bytes))
  assert.equal(places.free, LIMITS.mediaFlightChunks, 'every place was given back')
}

describe('a download', () => {
  const small = new TestFile(3 * CHUNK + 1000)
  const file = new TestFile(24 * CHUNK + 5)

  it('brings a file of every form', async () => {
    for (const size of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK]) await readsAll(scene(new TestFile(size), [new TestHolder(new TestFile(size))]))
  })

  it('asks for each block once, and keeps it', async () => {
    const holder = new TestHolder(file)
    const made = scene(file, [holder])
    await readsAll(made)
    assert.deepEqual(holder.leaves.sort((a, b) => a - b), file.leaves.map((_, i) => i))
    assert.deepEqual(made.kept.sort((a, b) => a - b), file.leaves.map((_, i) => i))
    await readsAll(made)
    assert.equal(holder.asked.flat().length, file.leaves.length + 1)
  })

  it('goes on from what is here after the process was killed', async () => {
    const shelf = new TestShelf()
    const first = new TestHolder(file)
    const made = scene(file, [first], { shelf })
    for await (const _ of made.read()) if (made.kept.length >= 12) break
    await settled()
    const had = made.kept.length
    const second = new TestHolder(file)
    await readsAll(scene(file, [second], { shelf }))
    assert.equal(second.leaves.length, file.leaves.length - had)
    assert.ok(first.leaves.length + second.leaves.length <= file.leaves.length + AHEAD)
  })

  it('fetches for a stretch its own chunks and a few ahead, and nothing else of a large file', async () => {
    const large = new TestFile(1030 * CHUNK, 1, 1020)
    const holder = new TestHolder(large)
    const { read, kept } = scene(large, [holder])
    const start = 1027 * CHUNK + 100
    const pieces = read(start, start + CHUNK)
    const { value } = await pieces.next() as { value: Uint8Array }
    assert.deepEqual(Buffer.from(value), Buffer.from(large.plain(1027).subarray(100)))
    assert.equal((await bytesOf(pieces)).length, 100)
    await settled()
    assert.deepEqual(kept.sort(), [1027, 1028])
    // Two index nodes on the way: the root, and the row.
    assert.equal(holder.asked.flat().length, 4)
  })

  it('asks after a seek for the new place first', async () => {
    const asked: number[] = []
    const slow: Conduct = async function * (cids, of, signal) {
      for await (const block of honest(cids, of, signal)) {
        if (signal.aborted) return
        asked.push(of.indexOf(block.cid))
        yield block
      }
    }
    const holder = new TestHolder(file, 'relay', slow)
    const { download, read } = scene(file, [holder])
    const before = read(0)
    await before.next()
    await before.return(undefined)
    const mark = asked.length
    const after = read(20 * CHUNK, 21 * CHUNK)
    await after.next()
    assert.ok(asked.slice(mark).filter(i => i >= 0 && i < 20).length <= 4, 'requests for the old place were called back')
    await after.return(undefined)
    assert.equal(download.isIdle, true)
  })

  it('has the new place given before what others were asked for, and nothing that follows in order', async () => {
    const holder = new TestHolder(file)
    const { read } = scene(file, [holder])
    for await (const piece of read(0, 6 * CHUNK)) assert.ok(piece.length > 0)
    assert.deepEqual([holder.first[0], holder.first.slice(1).includes(true)], [true, false])
    const count = holder.first.length
    for await (const piece of read(18 * CHUNK, 23 * CHUNK)) assert.ok(piece.length > 0)
    assert.deepEqual([holder.first[count], holder.first.slice(count + 1).includes(true)], [true, false])
  })

  it('fetches no further ahead than it may while its reader is slow', async () => {
    const holder = new TestHolder(file)
    const made = scene(file, [holder])
    const pieces = made.read()
    await pieces.next()
    await settled()
    assert.ok(holder.leaves.length <= AHEAD + 1, `${holder.leaves.length} chunks were asked for`)
    assert.equal(made.places.free, LIMITS.mediaFlightChunks, 'what waits for the reader is on the disk, not in memory')
    await pieces.next()
    await settled()
    assert.ok(holder.leaves.length <= AHEAD + 2)
    await pieces.return(undefined)
  })

  it('has no more in memory than there are places, however slow the disk is and however many read', async () => {
    const places = new Places(6)
    const shelf = new TestShelf()
    let most = 0
    shelf.onPut = async () => {
      most = Math.max(most, 6 - places.free)
      await new Promise(resolve => { setImmediate(resolve) })
    }
    const files = [1, 2, 3].map(seed => new TestFile(12 * CHUNK, seed))
    await Promise.all(files.map(async one => { assert.deepEqual(await bytesOf(scene(one, [new TestHolder(one)], { places, shelf }).read()), Buffer.from(one.whole())) }))
    assert.ok(most <= 6 && shelf.mostWriting <= 6, `${most} blocks at once`)
    await settled()
    assert.equal(places.free, 6)
  })

  it('brings blocks from several holders at once', async () => {
    const holders = ['relay', 'member', 'other'].map(name => new TestHolder(file, name))
    await readsAll(scene(file, holders))
    for (const { leaves } of holders) assert.ok(leaves.length > 3, String(leaves.length))
    assert.equal(holders.flatMap(({ leaves }) => leaves).length, file.leaves.length)
  })

  it('takes an index node for nothing but what it is', async () => {
    const liar = new TestHolder(file, 'liar', changing(({ cid, bytes }) => ({ cid, bytes: cid[1] === 0x71 && bytes !== null ? bytes.with(bytes.length - 1, bytes.at(-1)! ^ 1) : bytes })))
    await readsAll(scene(file, [liar, new TestHolder(file, 'honest', honest, 1)]))
    assert.equal(liar.asked.length, 1)
  })

  const lies: Array<[string, () => Conduct]> = [
    ['alters a chunk', () => changing(({ cid, bytes }, n) => ({ cid, bytes: n === 3 && bytes !== null ? bytes.with(9, bytes[9]! ^ 1) : bytes }))],
    ['cuts a chunk short', () => changing(({ cid, bytes }, n) => ({ cid, bytes: n === 3 && bytes !== null ? bytes.subarray(0, -1) : bytes }))],
    ['sends nothing as a chunk', () => changing(({ cid, bytes }, n) => ({ cid, bytes: n === 3 ? new Uint8Array() : bytes }))],
    ['makes a chunk longer', () => changing(({ cid, bytes }, n) => ({ cid, bytes: n === 3 && bytes !== null ? Buffer.concat([bytes, Uint8Array.of(0)]) : bytes }))],
    ['swaps two chunks', () => changing(({ cid, bytes }, n) => ({ cid, bytes: n === 3 ? file.sealed(7) : bytes }))],
    ['sends a chunk of another file', () => changing(({ cid, bytes }, n) => ({ cid, bytes: n === 3 ? new TestFile(CHUNK).sealed(0) : bytes }))],
    ['sends what nobody asked for', () => changing((block, n) => n === 3 ? { cid: file.leaves[23]!, bytes: file.sealed(23) } : block)],
    ['sends what has no CID', () => changing(({ cid, bytes }, n) => ({ cid: n === 3 ? new Uint8Array(5) : cid, bytes }))],
    ['sends a chunk twice', () => async function * (cids, of, signal) {
      for await (const block of honest(cids, of, signal)) {
        yield block
        if (of.indexOf(block.cid) === 3) yield block
      }
    }],
    ['is caught by who reads from it', () => async function * () {
      await Promise.resolve()
      yield * []
      throw new ProofError('not a frame')
    }]
  ]
  it('drops a holder that lies, whatever it makes of a chunk, and goes on with another', async () => {
    for (const [what, conduct] of lies) {
      const liar = new TestHolder(file, 'liar', conduct())
      const made = scene(file, [liar, new TestHolder(file, 'honest')])
      await readsAll(made)
      const asked = liar.asked.length
      await made.read(0, 1).next()
      assert.equal(liar.asked.length, asked, `one that ${what} is asked again`)
    }
  })

  it('keeps nothing of a holder that lies, and says that nobody tells the truth when there is no other', async () => {
    for (const [what, conduct] of lies) {
      const made = scene(file, [new TestHolder(file, 'liar', conduct())])
      await assert.rejects(bytesOf(made.read()), { code: 'ERR_PROOF' }, what)
      await settled()
      onlyTrue(made)
    }
  })

  it('does not mind in which order blocks come', async () => {
    await readsAll(scene(file, [new TestHolder(file, 'relay', async function * (cids, of, signal) { yield * honest([...cids].reverse(), of, signal) })]))
  })

  it('goes on with another when a holder breaks off in the middle, and comes back to it', async () => {
    let broken = 0
    const dies: Conduct = async function * (cids, of, signal) {
      let n = 0
      for await (const block of honest(cids, of, signal)) {
        if (broken < 2 && n++ === 2) {
          broken++
          throw new UnavailableError('gone')
        }
        yield block
      }
    }
    const one = new TestHolder(file, 'one', dies)
    await readsAll(scene(file, [one, new TestHolder(file, 'two', honest, 1)]))
    const alone = new TestHolder(file, 'one', dies)
    broken = 0
    const made = scene(file, [alone])
    const reading = bytesOf(made.read())
    for (let i = 0; i < 4; i++) {
      await settled()
      made.clock.pass(LIMITS.mediaRestMs * 2)
    }
    assert.deepEqual(await reading, Buffer.from(file.whole()))
  })

  it('comes back to a holder as soon as it is seen to be there', async () => {
    const holder = new TestHolder(small)
    let away = true
    holder.conduct = async function * (cids, of, signal) {
      if (away) throw new UnavailableError('no session')
      yield * honest(cids, of, signal)
    }
    const made = scene(small, [holder])
    const reading = bytesOf(made.read())
    await settled()
    away = false
    holder.ready()
    assert.deepEqual(await reading, Buffer.from(small.whole()))
  })

  it('asks somebody else when a holder stalls, without waiting for its end', async () => {
    const stalled = new TestHolder(file, 'stalled', async function * (cids, of, signal) {
      yield * honest(cids.slice(0, 1), of, signal)
      yield * silent(cids, of, signal)
    })
    const made = scene(file, [stalled, new TestHolder(file, 'other', honest, 1)])
    const reading = bytesOf(made.read())
    for (let i = 0; i < 60; i++) {
      await settled()
      made.clock.pass(LIMITS.mediaSlowMs)
    }
    assert.deepEqual(await reading, Buffer.from(file.whole()))
    assert.equal(stalled.ended, stalled.asked.length, 'its requests were called back')
    onlyTrue(made)
  })

  it('tells a reader in the end that nobody answers', async () => {
    const made = scene(small, [new TestHolder(small, 'silent', silent)])
    const reading = assert.rejects(bytesOf(made.read()), { code: 'ERR_UNAVAILABLE' })
    for (let i = 0; i < 200; i++) {
      await settled()
      made.clock.pass(1000)
      if (made.download.isIdle) break
    }
    await reading
  })

  it('tells a reader at once when nobody has it', async () => {
    await assert.rejects(bytesOf(scene(small, []).read()), { code: 'ERR_UNAVAILABLE' })
    const lacks = new TestHolder(small, 'empty', changing(({ cid }) => ({ cid, bytes: null })))
    await assert.rejects(bytesOf(scene(small, [lacks]).read()), { code: 'ERR_UNAVAILABLE' })
    await assert.rejects(bytesOf(scene(small, [new TestHolder(small, 'mute', async function * () { await Promise.resolve(); yield * [] })]).read()), { code: 'ERR_UNAVAILABLE' })
  })

  it('ends with the disk\'s own error when it is full, keeps what is there, and can go on later', async () => {
    const shelf = new TestShelf()
    shelf.onPut = () => { if (shelf.blocks.size >= 10) throw new ReadOnlyError('the disk is full') }
    const made = scene(file, [new TestHolder(file)], { shelf })
    await assert.rejects(bytesOf(made.read()), { code: 'ERR_READ_ONLY' })
    await settled()
    assert.equal(made.download.isBroken, true)
    assert.equal(shelf.blocks.size, 10)
    onlyTrue(made)
    shelf.onPut = () => undefined
    const holder = new TestHolder(file)
    await readsAll(scene(file, [holder], { shelf }))
    assert.equal(holder.leaves.length, file.leaves.length - 9)
  })

  it('fetches a chunk again that was purged or damaged here', async () => {
    const shelf = new TestShelf()
    const made = scene(file, [new TestHolder(file)], { shelf })
    await readsAll(made)
    shelf.blocks.delete(cidText(file.leaves[5]!))
    await readsAll(made)
    await readsAll(scene(file, [], { shelf }))
  })

  it('shows nothing of a file that its author sealed, linked or named falsely', async () => {
    await assert.rejects(bytesOf(scene(file, [new TestHolder(file)], { claim: { key: new Uint8Array(32) } }).read()), { code: 'ERR_DECRYPT' })
    const pieces: Uint8Array[] = []
    await assert.rejects(async () => { for await (const piece of scene(file, [new TestHolder(file)], { claim: { sha256: new Uint8Array(32) } }).read()) pieces.push(piece) }, { code: 'ERR_PROOF' })
    assert.equal(pieces.length, file.leaves.length - 1, 'without its last piece nobody takes it for whole')
    // Another size than the tree has: the same number of leaves, fewer, or a tree of another depth.
    for (const size of [file.size - 1, file.size - 2 * CHUNK, file.size + CHUNK]) await assert.rejects(bytesOf(scene(file, [new TestHolder(file)], { claim: { size } }).read()), { code: size === file.size - 1 ? 'ERR_DECRYPT' : 'ERR_PROOF' }, String(size))
    assert.throws(() => scene(file, [], { claim: { size: 10 } }), { code: 'ERR_BAD_INPUT' })
  })

  it('keeps no block that is not what its place in the tree says, though its author linked it there', async () => {
    const cut = new TestFile(3 * CHUNK)
    const short = cut.sealed(1).subarray(0, 1000)
    const links = cut.leaves.with(1, cidOf(CODEC.raw, short))
    const node = encodeIndex({ v: 1, size: cut.layout.sealedBytes, links })
    const root = cidOf(CODEC.dagCbor, node)
    const holder = new TestHolder(cut, 'relay', async function * (cids) {
      for (const cid of cids) yield await Promise.resolve({ cid, bytes: cidText(cid) === cidText(root) ? node : cidText(cid) === cidText(links[1]!) ? short : cut.block(cid)! })
    })
    const made = scene(cut, [holder], { claim: { root } })
    await assert.rejects(bytesOf(made.read()), { code: 'ERR_PROOF' })
    await settled()
    assert.equal(made.shelf.blocks.has(cidText(links[1]!)), false)
  })

  it('takes no range that is not within the file', async () => {
    for (const [start, end] of [[-1, 5], [5, 4], [0, small.size + 1], [0.5, 3], [small.size + 1, small.size + 1]] as const) await assert.rejects(bytesOf(scene(small, [new TestHolder(small)]).read(start, end)), { code: 'ERR_BAD_INPUT' })
  })

  it('ends at once when its reader gives up, and with the node', async () => {
    const holder = new TestHolder(small, 'silent', silent)
    const made = scene(small, [holder])
    const gone = new AbortController()
    const reading = assert.rejects(bytesOf(made.read(0, small.size, gone.signal)), { code: 'ERR_ABORTED' })
    await settled()
    gone.abort()
    await reading
    await settled()
    assert.equal(holder.ended, 1)
    const other = assert.rejects(bytesOf(made.read()), { code: 'ERR_UNAVAILABLE' })
    await settled()
    made.download.end()
    await other
    await settled()
    assert.equal(holder.ended, holder.asked.length)
    onlyTrue(made)
  })
})
