import assert from 'node:assert/strict'
import { widthOf } from '../../src/cli/terminal/width.js'
import { chat, cli, fake, group, groupLink, message, MESSAGE_ID, NOW, OTHER, untilGivenUp } from './support.js'

const member = { account: OTHER, name: 'Ada', role: 'member' as const, title: null, rights: [], permissions: [], ownPermissions: false, until: null, leaving: false }
const ALL = ['sendMessages', 'sendPhotos', 'sendVideos', 'sendVoices', 'sendAudios', 'sendFiles', 'sendPolls', 'react', 'inviteUsers']
const RIGHTS = ['changeInfo', 'deleteMessages', 'banUsers', 'inviteUsers', 'pinMessages', 'addAdmins']

describe('petrel group', () => {
  for (const columns of [40, 80]) {
    it(`says in ${columns} columns all that everybody may`, async () => {
      const { petrel } = fake({
        showGroup: async () => group({
          permissions: ALL,
          members: [{ ...member, role: 'admin', title: 'keeper of the northern birds', rights: RIGHTS }, { ...member, name: 'Bob', role: 'restricted', ownPermissions: true, until: new Date(NOW.getTime() + 60_000) }]
        })
      })
      const { out } = await cli(['group', 'show', 'Birds'], { petrel, io: { columns } })
      for (const line of out.split('\n')) assert.ok(widthOf(line) <= columns, line)
      const words = out.replace(/\s+/g, ' ')
      assert.ok(words.includes(`Ada may: ${RIGHTS.join(', ')}`) && words.includes(`Members may: ${ALL.join(', ')}`))
      assert.match(words, /Bob may until \d\d:\d\d: nothing/)
    })
  }

  it('shows what members may when nothing is to change', async () => {
    const { petrel, calls } = fake({ showGroup: async () => group({ permissions: ['sendMessages', 'react'], slowMode: 30, members: [member, { ...member, name: 'Bob', role: 'restricted', ownPermissions: true }] }) })
    const { out, code } = await cli(['group', 'permissions', 'Birds'], { petrel })
    assert.deepEqual([code, out.split('\n')], [0, ['Members may: sendMessages, react; slow mode 30 s; newcomers see what was before', 'Bob may: nothing', '']])
    assert.ok(!calls.some(([name]) => name === 'editGroup'))
    const { petrel: without } = fake({ showGroup: async () => group({ role: null, members: [] }) })
    assert.equal((await cli(['group', 'permissions', 'Birds'], { petrel: without })).out, 'Birds: you are not in it any more\n')
  })

  it('says no more of a group that one is not in any more', async () => {
    const { petrel } = fake({ showGroup: async () => group({ role: null, members: [] }) })
    assert.equal((await cli(['group', 'show', 'Birds'], { petrel })).out, 'Birds: you are not in it any more\n')
  })

  it('lists a group that one is out of as that', async () => {
    const { petrel } = fake({ listChats: async () => [chat({ title: 'Birds', kind: 'group', members: 0, unread: 0 }), chat({ title: 'Owls', kind: 'group', members: 3, unread: 0 })] })
    assert.match((await cli(['group', 'list'], { petrel })).out, /^Birds +out of it\nOwls +3$/m)
  })

  it('says of a change that the log does not show in time that it goes on', async () => {
    const { petrel } = fake({
      editGroup: async (_chat, _edit, options = {}) => {
        return await untilGivenUp(options.signal)
      }
    })
    const { code, err } = await cli(['group', 'rename', 'Birds', 'Owls', '--timeout', '50ms'], { petrel })
    assert.equal(code, 6)
    assert.match(err, /does not show the change yet.*goes on by itself/)
  })

  it('proposes commands that a shell reads as they are meant', async () => {
    const { petrel } = fake({ listGroupLinks: async () => [] })
    assert.match((await cli(['group', 'invite', 'Bob\'s birds'], { petrel })).err, /petrel group revoke 'Bob'\\''s birds' blink$/m)
    assert.match((await cli(['group', 'links', 'two words'], { petrel })).err, /petrel group invite 'two words'$/m)
  })

  it('says of each link which one it is', async () => {
    const { petrel } = fake({ listGroupLinks: async () => [groupLink, { ...groupLink, id: 'bother', link: 'petrel:x?group=z' }] })
    assert.match((await cli(['group', 'links', 'Birds'], { petrel })).out, /^blink {2}petrel:x\?group=y\nbother {2}petrel:x\?group=z$/m)
  })

  it('says that who is declined cannot ask again by that link', async () => {
    const { petrel } = fake()
    assert.match((await cli(['group', 'decline', 'Birds', 'ada'], { petrel })).err, /cannot ask again/)
    assert.equal((await cli(['group', 'approve', 'Birds', 'ada'], { petrel })).err, '')
  })
})

describe('petrel poll vote', () => {
  it('names answers that no poll can have as they were typed', async () => {
    const { petrel, calls } = fake({ showChat: async () => ({ chat: chat(), messages: [message()], hasMore: false }) })
    for (const wrong of ['0', '13', '99', 'x']) {
      const { code, err } = await cli(['poll', 'vote', 'ada', MESSAGE_ID, wrong], { petrel })
      assert.deepEqual([code, err.includes(`not by "${wrong}"`)], [2, true])
    }
    assert.ok(!calls.some(([name]) => name === 'vote'))
  })
})
