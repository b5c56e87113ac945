import assert from 'node:assert/strict'
import {
  attest, chainNext, chainStart, decodeCaps, decodeGenesis, decodeLeaf, encodeCaps, encodeCbor, encodeGenesis, encodeLeaf, entryHash, eraserHash, isFork, leafFor, LIMITS, logIdOf, verifyAttested,
  verifyHead, verifyRun, type Caps, type Head, type LogPosition, type Receipt, type StoredEntry
} from '../../../src/protocol/wire/index.js'
import { Chain, fill, flipped, hex, key, refuses, utf8 } from './kit.js'

const start = (chain: Chain): LogPosition => ({ seq: 0, hash: chain.hashes[0]! })
const headOf = (chain: Chain, change: Partial<Head> = {}, by = chain.home): Uint8Array => attest([{ type: 'head', log: chain.log, term: 1, seq: chain.seq, hash: chain.hash, time: 5, ...change }], by)[0]!

describe('a log\'s genesis', () => {
  it('names the log by its hash, so that every field is part of the id', () => {
    const { genesis } = new Chain()
    const id = hex(logIdOf(encodeGenesis(genesis)))
    assert.match(id, /^1220/)
    for (const change of [{ kind: 'inbox' as const }, { salt: fill(16, 6) }, { owner: key(9).key }, { home: key(9).key }, { unknown: { later: 1 } }]) {
      assert.notEqual(hex(logIdOf(encodeGenesis({ ...genesis, ...change }))), id)
    }
  })

  it('keeps what a later version put into it', () => {
    const bytes = encodeGenesis({ ...new Chain().genesis, unknown: { quota: 5 } })
    assert.deepEqual(decodeGenesis(bytes).unknown, { quota: 5 })
    assert.deepEqual(encodeGenesis(decodeGenesis(bytes)), bytes)
  })

  it('is refused with a kind, a version or a key that this build does not know', () => {
    const { genesis } = new Chain()
    refuses(() => decodeGenesis(encodeCbor({ ...genesis, kind: 'club' })), 'ERR_BAD_INPUT', /unknown kind/)
    refuses(() => decodeGenesis(encodeCbor({ ...genesis, v: 2 })), 'ERR_BAD_INPUT')
    refuses(() => decodeGenesis(encodeCbor({ ...genesis, owner: fill(34) })), 'ERR_BAD_INPUT', /Ed25519/)
    refuses(() => decodeGenesis(new Uint8Array(LIMITS.recordBytes + 1)), 'ERR_TOO_LARGE')
  })
})

describe('a leaf', () => {
  const append = { id: fill(16), kind: 1, payload: utf8('commit'), base: 3, caps: { append: key(3).key, read: key(4).key }, erasers: [fill(32, 1), fill(32, 2)] }

  it('comes back as it was written, byte for byte', () => {
    for (const leaf of [leafFor(append, 4, 1000), leafFor({ id: fill(16), kind: 0, payload: new Uint8Array() }, 1, 0), leafFor({ id: fill(16), kind: 255, payload: utf8('later') }, 2 ** 53 - 1, 2 ** 53 - 1)]) {
      assert.deepEqual(decodeLeaf(encodeLeaf(leaf)), leaf)
      assert.deepEqual(encodeLeaf(decodeLeaf(encodeLeaf(leaf))), encodeLeaf(leaf))
    }
  })

  it('covers the payload by its hash alone, so that the payload can be erased', () => {
    assert.deepEqual(leafFor(append, 4, 1).entry, entryHash(append.payload))
    assert.equal(hex(encodeLeaf(leafFor(append, 4, 1))).includes(hex(append.payload)), false)
  })

  it('is refused with a number of zero, a third eraser, another version or one field more', () => {
    const good = leafFor(append, 4, 1000)
    refuses(() => decodeLeaf(encodeLeaf({ ...good, seq: 0 })), 'ERR_BAD_INPUT')
    refuses(() => decodeLeaf(encodeLeaf({ ...good, kind: 256 })), 'ERR_BAD_INPUT')
    refuses(() => decodeLeaf(encodeLeaf({ ...good, erasers: [fill(32), fill(32), fill(32)] })), 'ERR_BAD_INPUT')
    refuses(() => decodeLeaf(encodeLeaf({ ...good, id: fill(15) })), 'ERR_BAD_INPUT')
    const fields = [1, good.seq, good.id, good.kind, good.base, good.caps, good.erasers, good.time, good.entry]
    assert.deepEqual(encodeCbor(fields), encodeLeaf(good))
    refuses(() => decodeLeaf(encodeCbor([2, ...fields.slice(1)])), 'ERR_BAD_INPUT')
    refuses(() => decodeLeaf(encodeCbor([...fields, null])), 'ERR_BAD_INPUT')
    refuses(() => decodeLeaf(new Uint8Array(LIMITS.leafBytes + 1)), 'ERR_TOO_LARGE')
  })

  it('binds an eraser to its log', () => {
    assert.notDeepEqual(eraserHash(fill(34, 1), fill(32)), eraserHash(fill(34, 2), fill(32)))
    assert.notDeepEqual(eraserHash(fill(34, 1), fill(32)), eraserHash(fill(34, 1), fill(32, 1)))
  })
})

describe('capability keys', () => {
  it('come back as they were written, with what is unknown, and within their bounds', () => {
    const caps: Caps = { append: key(3).key, read: key(4).key, mirrors: [key(5).key, key(6).key], owner: key(7).key, unknown: { gossip: true } }
    assert.deepEqual(decodeCaps(encodeCaps(caps)), caps)
    assert.deepEqual(encodeCaps(decodeCaps(encodeCaps(caps))), encodeCaps(caps))
    refuses(() => decodeCaps(encodeCaps({ ...caps, mirrors: Array.from({ length: LIMITS.mirrorsPerCommit + 1 }, () => key(5).key) })), 'ERR_BAD_INPUT')
    refuses(() => decodeCaps(encodeCbor({ append: key(3).key })), 'ERR_BAD_INPUT', /read/)
  })
})

describe('a run of entries', () => {
  const chain = Chain.of(6)
  const { entries } = chain
  const run = (some: readonly StoredEntry[], from = start(chain)): unknown => verifyRun(from, some)

  it('leads from the log\'s start to its head, in one go or in several', () => {
    const whole = verifyRun(start(chain), entries)
    assert.deepEqual(whole.to, { seq: 6, hash: chain.hash })
    assert.deepEqual(whole.entries.map(e => e.leaf.seq), [1, 2, 3, 4, 5, 6])
    assert.deepEqual(whole.entries.map(e => e.hash), chain.hashes.slice(1))
    const half = verifyRun(start(chain), entries.slice(0, 3))
    assert.deepEqual(verifyRun(half.to, entries.slice(3)).to, whole.to)
    assert.deepEqual(verifyRun(half.to, []).to, half.to)
  })

  it('holds with an erased payload, which comes as none', () => {
    const erased = entries.map((e, i) => i === 2 ? { ...e, payload: null } : e)
    const { entries: verified, to } = verifyRun(start(chain), erased)
    assert.equal(verified[2]!.payload, null)
    assert.deepEqual(to.hash, chain.hash)
  })

  it('is caught when an entry is missing, doubled or swapped', () => {
    refuses(() => run([entries[0]!, entries[2]!]), 'ERR_PROOF', /sent entry 3 where 2 belongs/)
    refuses(() => run(entries.slice(1)), 'ERR_PROOF', /sent entry 2 where 1 belongs/)
    refuses(() => run([entries[0]!, entries[0]!]), 'ERR_PROOF', /sent entry 1 where 2 belongs/)
    refuses(() => run([entries[1]!, entries[0]!]), 'ERR_PROOF')
  })

  it('is caught when a payload is altered, or the next one\'s is under its leaf', () => {
    refuses(() => run([{ ...entries[0]!, payload: utf8('entry 9') }]), 'ERR_PROOF', /entry 1 is not what its leaf says/)
    refuses(() => run([entries[0]!, { leaf: entries[1]!.leaf, payload: entries[0]!.payload }]), 'ERR_PROOF', /entry 2/)
  })

  it('ends at another hash when any bit of a leaf is altered, so that no signed head fits it', () => {
    for (let at = 0; at < entries[1]!.leaf.length; at++) {
      const altered = [entries[0]!, { leaf: flipped(entries[1]!.leaf, at), payload: null }]
      try {
        const { to } = verifyRun(start(chain), altered)
        assert.notDeepEqual(to.hash, chain.hashes[2])
        refuses(() => verifyHead(headOf(chain, { seq: 2, hash: chain.hashes[2]! }), { log: chain.log, home: chain.home.key, term: 1, at: to }), 'ERR_PROOF', /forked or rewritten/)
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error
        assert.match(String((error as { code?: string }).code), /ERR_(PROOF|BAD_INPUT)/)
      }
    }
  })

  it('starts from the log and its first home, so that another log\'s entries do not fit', () => {
    assert.notDeepEqual(chainStart(chain.log, key(8).key), chainStart(chain.log, chain.home.key))
    const { to } = verifyRun({ seq: 0, hash: chainStart(fill(34), chain.home.key) }, entries)
    assert.notDeepEqual(to.hash, chain.hash)
    assert.deepEqual(chainNext(chain.hashes[0]!, entries[0]!.leaf), chain.hashes[1])
  })

  it('is refused with a leaf that is none', () => { refuses(() => run([{ leaf: fill(20), payload: null }]), 'ERR_BAD_INPUT') })
})

describe('a signed head', () => {
  const chain = Chain.of(3)
  const expected = { log: chain.log, home: chain.home.key, term: 1, at: { seq: 3, hash: chain.hash } }

  it('holds for its log, home and term, and for the reader\'s own chain', () => {
    assert.equal(verifyHead(headOf(chain), expected).statement.seq, 3)
  })

  it('says nothing of a place that the reader has not verified', () => {
    assert.equal(verifyHead(headOf(chain, { seq: 9, hash: fill(32) }), expected).statement.seq, 9)
  })

  it('is refused of another log, another home or another term', () => {
    refuses(() => verifyHead(headOf(chain, { log: fill(34) }), expected), 'ERR_PROOF', /another log's head/)
    refuses(() => verifyHead(headOf(chain, {}, key(9)), expected), 'ERR_PROOF', /another key than the log's home/)
    refuses(() => verifyHead(headOf(chain, { term: 2 }), expected), 'ERR_PROOF', /of term 2/)
  })

  it('that contradicts the reader\'s chain shows that the log was forked or rewritten', () => {
    refuses(() => verifyHead(headOf(chain, { hash: fill(32) }), expected), 'ERR_PROOF', /forked or rewritten/)
    const receipt: Receipt = { type: 'receipt', log: chain.log, term: 1, seq: 3, prev: chain.hashes[2]!, hash: fill(32), entry: fill(32), time: 1 }
    refuses(() => verifyHead(attest([receipt], chain.home)[0]!, expected), 'ERR_PROOF', /forked or rewritten/)
  })
})

describe('two heads for one place', () => {
  const chain = Chain.of(3)
  const attested = (change: Partial<Head>, by = chain.home): ReturnType<typeof verifyAttested> => verifyAttested(headOf(chain, change, by))

  it('are a proof against their home that anybody can check', () => {
    assert.equal(isFork(attested({}), attested({ hash: fill(32) })), true)
    const receipt: Receipt = { type: 'receipt', log: chain.log, term: 1, seq: 3, prev: fill(32), hash: fill(32, 1), entry: fill(32), time: 9 }
    assert.equal(isFork(attested({}), verifyAttested(attest([receipt], chain.home)[0]!)), true)
  })

  it('prove nothing when they agree or speak of another place, term, log or home', () => {
    const other = { hash: fill(32) }
    assert.equal(isFork(attested({}), attested({ time: 99 })), false)
    assert.equal(isFork(attested({}), attested({ ...other, seq: 4 })), false)
    assert.equal(isFork(attested({}), attested({ ...other, term: 2 })), false)
    assert.equal(isFork(attested({}), attested({ ...other, log: fill(34) })), false)
    assert.equal(isFork(attested({}), attested(other, key(9))), false)
  })
})
