import assert from 'node:assert/strict'
import { standing, standingLines } from '../../../src/cli/terminal/standing.js'
import { keyFromPeerId, peerIdText } from '../../../src/protocol/wire/index.js'
import { chat as chatFor, NOW } from '../../cli/support.js'
import { key } from '../../protocol/wire/kit.js'
import { eventually, SmallWorld, type SmallPerson } from '../small-world.js'

describe('a move whose new relay does not answer', () => {
  const gone = peerIdText(key(77).key)
  const address = `/ip4/127.0.0.1/tcp/1/p2p/${gone}`
  let world: SmallWorld
  let alice: SmallPerson

  before(async () => {
    world = await SmallWorld.make()
    alice = await world.person('alice')
    await world.introduce(alice, await world.person('bob'))
    await alice.node.send('bob', 'here', { wait: 'delivered' })
  })
  after(async () => { await world.close() })

  it('shows in the chat and in the status, with what to do, until it is over', async () => {
    const { mover, chat } = alice.core.chats.all()[0]!
    assert.equal((await alice.node.listChats())[0]!.moving, null)
    await mover.begin({ peer: keyFromPeerId(gone), addrs: [address], lost: true }, chat.home.term)
    await eventually(() => mover.trouble !== null)
    const { moving } = (await alice.node.listChats())[0]!
    assert.equal(moving!.to, gone)
    assert.equal(moving!.error!.code, 'ERR_UNAVAILABLE')
    const warning = (await alice.node.status()).warnings.find(text => text.includes('on its way'))
    assert.ok(warning !== undefined && warning.includes(address) && warning.includes('petrel chats move \'bob\' --lost --to ANOTHER'), warning)
  })

  it('is said to a person', () => {
    const chat = chatFor({ title: 'Ada\u001b[2J', moving: { to: gone, error: { code: 'ERR_UNAVAILABLE', message: 'it does not answer' } } })
    assert.equal(standing(chat), ' (moving to another relay)')
    const [line] = standingLines(chat, NOW)
    assert.match(line!, /^moving to the relay .{8}, which waits: it does not answer; if that relay is gone for good: petrel chats move/)
    assert.ok(!line!.includes('\u001b'))
    assert.match(standingLines(chatFor({ moving: { to: gone, error: null } }), NOW)[0]!, /^moving to the relay .{8}$/)
  })
})
