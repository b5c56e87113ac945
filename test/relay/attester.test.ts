import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { verifyAttested, type Digest, type LogId, type Receipt, type Statement } from '../../src/protocol/wire/index.js'
import type { AttestSink, Prepared } from '../../src/relay/logs/attest-group.js'
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

  /** The statements that a prepared answer is told, once it is. */
  const told = (prepared: Prepared): Promise<Statement[]> => new Promise((resolve, reject) => {
    const sink: AttestSink = { attested: bytes => { resolve(bytes.map(attested => verifyAttested(attested).statement)) }, failed: reject }
    if (!prepared.tell(sink)) reject(new Error('nobody will sign it'))
  })

  it('signs what is being written while the disk is busy, once for its author and for who follows, and nothing that was given up', async () => {
    const sizes: number[] = []
    let meanwhile = (): void => undefined
    const attester = new Attester(newKey(), { onBatch: size => { sizes.push(size) }, meanwhile: run => { meanwhile = run } })
    const [first, second, gone] = [receipt(1), receipt(2), receipt(3)]
    const prepared = [attester.prepare([first]), attester.prepare([second]), attester.prepare([gone])]
    prepared[2]!.isDropped = true
    meanwhile()
    const place = { type: 'receipt' as const, log, term: 1, seq: 2, hash: second.hash }
    assert.equal(attester.prepared(place), undefined, 'it is being signed')
    const [one, two, follower] = await Promise.all([told(prepared[0]!), told(prepared[1]!), attester.attestOne({ ...second })])
    assert.deepEqual([one, two], [[first], [second]])
    assert.deepEqual(verifyAttested(follower).statement, second)
    assert.deepEqual(await attester.attestOne({ ...second }), follower)
    assert.deepEqual(attester.prepared(place), follower)
    assert.deepEqual(await told(prepared[0]!), [first], 'the disk was slower')
    for (const other of [{ term: 2 }, { seq: 1 }, { hash: first.hash }]) assert.equal(attester.prepared({ ...place, ...other }), undefined)
    assert.deepEqual(sizes, [2])
    assert.deepEqual(verifyAttested(await attester.attestOne(gone)).statement, gone)
    assert.deepEqual(sizes, [2, 1])
  })

  it('signs at once with a key that cannot do it beside the loop', async () => {
    const { key, sign } = newKey()
    const attester = new Attester({ key, sign }, { meanwhile: run => { run() } })
    const statement = receipt(1)
    assert.deepEqual(await told(attester.prepare([statement])), [statement])
    assert.deepEqual(verifyAttested(attester.prepared(statement) ?? new Uint8Array()).statement, statement)
  })

  it('signs at once where there are many, since threads for it would come late then', () => {
    let meanwhile = (): void => undefined
    const key = newKey()
    const attester = new Attester({ ...key, signOnPool: () => { throw new Error('not here') } }, { meanwhile: run => { meanwhile = run } })
    const all = [1, 2, 3, 4, 5].map(seq => receipt(seq))
    for (const one of all) attester.prepare([one])
    meanwhile()
    assert.deepEqual(all.map(one => verifyAttested(attester.prepared(one) ?? new Uint8Array()).statement), all)
  })

  it('says so when the disk was quicker than the loop, and then signs nothing', async () => {
    const sizes: number[] = []
    let meanwhile = (): void => undefined
    const attester = new Attester(newKey(), { onBatch: size => { sizes.push(size) }, meanwhile: run => { meanwhile = run } })
    const prepared = attester.prepare([receipt(1)])
    await assert.rejects(told(prepared), /nobody will sign it/)
    meanwhile()
    await attester.attestOne(receipt(2))
    assert.deepEqual(sizes, [1])
  })

  it('tells all that wait why nothing was signed, and signs anew for who asks afterwards', async () => {
    const key = newKey()
    let works = false
    const attester = new Attester({
      ...key,
      signOnPool: (label, bytes, onSigned) => {
        if (works) key.signOnPool?.(label, bytes, onSigned)
        else setImmediate(() => { onSigned(new Error('no thread'), new Uint8Array()) })
      }
    })
    const statement = receipt(1)
    for (let round = 0; round < 2; round++) {
      const prepared = attester.prepare([statement])
      const late = attester.prepare([receipt(2)])
      await new Promise<void>(resolve => { setImmediate(resolve) })
      const follower = attester.attestOne({ ...statement })
      if (works) {
        assert.deepEqual(await told(prepared), [statement])
        assert.deepEqual(verifyAttested(await follower).statement, statement)
        continue
      }
      await Promise.all([assert.rejects(told(prepared), /no thread/), assert.rejects(follower, /no thread/)])
      await assert.rejects(told(late), /nobody will sign it/)
      assert.deepEqual(verifyAttested(await attester.attestOne({ ...statement })).statement, statement)
      works = true
    }
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
