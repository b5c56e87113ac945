import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { FileRecord } from '../../../src/node/media/file-record.js'
import type { MediaHome } from '../../../src/node/media/home.js'
import type { Keeper } from '../../../src/node/media/keeper.js'
import { uploadFile } from '../../../src/node/media/upload.js'
import { mediaLayout } from '../../../src/protocol/crypto/index.js'
import { cidOf, cidText, CODEC, isBlock, LIMITS, TreeBuilder, type Block } from '../../../src/protocol/wire/index.js'

const CHUNKS = 40
/** Blocks that the home has not taken yet when it asks for the next one. */
const ON_THE_WAY = 4

describe('a file on its way to a relay', () => {
  it('is read into memory that is used again once the relay has what was in it, and not before', async () => {
    const held = new Map<string, Uint8Array>()
    const tree = new TreeBuilder()
    const keep = ({ cid, bytes }: Block): void => { held.set(cidText(cid), bytes) }
    for (let i = 0; i < CHUNKS; i++) {
      const bytes = new Uint8Array(randomBytes(LIMITS.blobBytes))
      const cid = cidOf(CODEC.raw, bytes)
      for (const block of [{ cid, bytes }, ...tree.add(cid, bytes.length)]) keep(block)
    }
    const { root, nodes } = tree.finish()
    for (const node of nodes) keep(node)
    const keeper: Pick<Keeper, 'get'> = {
      get: async (cid, { memory = (length: number) => new Uint8Array(length) } = {}) => {
        const bytes = held.get(cidText(cid)) ?? assert.fail('no such block')
        const out = memory(bytes.length)
        out.set(bytes)
        return await Promise.resolve(out)
      }
    }
    const came = new Set<string>()
    const pieces = new Set<ArrayBufferLike>()
    const home: Pick<MediaHome, 'beginUpload' | 'hasBlocks' | 'putBlocks' | 'finishUpload'> = {
      beginUpload: async () => { await Promise.resolve() },
      hasBlocks: async (_upload, cids) => await Promise.resolve(cids.map(() => false)),
      finishUpload: async () => await Promise.resolve([]),
      putBlocks: async (_upload, blocks, { onAcked }) => {
        const open: Block[] = []
        const take = (): void => {
          const { cid, bytes } = open.shift() ?? assert.fail('nothing is on its way')
          assert.ok(isBlock(cid, bytes), 'it changed while it was on its way')
          came.add(cidText(cid))
          onAcked?.(bytes)
        }
        for await (const block of blocks) {
          if (block.bytes.length === LIMITS.blobBytes) pieces.add(block.bytes.buffer)
          if (open.push(block) > ON_THE_WAY) take()
        }
        while (open.length > 0) take()
      }
    }
    const size = CHUNKS * LIMITS.chunkBytes
    assert.equal(mediaLayout(size).sealedBytes, CHUNKS * LIMITS.blobBytes)
    const file: Pick<FileRecord, 'upload' | 'root' | 'size'> = { upload: new Uint8Array(16), root, size }
    await uploadFile(home as MediaHome, keeper as Keeper, file as FileRecord)
    assert.deepEqual(came, new Set(held.keys()))
    assert.ok(pieces.size <= ON_THE_WAY + 2, `${CHUNKS} blocks lay in ${pieces.size} pieces of memory`)
  })
})
