/** What waits in secret chats is said where a person looks. */
import assert from 'node:assert/strict'
import { NotFoundError, type SecretInfo, type Update, type UpdateEvent } from '../../src/protocol/api/index.js'
import { cli, fake, NOW, secretInfo, status } from './support.js'

type Change = Extract<UpdateEvent, { type: 'secret' }>['change']

const news = (...changes: Change[]): Update[] => changes.map((change, i) => ({ n: i + 1, at: NOW, event: { type: 'secret', secret: secretInfo.id, change } }))

describe('news of secret chats', () => {
  it('are sentences with the name of who it is about, and what to type', async () => {
    const said = async (secret: Partial<SecretInfo>, ...changes: Change[]): Promise<string> => (await cli(['receive'], { petrel: fake({ showSecret: async () => ({ ...secretInfo, ...secret }) }, news(...changes)).petrel })).out
    assert.match(await said({ state: 'asked' }, 'asked'), /Ada asks you for a secret chat: petrel secret accept abcdef\n/)
    const open = await said({ timer: 3600 }, 'accepted', 'message', 'read', 'timer', 'lost')
    for (const words of [/Ada has accepted your secret chat/, /Ada wrote in the secret chat: petrel secret show abcdef/, /Ada has read what you said/, /it is 1 hour now/, /can never be read/]) assert.match(open, words)
    assert.match(await said({ state: 'closed', ending: 'elsewhere' }, 'closed'), /accepted on another device of yours, which has it/)
    assert.match(await said({ state: 'closed', ending: 'there' }, 'closed'), /Ada has closed the secret chat/)
  })

  it('name nobody once the chat is erased', async () => {
    const { petrel, acknowledged } = fake({ showSecret: async () => { throw new NotFoundError('no such chat') } }, news('message', 'forgotten'))
    const { code, out, err } = await cli(['receive'], { petrel })
    assert.equal(code, 0, err)
    assert.match(out, /secret chat abcdef: message, and it is not here any more\n.*secret chat abcdef is erased\n/)
    assert.deepEqual(acknowledged.at(-1), ['cli', 2])
  })

  it('are known to a command by variables', async () => {
    const { petrel } = fake({}, news('asked'))
    assert.equal((await cli(['receive', '--exec', `[ "$PETREL_TYPE $PETREL_SECRET $PETREL_CHANGE" = "secret ${secretInfo.id} asked" ]`], { petrel, io: { env: { ...process.env } } })).code, 0)
  })
})

describe('secret chats that wait', () => {
  it('are counted by petrel status, and not spoken of when nothing does', async () => {
    const shown = async (secretsAsked: number, secretsUnread: number): Promise<string> => (await cli(['status'], { petrel: fake({ status: async () => status({ secretsAsked, secretsUnread }) }).petrel })).out
    assert.match(await shown(1, 3), /secret +1 waits for your answer, 3 unread: petrel secret\n/)
    assert.doesNotMatch(await shown(0, 0), /secret/)
  })

  it('are told of below the list of chats', async () => {
    const { petrel } = fake({ listSecrets: async () => [{ ...secretInfo, state: 'asked', unread: 0 }, { ...secretInfo, name: 'Eve', state: 'open', unread: 2 }] })
    const { err } = await cli(['chats'], { petrel })
    assert.match(err, /Ada asks you for a secret chat: petrel secret\n/)
    assert.match(err, /In secret chats: 2 unread: petrel secret\n/)
    assert.equal((await cli(['chats'], { petrel: fake({ listSecrets: async () => [] }).petrel })).err, '')
  })
})
