/** Invitations whose roster is still to be fetched: kept, tried again, and dropped when what comes is not what was named. */
import assert from 'node:assert/strict'
import { Coming, type ComingDeps } from '../../../src/node/letters/coming.js'
import { RecordKeys, Vault } from '../../../src/node/records/index.js'
import { encodeRoster, type ChatInvitation, type Roster } from '../../../src/protocol/message/index.js'
import { cidOf, CODEC, encodeGenesis, LIMITS, QuotaError, sha256, UnavailableError } from '../../../src/protocol/wire/index.js'
import { openMemoryStore } from '../../../src/store/memory/index.js'
import { Family, fill, key } from '../../protocol/wire/kit.js'
import { eventually } from '../small-world.js'

const sender = new Family(10).sign(new Family(10).first())
const others = [sender, ...[20, 30, 40, 50].map(n => new Family(n).sign(new Family(n).first()))]
const by = (n: number): typeof sender => others[n] ?? assert.fail('no such sender')
const bytes = encodeRoster({ v: 1, tree: fill(100), manifests: [fill(50)] })

function invitation (n = 1, change: Partial<NonNullable<ChatInvitation['roster']>> = {}): ChatInvitation {
  return {
    genesis: encodeGenesis({ v: 1, kind: 'log', salt: fill(16, n), owner: key(1).key, home: key(2).key }), addrs: [], direct: false, title: null, welcome: fill(30), pq: fill(30), keyPackage: fill(32), at: { term: 1, seq: n, hash: fill(32) }, manifests: [],
    roster: { root: cidOf(CODEC.raw, bytes), key: fill(32), size: bytes.length, sha256: sha256(bytes), at: [], ...change }
  }
}

describe('an invitation into a large group', () => {
  let deps: ComingDeps
  let joined: Roster[]
  let given: () => Uint8Array
  let coming: Coming
  const waiting = (): number => [...deps.vault.list('coming/')].length

  beforeEach(async () => {
    const { kv } = await openMemoryStore()
    joined = []
    given = () => bytes
    deps = {
      vault: await Vault.open(kv, new RecordKeys(fill(32)), key(5).key, key(6)), now: () => 1000, log: () => undefined,
      files: { read: async function * () { yield await Promise.resolve(given().subarray(0, 60)); yield given().subarray(60) }, purge: async () => await Promise.resolve({ files: 0, bytes: 0 }) },
      join: async (_invitation, _sender, roster) => { joined.push(await Promise.resolve(roster)) }
    }
    coming = new Coming(deps)
  })
  afterEach(async () => { await coming.stop() })

  it('is joined with what the file holds, and forgotten', async () => {
    coming.start()
    await coming.keep(invitation(), sender)
    await eventually(() => waiting() === 0)
    assert.deepEqual(joined, [{ v: 1, tree: fill(100), manifests: [fill(50)] }])
  })

  it('waits over a restart while the file cannot be had', async () => {
    given = () => { throw new UnavailableError('nobody has it') }
    coming.start()
    await coming.keep(invitation(), sender)
    await coming.stop()
    assert.deepEqual([waiting(), joined.length], [1, 0])
    given = () => bytes
    coming = new Coming(deps)
    coming.start()
    await eventually(() => waiting() === 0)
    assert.equal(joined.length, 1)
  })

  it('is dropped when the file is another one, or larger than it may be, and holds up no other', async () => {
    await coming.keep(invitation(1, { sha256: fill(32) }), sender)
    await coming.keep(invitation(2, { size: LIMITS.rosterBytes + 1 }), sender)
    await coming.keep(invitation(3, { size: bytes.length - 1 }), sender)
    await coming.keep(invitation(4), sender)
    coming.start()
    await eventually(() => waiting() === 0)
    assert.equal(joined.length, 1)
  })

  it('gives way to a later one into the same group, and is not kept beyond a number', async () => {
    await coming.keep(invitation(1), sender)
    await coming.keep({ ...invitation(1), at: { term: 1, seq: 9, hash: fill(32) } }, sender)
    await coming.keep(invitation(1), sender)
    assert.equal(waiting(), 1)
    for (let n = 2; n <= LIMITS.comingGroups; n++) await coming.keep(invitation(n), by(Math.floor((n - 1) / LIMITS.comingOfOne)))
    await assert.rejects(coming.keep(invitation(200), by(4)), QuotaError)
  })

  it('gives way to no other sender\'s, and one sender fills not all the room', async () => {
    given = () => { throw new UnavailableError('nobody has it') }
    await coming.keep(invitation(1), sender)
    await coming.keep({ ...invitation(1, { size: LIMITS.rosterBytes + 1 }), at: { term: 1, seq: 1e9, hash: fill(32) } }, by(1))
    assert.equal(waiting(), 2)
    for (let n = 2; n <= LIMITS.comingOfOne; n++) await coming.keep(invitation(n), by(1))
    await assert.rejects(coming.keep(invitation(100), by(1)), QuotaError)
    given = () => bytes
    coming.start()
    await eventually(() => waiting() === 0)
    assert.equal(joined.length, LIMITS.comingOfOne)
  })
})
