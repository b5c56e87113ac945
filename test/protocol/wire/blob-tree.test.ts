import assert from 'node:assert/strict'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { sha256 as multihash } from 'multiformats/hashes/sha2'
import {
  blobRoot, cidCodec, cidFromDigest, cidFromText, cidOf, cidText, CODEC, decodeCid, decodeIndex, encodeCbor, encodeIndex, LIMITS, openIndex, requireBlock, requireLeaf, sha256, treeForm, TreeBuilder,
  type Block, type BlobPart, type Cid
} from '../../../src/protocol/wire/index.js'
import { wireFormats } from '../reference/wire.js'
import { fill, hex, refuses } from './kit.js'

const FULL = LIMITS.blobBytes
const FAN = LIMITS.blobFanOut
const leaf = (n: number): Cid => cidFromDigest(CODEC.raw, sha256(Buffer.from(String(n))))

function attempt<T> (work: () => T): T | undefined {
  try { return work() } catch { return undefined }
}

/** A tree of so many leaves, the last of `last` bytes. */
function treeOf (leaves: number, last = FULL): { root: Cid, size: number, nodes: Map<string, Uint8Array> } {
  const tree = new TreeBuilder()
  const blocks: Block[] = []
  for (let i = 0; i < leaves; i++) blocks.push(...tree.add(leaf(i), i === leaves - 1 ? last : FULL))
  const { root, size, nodes } = tree.finish()
  return { root, size, nodes: new Map([...blocks, ...nodes].map(block => [hex(block.cid), block.bytes])) }
}

/** All leaves below a part, each node opened and checked. */
function leavesOf (part: BlobPart, nodes: Map<string, Uint8Array>): BlobPart[] {
  return part.depth === 0 ? [part] : openIndex(part, nodes.get(hex(part.cid))!).flatMap(below => leavesOf(below, nodes))
}

describe('a CID', () => {
  it('is what the multiformats library makes of the same bytes', async () => {
    for (const codec of [CODEC.raw, CODEC.dagCbor]) {
      const other = CID.createV1(codec, await multihash.digest(Buffer.from('hello world')))
      const cid = cidOf(codec, Buffer.from('hello world'))
      assert.equal(hex(cid), hex(other.bytes))
      assert.equal(cidText(cid), other.toString())
    }
    // It is printed in many places.
    assert.equal(cidText(cidOf(CODEC.dagCbor, Uint8Array.of(0xa0))), 'bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua')
    const cid = cidOf(CODEC.dagCbor, fill(9))
    assert.deepEqual(cidFromText(cidText(cid)), cid)
    assert.equal(cidCodec(cid), CODEC.dagCbor)
  })

  it('that is not one is refused, as bytes and as text', () => {
    const cid = cidOf(CODEC.raw, fill(9))
    for (const [at, byte] of [[0, 0], [0, 2], [1, 0x70], [1, 0x12], [2, 0x13], [3, 0x1f], [3, 0x40]] as const) refuses(() => decodeCid(cid.with(at, byte)), 'ERR_BAD_INPUT')
    for (const bytes of [new Uint8Array(0), cid.subarray(1), cid.subarray(0, 35), new Uint8Array([...cid, 0]), fill(32)]) refuses(() => decodeCid(bytes), 'ERR_BAD_INPUT')
    const text = cidText(cid)
    for (const bad of ['', 'b', text.slice(0, -1), `${text}a`, text.toUpperCase(), `z${text}`, text.slice(1), `../${text}`, 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG', 'bafkqaaa', `${text} `]) refuses(() => cidFromText(bad), 'ERR_BAD_INPUT')
  })

  it('names its bytes and no others', () => {
    const bytes = fill(1000)
    const cid = cidOf(CODEC.raw, bytes)
    assert.doesNotThrow(() => { requireBlock(cid, bytes) })
    for (const other of [bytes.with(7, 0), bytes.subarray(1), new Uint8Array(0)]) refuses(() => { requireBlock(cid, other) }, 'ERR_PROOF', /broken or lies/)
  })
})

describe('a blob\'s tree', () => {
  it('has its form by its size alone: no node, one row, two rows', () => {
    for (const [size, leaves, depth] of [[1, 1, 0], [FULL, 1, 0], [FULL + 1, 2, 1], [FULL * FAN, FAN, 1], [FULL * FAN + 1, FAN + 1, 2], [LIMITS.blobTreeBytes, 16_384, 2]] as const) assert.deepEqual(treeForm(size), { leaves, depth })
    for (const size of [0, -1, 0.5, Number.NaN]) refuses(() => treeForm(size), 'ERR_BAD_INPUT')
    refuses(() => treeForm(LIMITS.blobTreeBytes + 1), 'ERR_TOO_LARGE')
  })

  it('comes back leaf by leaf, in order, with the size of each', () => {
    fc.assert(fc.property(fc.oneof(fc.constantFrom(1, 2, FAN - 1, FAN, FAN + 1, 2 * FAN, 2 * FAN + 1), fc.integer({ min: 1, max: 3 * FAN })), fc.integer({ min: 1, max: FULL }), (count, last) => {
      const { root, size, nodes } = treeOf(count, last)
      assert.equal(size, (count - 1) * FULL + last)
      const leaves = leavesOf(blobRoot(root, size), nodes)
      assert.equal(leaves.length, count)
      for (const [i, part] of leaves.entries()) {
        assert.equal(part.first, i)
        assert.equal(part.size, i === count - 1 ? last : FULL)
        assert.ok(Buffer.from(part.cid).equals(leaf(i)))
      }
      assert.equal(nodes.size, count === 1 ? 0 : Math.ceil(count / FAN) + (count > FAN ? 1 : 0))
      for (const bytes of nodes.values()) assert.ok(bytes.length <= LIMITS.indexBytes)
    }), { numRuns: 12 })
  })

  it('gives each index node out once it is whole, so that a writer holds one row', () => {
    const tree = new TreeBuilder()
    const given = Array.from({ length: 2 * FAN + 1 }, (_, i) => tree.add(leaf(i), FULL).length)
    assert.deepEqual(given.flatMap((n, i) => n === 0 ? [] : [[i, n]]), [[FAN - 1, 1], [2 * FAN - 1, 1]])
    assert.equal(tree.finish().nodes.length, 2)
  })

  it('takes no leaf after a short one, no empty or large one, and no index node for a leaf', () => {
    const begun = (): TreeBuilder => {
      const tree = new TreeBuilder()
      tree.add(leaf(0), FULL)
      return tree
    }
    refuses(() => begun().add(leaf(1), 0), 'ERR_BAD_INPUT')
    refuses(() => begun().add(leaf(1), FULL + 1), 'ERR_TOO_LARGE')
    refuses(() => begun().add(cidOf(CODEC.dagCbor, fill(3)), FULL), 'ERR_BAD_INPUT', /codec raw/)
    const short = begun()
    short.add(leaf(1), 5)
    refuses(() => short.add(leaf(2), 5), 'ERR_BAD_INPUT', /only a blob's last leaf/)
    refuses(() => new TreeBuilder().finish(), 'ERR_BAD_INPUT', /at least one leaf/)
  })

  it('has a root of the kind that its size needs', () => {
    const { root, size } = treeOf(2)
    refuses(() => blobRoot(root, FULL), 'ERR_BAD_INPUT', /is a leaf/)
    refuses(() => blobRoot(leaf(0), size), 'ERR_BAD_INPUT', /is an index node/)
    refuses(() => blobRoot(root, 0), 'ERR_BAD_INPUT')
    refuses(() => openIndex(blobRoot(leaf(0), 5), fill(5)), 'ERR_BAD_INPUT')
  })
})

describe('an index node', () => {
  const links = [leaf(0), leaf(1), leaf(2)]
  const size = 2 * FULL + 7
  const bytes = encodeIndex({ v: 1, size, links })
  const cid = cidOf(CODEC.dagCbor, bytes)

  it('keeps what it does not know', () => {
    const node = decodeIndex(encodeIndex({ v: 1, size, links, unknown: { later: [1, 'x'] } }))
    assert.deepEqual(node, { v: 1, size, links, unknown: { later: [1, 'x'] } })
  })

  it('has the bytes that dag-cbor has for it, whatever its number of links', () => {
    const above = (n: number): Cid => cidFromDigest(CODEC.dagCbor, sha256(Buffer.from(String(n))))
    const forms = [
      ...[1, 2, 23, 24, 255, 256, 1023, 1024].flatMap(count => [1, FULL].map(last => ({ size: (count - 1) * FULL + last, count, of: leaf }))),
      ...[1, 23, 24, 255, 256, 65_535, 65_536].map(size => ({ size, count: 1, of: leaf })),
      ...[2, 15, 16].map(count => ({ size: count * FULL * FAN, count, of: above }))
    ]
    for (const { size: bytesBelow, count, of } of forms) {
      const node = { v: 1 as const, size: bytesBelow, links: Array.from({ length: count }, (_, i) => of(i)) }
      const made = encodeIndex(node)
      assert.deepEqual(made, encodeCbor({ ...node, links: node.links.map(one => CID.decode(one)) }))
      assert.deepEqual(decodeIndex(made), node)
    }
  })

  it('with any byte changed, left out or doubled is read as dag-cbor is, or not at all', () => {
    const { take } = wireFormats['index node']
    const same = (changed: Uint8Array): void => {
      const expected = attempt(() => take(changed, {}))
      const got = attempt(() => decodeIndex(changed))
      assert.equal(got === undefined, expected === undefined, hex(changed))
      if (got !== undefined) assert.deepEqual(encodeIndex(got), changed)
    }
    for (let i = 0; i < bytes.length; i++) {
      for (const flip of [1, 0x20, 0x80, 0xff]) same(Uint8Array.from(bytes, (byte, at) => at === i ? byte ^ flip : byte))
      same(Uint8Array.from([...bytes.subarray(0, i), ...bytes.subarray(i + 1)]))
      same(Uint8Array.from([...bytes.subarray(0, i + 1), ...bytes.subarray(i)]))
    }
  })

  it('whose links do not fit its size is neither made nor read', () => {
    for (const bad of [{ size: 3 * FULL + 1, links }, { size: 2 * FULL, links }, { size, links: [leaf(0), cid, leaf(1)] }, { size: 5, links: [cid] }, { size: FULL * FAN, links: [cid, cid] }]) refuses(() => encodeIndex({ v: 1, ...bad }), 'ERR_BAD_INPUT')
    refuses(() => decodeIndex(encodeCbor({ v: 1, size: 1, links: [] })), 'ERR_BAD_INPUT')
    refuses(() => decodeIndex(new Uint8Array(LIMITS.indexBytes + 1)), 'ERR_TOO_LARGE')
  })

  it('that is another than the one named above, or says another size than stands above, is a lie', () => {
    const part = blobRoot(cid, size)
    assert.equal(openIndex(part, bytes).length, 3)
    refuses(() => openIndex(part, encodeIndex({ v: 1, size, links: links.toReversed() })), 'ERR_PROOF')
    refuses(() => openIndex(blobRoot(cid, size + 1), bytes), 'ERR_PROOF', /another size or depth/)
    // A node above leaves in the place of one above nodes: the row below would be read as leaves are.
    const row = encodeIndex({ v: 1, size: FULL * FAN + 1, links: [cid, cid] })
    const [first] = openIndex(blobRoot(cidOf(CODEC.dagCbor, row), FULL * FAN + 1), row)
    refuses(() => openIndex(first!, bytes), 'ERR_PROOF')
  })

  it('says how long each leaf is: one that is cut, longer or altered is a lie', () => {
    const data = fill(7)
    const [part] = [{ cid: cidOf(CODEC.raw, data), size: 7, depth: 0, first: 2 }]
    assert.doesNotThrow(() => { requireLeaf(part, data) })
    refuses(() => { requireLeaf(part, data.subarray(1)) }, 'ERR_PROOF', /a leaf of 7 bytes came with 6/)
    refuses(() => { requireLeaf({ ...part, size: 8 }, data) }, 'ERR_PROOF')
    refuses(() => { requireLeaf(part, data.with(3, 0)) }, 'ERR_PROOF')
    refuses(() => { requireLeaf(blobRoot(cid, size), bytes) }, 'ERR_BAD_INPUT')
  })
})
