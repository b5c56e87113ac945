import assert from 'node:assert/strict'
import { METHOD, pb, sameBytes, type Block, type KeyBytes } from '../../src/protocol/wire/index.js'
import type { Relay } from '../../src/relay/index.js'
import { openBlobs, type BlobClient } from '../../src/relay/net/index.js'
import { freshBlob, uploadId, type TestBlob } from './blobs/world.js'
import { code } from './net/support.js'
import { Scene, type RealPerson } from './kit/real.js'
import type { Client } from './kit/client.js'

const scene = new Scene()
after(() => scene.end())

interface At { readonly who: RealPerson, readonly client: Client, readonly blobs: BlobClient }

/** Somebody with a session and a stream of blocks at a relay. */
async function at (relay: Relay, who?: RealPerson): Promise<At> {
  const person = who ?? await scene.person()
  const client = await person.dial(relay)
  await client.open(person)
  return { who: person, client, blobs: await openBlobs(person.host, relay.addresses(), relay.key) }
}

async function upload ({ client, blobs }: At, blob: TestBlob): Promise<void> {
  const id = uploadId()
  await client.channel.call(METHOD.beginUpload, pb.BeginUploadRequest.encode({ upload: id, bytes: blob.size }))
  await blobs.put(id, blob.blocks)
  const { missing } = pb.FinishUploadReply.decode(await client.channel.call(METHOD.finishUpload, pb.FinishUploadRequest.encode({ upload: id, root: blob.root, size: blob.size })))
  assert.equal(missing.length, 0)
}

async function lease ({ client }: At, blob: TestBlob, sources: ReadonlyArray<Pick<Relay, 'addresses' | 'key'>>): Promise<number> {
  const request = { root: blob.root, size: blob.size, sources: sources.map((source): { peer: KeyBytes, addrs: string[] } => ({ peer: source.key, addrs: source.addresses() })) }
  return pb.LeaseReply.decode(await client.channel.call(METHOD.lease, pb.LeaseRequest.encode(request))).state
}

async function all (client: BlobClient, blob: TestBlob): Promise<Block[]> {
  const got: Block[] = []
  for await (const block of client.get(blob.blocks.map(({ cid }) => cid))) got.push(block)
  return got
}

describe('relays: blobs', () => {
  let home: Relay
  let other: Relay
  let ann: At
  before(async () => {
    [home, other] = [await scene.relay(), await scene.relay()]
    ann = await at(home)
  })

  it('are put by whom the relay hosts, with a session, and got by whoever knows their CIDs', async () => {
    const blob = freshBlob(3)
    const stranger = await scene.person()
    const without = await openBlobs(stranger.host, home.addresses(), home.key)
    await assert.rejects(without.put(uploadId(), blob.blocks), code('ERR_SESSION'))
    await assert.rejects(ann.blobs.put(uploadId(), blob.blocks), code('ERR_NOT_FOUND'))
    await upload(ann, blob)
    const got = await all(without, blob)
    assert.equal(got.length, blob.blocks.length)
  })

  it('come from the relay that has them to the one that leases them, and those who ask at once wait for them', async () => {
    const blob = freshBlob(9)
    await upload(ann, blob)
    const bob = await at(other)
    assert.equal(await lease(bob, blob, [home]), 0)
    const got = await all(bob.blobs, { ...blob, blocks: [...blob.nodes] })
    assert.equal(got.length, 1)
    assert.equal((await all(bob.blobs, { ...blob, blocks: [...blob.leaves].reverse() })).length, 9)
    assert.ok(sameBytes(got[0]!.cid, blob.root))
  })
})
