import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { ingest } from '../../../src/node/media/ingest.js'
import type { Keeper } from '../../../src/node/media/keeper.js'
import { mediaLayout, openChunk, systemRandom } from '../../../src/protocol/crypto/index.js'
import { cidText, isBlock, LIMITS } from '../../../src/protocol/wire/index.js'

const CHUNKS = 20
const LAST = 1000

/** Each chunk has its own number in every byte. */
const bytesOf = (chunk: number): Buffer => Buffer.alloc(chunk < CHUNKS ? LIMITS.chunkBytes : LAST, chunk)

/** Pieces as a socket gives them, not as chunks are. */
async function * pieces (): AsyncGenerator<Uint8Array> {
  for (let chunk = 0; chunk <= CHUNKS; chunk++) {
    const bytes = bytesOf(chunk)
    yield bytes.subarray(0, 700)
    yield await Promise.resolve(bytes.subarray(700))
  }
}

describe('a file on its way into the store', () => {
  it('uses the memory of a block for another one only once it is kept', async () => {
    const kept = new Map<string, Uint8Array>()
    const late = async (): Promise<void> => { for (let i = 0; i < 20; i++) await turn() }
    const keeper: Pick<Keeper, 'begin' | 'put' | 'drop'> = {
      begin: async () => { await Promise.resolve() },
      drop: async () => { await Promise.resolve() },
      put: async (_upload, blocks) => {
        // A disk that writes what it was given late.
        await late()
        for (const { cid, bytes } of blocks) {
          assert.ok(isBlock(cid, bytes))
          kept.set(cidText(cid), bytes.slice())
        }
      }
    }
    const size = CHUNKS * LIMITS.chunkBytes + LAST
    const key = systemRandom(32)
    const { leaves } = await ingest(keeper as Keeper, { bytes: pieces(), size, sha256: null, key, upload: systemRandom(16) })
    assert.equal(leaves.length, CHUNKS + 1)
    const layout = mediaLayout(size)
    for (const [i, leaf] of leaves.entries()) {
      assert.ok(bytesOf(i).equals(openChunk(key, layout, i, kept.get(cidText(leaf)) ?? new Uint8Array(0))))
    }
  })
})
