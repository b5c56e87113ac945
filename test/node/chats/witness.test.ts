import assert from 'node:assert/strict'
import { Witness } from '../../../src/node/chats/witness.js'
import { RecordKeys } from '../../../src/node/records/index.js'
import { attest, encodeGenesis, LIMITS, verifyAttested, verifyEvidence, type Attested, type Proof } from '../../../src/protocol/wire/index.js'
import type { Store } from '../../../src/store/index.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'
import { Chain, fill } from '../../protocol/wire/kit.js'

const T = 1_700_000_000_000
const MARGIN = LIMITS.proofMarginMs

describe('what a home has signed', () => {
  let store: Store
  let chain: Chain
  let witness: Witness
  let verified: number
  const clock = T

  beforeEach(async () => {
    store = await openMemoryStore()
    chain = Chain.of(0)
    verified = 0
    witness = made()
  })
  afterEach(async () => { await store.close() })

  const made = (): Witness => new Witness({
    kv: store.kv, keys: new RecordKeys(fill(32)), log: chain.log, genesis: encodeGenesis(chain.genesis),
    now: () => clock, recent: seq => seq <= verified ? chain.hashes[seq] : undefined,
    hashAt: async seq => await Promise.resolve(seq <= verified ? chain.hashes[seq] : undefined),
    leaves: async (after, to) => await Promise.resolve(chain.entries.slice(after, to).map(e => e.leaf))
  })
  const head = (seq: number, time: number, hash = chain.hashes[seq]!): Attested => verifyAttested(attest([{ type: 'head', log: chain.log, term: 1, seq, hash, time }], chain.home)[0]!)
  const receipt = (seq: number, time: number, hash = chain.hashes[seq]!): Attested =>
    verifyAttested(attest([{ type: 'receipt', log: chain.log, term: 1, seq, prev: chain.hashes[seq - 1] ?? fill(32, 1), hash, entry: fill(32), time }], chain.home)[0]!)
  const grow = (n: number, time = T): void => { for (let i = 0; i < n; i++) chain.append(fill(8, chain.seq), {}, time) }
  /** The reader takes all there is, with this statement. */
  const read = async (statement: Attested): Promise<Uint8Array | null> => {
    const entries = chain.entries.slice(verified)
    const before = chain.hashes[verified]!
    verified = chain.seq
    await store.kv.batch(witness.ops(statement))
    return witness.take(statement, before, entries)
  }
  async function proved (): Promise<Proof> {
    const evidence = await witness.prove()
    assert.ok(evidence !== null, 'there is evidence')
    return verifyEvidence(evidence)
  }

  it('proves a fork when it signs another hash for the number that was read', async () => {
    grow(5)
    await read(head(5, T))
    assert.equal(await witness.prove(), null)
    witness.saw(head(5, T + 1, fill(32)).bytes)
    assert.deepEqual({ kind: (await proved()).kind, seq: (await proved()).seq }, { kind: 'fork', seq: 5 })
  })

  it('is no fresh word on where the log ends when it is a receipt alone', async () => {
    grow(2)
    await read(receipt(2, T))
    assert.equal(witness.saidAt, T)
    witness.take(receipt(2, T + 5), chain.hashes[2]!, [])
    assert.equal(witness.saidAt, T)
    witness.take(head(2, T + 5), chain.hashes[2]!, [])
    assert.equal(witness.saidAt, T + 5)
  })

  it('proves a fork when the log does not show what a receipt promised', async () => {
    grow(2)
    await read(head(2, T))
    witness.saw(receipt(4, T, fill(32)).bytes)
    const before = chain.hashes[2]!
    grow(4)
    assert.equal(await witness.prove(), null)
    witness.saw(head(6, T).bytes, { before, entries: chain.entries.slice(2) })
    assert.equal((await proved()).seq, 4)
  })

  it('proves a fork below what one receipt promised for several entries, by the chain that led to it', async () => {
    grow(2)
    await read(head(2, T))
    const promised = Chain.of(0)
    for (let i = 0; i < 5; i++) promised.append(fill(8, i < 2 ? i : 90 + i), {}, T)
    const [said] = attest([{ type: 'receipt', log: promised.log, term: 1, seq: 5, prev: promised.hashes[4]!, hash: promised.hashes[5]!, entry: fill(32), time: T }], promised.home)
    const past = { hash: promised.hashes[2]!, leaves: promised.entries.slice(2).map(({ leaf }) => leaf) }
    witness.promised({ said: verifyAttested(said!), past })
    const before = chain.hashes[2]!
    grow(1)
    witness.saw(head(3, T).bytes, { before, entries: chain.entries.slice(2) })
    assert.deepEqual({ kind: (await proved()).kind, seq: (await proved()).seq }, { kind: 'fork', seq: 3 })
  })

  it('looks for what a lie contradicts along the past of the two statements alone, however many were promised', async () => {
    let reads = 0
    const readsOf = async (calls: number): Promise<number> => {
      witness.forgive()
      for (let i = 0; i < calls; i++) {
        const from = chain.seq
        grow(2)
        const [hash, leaves] = [chain.hashes[from]!, chain.entries.slice(from).map(({ leaf }) => leaf)]
        witness.promised({ said: receipt(chain.seq, T), past: { hash, get leaves () { reads++; return leaves } } })
      }
      reads = 0
      assert.equal(await witness.prove(), null)
      return reads
    }
    const [few, many] = [await readsOf(8), await readsOf(16)]
    assert.ok(few > 0 && many < 5 * few, `${few} with 8, ${many} with 16: each with each other is four times as many`)
  })

  it('proves a fork against an old number, by the statement kept next after it', async () => {
    for (let i = 0; i < 3; i++) {
      grow(LIMITS.waypointEntries)
      await read(head(chain.seq, T))
    }
    witness.saw(head(5, T, fill(32)).bytes)
    const proof = await proved()
    assert.deepEqual([proof.kind, proof.seq, proof.other.seq], ['fork', 5, LIMITS.waypointEntries])
  })

  it('proves a rollback once the shorter head is so much later that no honest home could have signed it', async () => {
    grow(6)
    await read(receipt(6, T))
    witness.saw(head(4, T + MARGIN - 1).bytes)
    assert.equal(await witness.prove(), null)
    witness.saw(head(4, T + MARGIN).bytes)
    assert.deepEqual({ kind: (await proved()).kind, seq: (await proved()).seq }, { kind: 'back', seq: 4 })
  })

  it('proves that entries were held back, by the head that was signed meanwhile', async () => {
    grow(3)
    assert.equal(await read(head(3, T + MARGIN)), null)
    grow(2)
    const evidence = await read(receipt(5, T))
    assert.equal(verifyEvidence(evidence!).kind, 'back')
  })

  it('accuses nobody of a slow disk: an entry that was under way when the end was signed', async () => {
    grow(3)
    await read(head(3, T + MARGIN - 1))
    grow(2)
    assert.equal(await read(receipt(5, T)), null)
  })

  it('is known again after a restart', async () => {
    grow(5)
    await read(head(5, T))
    witness = made()
    await witness.load()
    assert.deepEqual(Uint8Array.from(witness.newest!), Uint8Array.from(head(5, T).bytes))
    witness.saw(head(5, T + 1, fill(32)).bytes)
    assert.equal((await proved()).kind, 'fork')
  })

  it('is not held against the home once the person goes on', async () => {
    grow(5)
    await read(head(5, T))
    witness.saw(head(5, T + 1, fill(32)).bytes)
    witness.forgive()
    assert.equal(await witness.prove(), null)
  })

  it('takes no room for what the log bears out', async () => {
    for (let i = 0; i < 100; i++) {
      grow(1)
      witness.saw(receipt(chain.seq, T).bytes)
      await read(head(chain.seq, T))
    }
    witness.saw(head(100, T, fill(32)).bytes)
    assert.equal((await proved()).seq, 100)
  })
})
