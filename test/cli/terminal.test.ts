import assert from 'node:assert/strict'
import { table } from '../../src/cli/terminal/table.js'
import { cut, pad, widthOf, wrap } from '../../src/cli/terminal/width.js'
import { bytesText, relative, shortTime } from '../../src/cli/terminal/time.js'
import { cli, fake, chat, contact, message, NOW } from './support.js'

describe('text on a terminal', () => {
  it('is cut and padded by columns, never through an emoji', () => {
    assert.equal(cut('漢字漢字', 5), '漢字…')
    assert.equal(cut('a👨‍👩‍👧‍👦b', 3), 'a…')
    assert.equal(widthOf(pad('漢', 6)), 6)
  })

  it('is wrapped between words, and long words are broken', () => {
    assert.deepEqual(wrap('one two three', 8), ['one two', 'three'])
    assert.deepEqual(wrap('abcdefgh', 3), ['abc', 'def', 'gh'])
    for (const line of wrap('漢字 und mehr '.repeat(9), 10)) assert.ok(widthOf(line) <= 10)
  })

  it('stands in a table that fits, and in blocks where none fits', () => {
    const rows = [['Ada Lovelace of London', 'x'.repeat(30)]]
    const columns = [{ title: 'NAME', flexible: true }, { title: 'WHAT', flexible: true }]
    for (const line of table(columns, rows, 24)) assert.ok(widthOf(line) <= 24, line)
    assert.deepEqual(table(columns, rows, 12), ['name: Ada L…', 'what: xxxxx…'])
    assert.ok(table(columns, rows, null).at(-1)?.endsWith('x'.repeat(30)), 'a file or a program gets everything')
  })

  it('tells times and sizes as people do', () => {
    assert.match(shortTime(NOW, NOW), /^\d\d:\d\d$/)
    assert.match(shortTime(new Date(NOW.getTime() - 3 * 86_400_000), NOW), /^2026-03-01 \d\d:\d\d$/)
    assert.equal(relative(new Date(NOW.getTime() + 90_000), NOW), 'in 1m 30s')
    assert.equal(relative(new Date(NOW.getTime() - 7_200_000), NOW), '2h ago')
    assert.equal(bytesText(1536), '1.5 KiB')
  })

  it('fits 40 and 80 columns in every list', async () => {
    const long = 'a rather long name 漢字漢字漢字 of somebody'
    const { petrel } = fake({
      listChats: async () => [chat({ title: long, last: message({ text: long.repeat(3) }) })],
      listContacts: async () => [contact({ name: long, selfName: long, verified: true })],
      showChat: async () => ({ chat: chat(), messages: [message({ text: long.repeat(4) })], hasMore: false })
    })
    for (const columns of [40, 80]) {
      for (const args of [['chats'], ['contacts'], ['chats', 'show', 'x'], ['requests']]) {
        const { out } = await cli(args, { petrel, io: { columns } })
        for (const line of out.split('\n')) assert.ok(widthOf(line) <= columns, `${args.join(' ')}: ${line}`)
      }
    }
  })

  it('never cuts what is there to be copied', async () => {
    const { petrel } = fake()
    const [relay] = await petrel.listRelays()
    const [invite] = await petrel.listInvites()
    for (const columns of [40, 80]) {
      assert.ok((await cli(['relays'], { petrel, io: { columns } })).out.includes(`address: ${relay!.address}\n`))
      assert.ok((await cli(['invite', 'list'], { petrel, io: { columns } })).out.includes(invite!.link))
    }
  })

  it('shows states as … ✓ ✓✓ read !', async () => {
    for (const [state, mark] of [['queued', '…'], ['stored', '✓'], ['delivered', '✓✓'], ['read', 'read'], ['failed', '!']] as const) {
      const { petrel } = fake({ showChat: async () => ({ chat: chat(), messages: [message({ own: true, state })], hasMore: false }) })
      assert.ok((await cli(['chats', 'show', 'x'], { petrel })).out.split('\n')[0]!.endsWith(`me  ${mark}`))
    }
  })
})
