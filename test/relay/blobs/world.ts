/** Blobs for tests: files cut into blocks, and a service over a store that can crash. */
import { createHash, randomBytes } from 'node:crypto'
import { CODEC, cidOf, LIMITS, TreeBuilder, type Block, type Cid } from '../../../src/protocol/wire/index.js'
import { BlobService, type BlobServiceParts } from '../../../src/relay/index.js'
import type { Store } from '../../../src/store/index.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'
import { MemoryDisk } from '../../../src/store/memory/engine.js'
import { TestClock } from '../../store/support.js'

/** A blob cut into blocks. */
export interface TestBlob { readonly root: Cid, readonly size: number, readonly leaves: readonly Block[], readonly nodes: readonly Block[], readonly blocks: readonly Block[] }

/** A blob of leaves of full size and a last one of `last` bytes. Leaves with the same seed have the same bytes. */
export function testBlob (seeds: readonly string[], last = 10): TestBlob {
  const tree = new TreeBuilder()
  const leaves: Block[] = []
  const nodes: Block[] = []
  for (const [i, seed] of seeds.entries()) {
    const bytes = new Uint8Array(i === seeds.length - 1 ? last : LIMITS.blobBytes)
    bytes.set(createHash('sha256').update(seed).digest().subarray(0, bytes.length))
    const cid = cidOf(CODEC.raw, bytes)
    leaves.push({ cid, bytes })
    nodes.push(...tree.add(cid, bytes.length))
  }
  const { root, size, nodes: rest } = tree.finish()
  nodes.push(...rest)
  return { root, size, leaves, nodes, blocks: [...leaves, ...nodes] }
}

/** A blob nobody else has. */
export function freshBlob (leaves = 1, last = 10): TestBlob { return testBlob(Array.from({ length: leaves }, () => randomBytes(8).toString('hex')), last) }

export const uploadId = (): Uint8Array => new Uint8Array(randomBytes(16))
export const owner = (name: string): Uint8Array => new TextEncoder().encode(name)

/** A service over a store in memory. */
export interface BlobWorld {
  readonly clock: TestClock
  readonly disk: MemoryDisk
  store: Store
  service: BlobService
  /** Begins anew upon what was on the disk. */
  restart: () => Promise<void>
  close: () => Promise<void>
}

export async function blobWorld (parts: Omit<BlobServiceParts, 'store' | 'clock'> = {}): Promise<BlobWorld> {
  const clock = new TestClock()
  const disk = new MemoryDisk()
  const begin = async (): Promise<Pick<BlobWorld, 'store' | 'service'>> => {
    const store = await openMemoryStore({ clock, disk, sweepMs: 0 })
    return { store, service: await BlobService.open({ store, clock, ...parts }) }
  }
  const world: BlobWorld = {
    clock, disk, ...await begin(),
    restart: async () => {
      await world.close()
      Object.assign(world, await begin())
    },
    close: async () => {
      await world.service.close()
      await world.store.close()
    }
  }
  return world
}

/** Uploads a whole blob and finishes it. */
export async function upload (service: BlobService, who: Uint8Array, blob: TestBlob): Promise<void> {
  const id = uploadId()
  await service.begin(who, id, blob.size)
  await service.put(who, id, blob.blocks)
  const { missing } = await service.finish(who, id, blob.root, blob.size)
  if (missing.length > 0) throw new Error(`${missing.length} blocks are missing`)
}
