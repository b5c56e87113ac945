import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { verifyAttested, type Digest, type LogId, type Receipt } from '../../src/protocol/wire/index.js'
import { Attester } from '../../src/relay/logs/attester.js'
import { newKey } from './kit/people.js'

describe('relay: attesting', () => {
  const digest = (): Digest => new Uint8Array(randomBytes(32))
  const log = new Uint8Array(34) as LogId
  const receipt = (seq: number, hash = digest()): Receipt => ({ type: 'receipt', log, term: 1, seq, prev: digest(), hash, entry: digest(), time: 7 })

  it('says once what two ask for in one tick, and each gets its own in order', async () => {
    const sizes: number[] = []
    const attester = new Attester(newKey(), { onBatch: size => { sizes.push(size) } })
    const all = [1, 2, 3].map(seq => receipt(seq))
    const [author, follower] = await Promise.all([attester.attest(all), attester.attestOne({ ...all[2]! })])
    assert.deepEqual(sizes, [3])
    assert.deepEqual(author.map(bytes => verifyAttested(bytes).statement), all)
    assert.deepEqual(follower, author[2])
  })

  it('signs what is being written while the disk is busy, once for its author and for who follows, and nothing that was given up', async () => {
    const sizes: number[] = []
    let meanwhile = (): void => undefined
    const attester = new Attester(newKey(), { onBatch: size => { sizes.push(size) }, meanwhile: run => { meanwhile = run } })
    const [first, second, gone] = [receipt(1), receipt(2), receipt(3)]
    const prepared = [attester.prepare([first]), attester.prepare([second]), attester.prepare([gone])]
    prepared[2]!.isDropped = true
    assert.deepEqual(prepared.map(({ bytes }) => bytes), [undefined, undefined, undefined])
    meanwhile()
    assert.deepEqual(prepared.map(({ bytes }) => bytes?.map(attested => verifyAttested(attested).statement)), [[first], [second], undefined])
    assert.deepEqual(await attester.attestOne({ ...second }), prepared[1]!.bytes?.[0])
    assert.deepEqual(attester.prepared({ type: 'receipt', log, term: 1, seq: 2, hash: second.hash }), prepared[1]!.bytes?.[0])
    for (const other of [{ term: 2 }, { seq: 1 }, { hash: first.hash }]) assert.equal(attester.prepared({ type: 'receipt', log, term: 1, seq: 2, hash: second.hash, ...other }), undefined)
    assert.deepEqual(sizes, [2])
    assert.deepEqual(verifyAttested(await attester.attestOne(gone)).statement, gone)
    assert.deepEqual(sizes, [2, 1])
  })

  it('tells apart what only begins alike', async () => {
    const attester = new Attester(newKey())
    const hash = digest()
    const near = hash.slice()
    near[31]! ^= 1
    const all = [receipt(1, hash), receipt(1, near), { ...receipt(1, hash), term: 2 }, { ...receipt(1, hash), log: new Uint8Array(34).fill(1) as LogId }]
    assert.deepEqual((await attester.attest(all)).map(bytes => verifyAttested(bytes).statement), all)
  })
})
