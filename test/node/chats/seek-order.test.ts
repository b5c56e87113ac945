/** Where a member finds the order that moved a log, when no letter brought it. */
import assert from 'node:assert/strict'
import { ENTRY_KIND, encodeGenesis, MovedError, peerIdText, RIGHT, signOwnerAction, signerFromSeed, startPlace, UnavailableError, walkRun, type Signer, type StoredEntry } from '../../../src/protocol/wire/index.js'
import type { Chat } from '../../../src/node/chats/chat.js'
import { OrderSeeker } from '../../../src/node/chats/seek-order.js'
import type { RelayLink } from '../../../src/node/gateway/index.js'
import { Chain, key, utf8 } from '../../protocol/wire/kit.js'

const second = key(30)

interface Stub { chat: Chat, link: RelayLink, there: RelayLink, calls: string[] }

/** A chat that was read up to entry `seq`, at a relay that shows these entries; another one is at `there`. */
function stub (chain: Chain, seq: number, entries: readonly StoredEntry[], page = 16, mirrors?: () => readonly RelayLink[]): Stub {
  const calls: string[] = []
  const linkOf = (name: string): RelayLink => ({
    read: async (_log: Uint8Array, after: number) => {
      calls.push(`${name} ${after}`)
      return { entries: entries.slice(after, after + page), head: new Uint8Array() }
    },
    setCapability: (_log: Uint8Array, right: number) => { calls.push(`${name} may ${right}`) },
    dropCapability: (_log: Uint8Array, right: number) => { calls.push(`${name} may not ${right}`) }
  }) as unknown as RelayLink
  const [link, there] = [linkOf('here'), linkOf('there')]
  const start = startPlace(encodeGenesis(chain.genesis))
  const chat = {
    log: chain.log, link, cursor: { seq }, home: { term: 1, peer: chain.home.key, addrs: [] }, record: {}, place: walkRun(chain.log, start, chain.entries.slice(0, Math.min(seq, chain.seq))).to,
    keys: { read: signerFromSeed(new Uint8Array(32)) }, deps: { pool: { link: () => there }, mirrors }
  } as unknown as Chat
  return { chat, link, there, calls }
}

/** A log whose entry `at` is an order. */
function chainOf (count: number, at: number, by?: Signer): { chain: Chain, order: Uint8Array } {
  const chain = Chain.of(at - 1)
  const order = signOwnerAction({ op: 'term', log: chain.log, term: 2, home: second.key, addrs: [], seq: chain.seq, hash: chain.hash, by: 'takeover' }, by ?? chain.owner)
  chain.append(order, { kind: ENTRY_KIND.control })
  while (chain.seq < count) chain.append(utf8(`after ${chain.seq}`))
  return { chain, order }
}

async function seek (chat: Chat, why?: MovedError | UnavailableError, at?: RelayLink): Promise<Uint8Array | undefined> {
  let found: Uint8Array | undefined
  const seeker = new OrderSeeker(chat, { onFound: async order => { found = order }, onMoved: () => undefined, onNone: () => { found = undefined }, onFault: error => { throw error } })
  seeker.seek(why, new AbortController().signal, at)
  await seeker.idle()
  return found
}

describe('an order that no letter brought', () => {
  it('is taken in place of another for the same term, if it is the one that holds', async () => {
    const { chain, order } = chainOf(10, 8)
    const known = (seq: number): Uint8Array => signOwnerAction({ op: 'term', log: chain.log, term: 2, home: key(31).key, addrs: [], seq, hash: chain.hashes[seq]!, by: 'takeover' }, chain.owner)
    for (const [seq, found] of [[6, order], [8, undefined]] as const) {
      const { chat } = stub(chain, 9, chain.entries)
      Object.assign(chat, { home: { term: 2, peer: key(31).key, addrs: [] }, record: { home: { action: known(seq) } } })
      assert.deepEqual(await seek(chat), found)
    }
  })

  it('is found in the log where the chat is read, near the end first', async () => {
    const { chain, order } = chainOf(110, 100)
    const { chat, calls } = stub(chain, 108, chain.entries)
    assert.deepEqual(await seek(chat), order)
    assert.deepEqual(calls, ['here 45', 'here 61', 'here 77', 'here 93'])
  })

  it('is found further back, and as the next entry', async () => {
    const far = chainOf(300, 20)
    assert.deepEqual(await seek(stub(far.chain, 290, far.chain.entries, 64).chat), far.order)
    const next = chainOf(10, 10)
    assert.deepEqual(await seek(stub(next.chain, 9, next.chain.entries).chat), next.order)
  })

  it('is not taken from anybody else, nor looked for without end', async () => {
    const { chain } = chainOf(60, 50, key(77))
    assert.equal(await seek(stub(chain, 55, chain.entries).chat), undefined)
    const { chat, calls } = stub(chain, 5000, Array.from({ length: 5000 }, () => chain.entries[0]!), 1)
    assert.equal(await seek(chat), undefined)
    assert.equal(calls.length, 32)
  })

  it('is asked of the home that a relay names, with the right to read for that long, and only where that is visited', async () => {
    const { chain, order } = chainOf(10, 8)
    const moved = (term: number, addrs: unknown = ['/dns4/there.example/tcp/1']): MovedError => new MovedError('moved', { details: { home: peerIdText(second.key), addrs: addrs as string[], term } })
    const visiting = stub(chain, 9, chain.entries, 16, () => [visiting.link])
    assert.deepEqual(await seek(visiting.chat, moved(2)), order)
    assert.deepEqual(visiting.calls, [`there may ${RIGHT.read}`, 'there 0', `there may not ${RIGHT.read}`])
    const own = stub(chain, 9, chain.entries)
    assert.deepEqual(await seek(own.chat, undefined, own.there), order, 'an own relay that was to mirror it is its home')
    assert.deepEqual(own.calls, [`there may ${RIGHT.read}`, 'there 0', `there may not ${RIGHT.read}`])
    for (const [error, mirrors] of [[moved(1), () => [visiting.link]], [moved(2, 'none'), () => [visiting.link]], [moved(2), () => []], [moved(2), undefined], [new UnavailableError('below'), undefined]] as const) {
      const { chat, calls } = stub(chain, 9, chain.entries, 16, mirrors)
      assert.deepEqual(await seek(chat, error), order)
      assert.deepEqual(calls, ['here 0'])
    }
  })
})
