import assert from 'node:assert/strict'
import { METHOD, pb, sameBytes, type Block, type KeyBytes } from '../../src/protocol/wire/index.js'
import type { Relay } from '../../src/relay/index.js'
import { openBlobs, serveBlobs, type BlobClient } from '../../src/relay/net/index.js'
import { freshBlob, uploadId, type TestBlob } from './blobs/world.js'
import { code, until } from './net/support.js'
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

  it('come from several relays at once; one that lies is asked no more, and what it would have brought comes from another', async () => {
    const blob = freshBlob(24)
    await upload(ann, blob)
    const third = await scene.relay()
    await upload(await at(third), blob)
    const liar = await scene.person(true)
    const lies = { asked: 0 }
    const own = blob.nodes[0]!
    const serving = await serveBlobs(liar.host, {
      admit: () => ({
        put: async () => { await Promise.resolve() },
        get: async cid => {
          lies.asked++
          // The tree is true, the leaves are not.
          return await Promise.resolve(sameBytes(cid, own.cid) ? own.bytes : new Uint8Array(9))
        }
      })
    })
    const bob = await at(other)
    const source = { key: liar.host.key, addresses: () => liar.host.addresses() }
    assert.equal(await lease(bob, blob, [source, home, third]), 0)
    assert.equal((await all(bob.blobs, blob)).length, blob.blocks.length)
    assert.ok(lies.asked > 0 && lies.asked < 24, `it was asked ${lies.asked} times`)
    await serving.close()
  })

  it('that no source has are absent at once, and are fetched when a source has them', async () => {
    const blob = freshBlob(2)
    const bob = await at(other)
    assert.equal(await lease(bob, blob, [home]), 0)
    assert.equal((await all(bob.blobs, blob)).length, 0)
    await upload(ann, blob)
    // Asked for anew, it is looked for anew.
    await lease(bob, blob, [home])
    assert.equal((await all(bob.blobs, { ...blob, blocks: blob.nodes })).length, 1)
    assert.equal((await all(bob.blobs, blob)).length, 3)
  })

  it('go on after a restart from what is there, and are fetched no more once they are given up', async () => {
    const [blob, given] = [freshBlob(6), freshBlob(6)]
    const gates = new Map([blob, given].flatMap(one => one.leaves.slice(3)).map(({ cid }) => [Buffer.from(cid).toString('hex'), true]))
    const asked: string[] = []
    const source = await scene.person(true)
    const bytesOf = new Map([...blob.blocks, ...given.blocks].map(({ cid, bytes }) => [Buffer.from(cid).toString('hex'), bytes]))
    const withheld = Promise.withResolvers<undefined>()
    const serving = await serveBlobs(source.host, {
      admit: () => ({
        put: async () => { await Promise.resolve() },
        get: async cid => {
          const name = Buffer.from(cid).toString('hex')
          asked.push(name)
          if (gates.get(name) === true) await withheld.promise
          return bytesOf.get(name)
        }
      })
    })
    const directory = await scene.directory()
    const relay = await scene.relay({ directory, admission: 'open' })
    const bob = await at(relay)
    const where = { key: source.host.key, addresses: () => source.host.addresses() }
    await lease(bob, blob, [where])
    await lease(bob, given, [where])
    assert.equal((await all(bob.blobs, { ...blob, blocks: [...blob.nodes, ...blob.leaves.slice(0, 3)] })).length, 4)
    await bob.client.channel.call(METHOD.release, pb.ReleaseRequest.encode({ root: given.root }))
    await relay.stop()
    // What it asked for would else be looked for still.
    await until(() => source.host.connectionCount() === 0)
    for (const name of gates.keys()) gates.set(name, false)
    withheld.resolve(undefined)
    const before = asked.length
    const again = await scene.relay({ directory, admission: 'open' })
    // By itself: nobody has asked for it again.
    await until(() => asked.length >= before + 3)
    const back = await at(again, bob.who)
    while ((await lease(back, blob, [where])) !== 1) await all(back.blobs, blob)
    const later = new Set(asked.slice(before))
    assert.deepEqual([...later].sort(), blob.leaves.slice(3).map(({ cid }) => Buffer.from(cid).toString('hex')).sort())
    await serving.close()
  })
})
