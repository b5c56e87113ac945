/** What a mirror makes of the entries of its log's home. */
import assert from 'node:assert/strict'
import { ENTRY_KIND, handOver, verifyRun, type Caps } from '../../src/protocol/wire/index.js'
import { firstMeta } from '../../src/relay/logs/meta.js'
import { walk, type Place } from '../../src/relay/mirrors/walk.js'
import { Chain, key, refuses, utf8 } from '../protocol/wire/kit.js'

describe('a mirror\'s walk over what its log\'s home sends', () => {
  const epoch: Caps = { append: key(41).key, read: key(42).key }
  const next = { ...epoch, append: key(43).key, owner: key(44).key }

  function after (caps: Caps): Place {
    const chain = new Chain()
    const meta = { ...firstMeta({ kind: 'log', home: chain.home.key, owner: chain.owner.key, payer: key(9).key, created: 0 }, epoch), elsewhere: null }
    chain.append(utf8('commit'), { kind: ENTRY_KIND.commit, base: 0, caps })
    const [entry] = verifyRun({ seq: 0, hash: chain.hashes[0]! }, chain.entries).entries
    return walk({ log: chain.log, meta, term: 1, hash: chain.hashes[0]!, lastCommit: 0 }, entry!)
  }

  it('takes another owner key from the one in force', () => {
    const { log, owner } = new Chain()
    assert.deepEqual(after(epoch).meta.owner, owner.key)
    assert.deepEqual(after(handOver(log, next, owner)).meta.owner, next.owner)
  })

  it('does not follow a home that takes one from anybody else', () => {
    const { log } = new Chain()
    for (const caps of [next, handOver(log, next, key(44)), handOver(log, next, key(1))]) refuses(() => after(caps), 'ERR_PROOF', /has not signed that/)
  })
})
