import assert from 'node:assert/strict'
import { base32Text, BadInputError, LIMITS, manifestRecordKey, sameBytes } from '../../src/protocol/wire/index.js'
import { Publication } from '../../src/relay/dht/publication.js'
import { valueOfRecord } from '../../src/relay/dht/record-value.js'
import { HostRecords, type HostStore } from '../../src/relay/dht/records.js'
import { Person } from './kit/people.js'

type Key = Parameters<HostStore['get']>[0]
const key = (text: string): Key => ({ toString: () => text }) as unknown as Key
const field = (number: number, bytes: Uint8Array): Buffer => {
  const length = bytes.length < 128 ? [bytes.length] : bytes.length < 16_384 ? [bytes.length & 127 | 128, bytes.length >> 7] : [bytes.length & 127 | 128, bytes.length >> 7 & 127 | 128, bytes.length >> 14]
  return Buffer.concat([Buffer.from([number << 3 | 2, ...length]), bytes])
}
const record = (value: Uint8Array): Uint8Array => new Uint8Array(Buffer.concat([field(1, new Uint8Array(51)), field(2, value), field(5, Buffer.from('2030-01-01T00:00:00Z'))]))
const nameOf = (person: Person): Key => key(`/dht/record/${base32Text(manifestRecordKey(person.account.key)).slice(1)}`)

describe('relay: what a host keeps for the DHT', () => {
  it('is bounded, in records and in bytes: the oldest gives way', () => {
    const people = Array.from({ length: 4 }, () => new Person())
    for (const most of [{ records: 3 }, { bytes: 3 * record(people[0]!.bytes).length }]) {
      const records = new HostRecords(() => undefined, most)
      for (const person of people) records.put(nameOf(person), record(person.bytes))
      assert.equal(records.count, 3)
      assert.equal(records.has(nameOf(people[0]!)), false)
      assert.ok(sameBytes(records.manifest(manifestRecordKey(people[3]!.account.key))!.bytes, people[3]!.bytes))
    }
  })

  it('holds addresses of a bounded number of peers, and nothing of who provides what', () => {
    const records = new HostRecords(() => undefined, { peers: 2 })
    for (const name of ['a', 'b', 'c']) records.put(key(`/peers/${name}`), new Uint8Array([1]))
    records.put(key('/dht/provider/x/y'), new Uint8Array([1]))
    assert.deepEqual([...records.queryKeys({ prefix: '/' })].map(String), ['/peers/b', '/peers/c'])
    assert.throws(() => records.get(key('/peers/a')), { name: 'NotFoundError' })
  })

  it('never goes back, and tells of what contradicts it', () => {
    let forks = 0
    const records = new HostRecords(() => { forks++ })
    const bob = new Person()
    const first = bob.bytes
    const second = bob.publish({ time: 2 })
    const held = (): number => records.manifest(manifestRecordKey(bob.account.key))!.manifest.version
    records.put(nameOf(bob), record(second))
    records.put(nameOf(bob), record(first))
    assert.deepEqual([held(), forks], [2, 0])
    bob.manifest = { ...bob.manifest, version: 1 }
    bob.bytes = first
    records.put(nameOf(bob), record(bob.publish({ time: 3 })))
    assert.deepEqual([held(), forks, records.manifest(manifestRecordKey(bob.account.key))!.manifest.time], [2, 1, 2])
  })

  it('is read from nothing but whole records', () => {
    const value = new Uint8Array(300).fill(7)
    assert.deepEqual(valueOfRecord(record(value)), value)
    for (const bad of [new Uint8Array(), record(value).subarray(0, 200), field(1, value), Buffer.from([0x10, 0x01]), Buffer.from([0x12, 0xff, 0xff, 0xff, 0xff])]) assert.throws(() => valueOfRecord(new Uint8Array(bad)), BadInputError)
  })
})

describe('relay: when a manifest is published', () => {
  /** A clock that goes on only when it is told to. */
  class Hand {
    at = 0
    #work: { at: number, run: () => void } | undefined
    after = (ms: number, run: () => void): () => void => {
      const work = { at: this.at + ms, run }
      this.#work = work
      return () => { if (this.#work === work) this.#work = undefined }
    }

    /** Goes on to what is next. @returns how long that took; undefined for nothing */
    async next (): Promise<number | undefined> {
      const work = this.#work
      if (work === undefined) return undefined
      this.#work = undefined
      const waited = work.at - this.at
      this.at = work.at
      work.run()
      await new Promise(resolve => setImmediate(resolve))
      return waited
    }
  }

  const begin = (takes: () => number | undefined): { hand: Hand, puts: Uint8Array[], publication: Publication } => {
    const hand = new Hand()
    const puts: Uint8Array[] = []
    return { hand, puts, publication: new Publication({ put: async account => { puts.push(account); return takes() }, now: () => hand.at, after: hand.after, random: () => 0.5 }) }
  }
  const [ann, bob] = [new Person().account.key, new Person().account.key]

  it('it is at once when it is new, and again before it ends', async () => {
    const { hand, puts, publication } = begin(() => 3)
    publication.neighbours(true)
    publication.changed(ann)
    assert.equal(await hand.next(), 0)
    assert.equal(await hand.next(), LIMITS.republishMs * 0.875)
    assert.equal(puts.length, 2)
  })

  it('those of before a restart are spread over a round', async () => {
    const { hand, puts, publication } = begin(() => 3)
    publication.known(ann)
    publication.known(bob)
    publication.neighbours(true)
    assert.equal(await hand.next(), LIMITS.republishMs / 2)
    assert.equal(await hand.next(), 0)
    assert.deepEqual(puts, [ann, bob])
  })

  it('nobody is told while nobody is there, and what reached nobody is put again, ever later', async () => {
    let taken = 0
    const { hand, puts, publication } = begin(() => taken)
    publication.changed(ann)
    assert.equal(await hand.next(), undefined)
    publication.neighbours(true)
    assert.deepEqual([await hand.next(), await hand.next(), await hand.next()], [0, LIMITS.republishRetryMs, 2 * LIMITS.republishRetryMs])
    publication.neighbours(false)
    publication.neighbours(true)
    taken = 1
    assert.equal(await hand.next(), 0)
    assert.equal(puts.length, 4)
  })

  it('an account that is no longer hosted is left out', async () => {
    const { hand, publication } = begin(() => undefined)
    publication.neighbours(true)
    publication.changed(ann)
    await hand.next()
    assert.deepEqual([publication.size, await hand.next()], [0, undefined])
  })
})
