import assert from 'node:assert/strict'
import { step } from '../../../src/cli/chat/machine.js'
import { bottomOf } from '../../../src/cli/chat/bottom.js'
import { blockLines } from '../../../src/cli/chat/render.js'
import { plainLines } from '../../../src/cli/chat/plain.js'
import { messageOf } from '../../../src/cli/chat/blocks.js'
import { newState, type Effect, type Input, type State } from '../../../src/cli/chat/state.js'
import { EMPTY } from '../../../src/cli/chat/line.js'
import type { KeyName } from '../../../src/cli/chat/keys.js'
import type { ChatMessage, UpdateEvent } from '../../../src/protocol/api/index.js'
import { widthOf } from '../../../src/cli/terminal/width.js'
import { chat, message, NOW, status } from '../support.js'

const text = (words: string): Input => ({ type: 'key', key: { kind: 'text', text: words } })
const press = (name: KeyName): Input => ({ type: 'key', key: { kind: 'key', name } })
const update = (event: UpdateEvent): Input => ({ type: 'update', update: { n: 1, at: NOW, event } })
const said = (seq: number, words: string, more: Partial<ChatMessage> = {}): ChatMessage => message({ id: `m${seq}`, seq, text: words, at: new Date(NOW.getTime() + seq * 1000), ...more })

/** A chat that is driven: what it shows, and what it wanted done. */
class Driven {
  state: State = newState(NOW)
  effects: Effect[] = []

  /** Takes inputs; gives what they led to, without the others being told of each word. */
  give (...inputs: Input[]): Effect[] {
    const from = this.effects.length
    for (const input of inputs) {
      const next = step(this.state, input)
      this.state = next.state
      this.effects.push(...next.effects)
    }
    return this.effects.slice(from).filter(effect => effect.do !== 'typing')
  }

  enter (words: string): Effect[] { return this.give(text(words), press('enter')) }

  /** What stands above the lower edge. */
  lines (columns = 80): string[] { return this.state.blocks.flatMap(block => blockLines(block, { columns, color: false, links: false }, id => messageOf(this.state, id))) }

  edge (columns = 80, rows = 24): string[] { return bottomOf(this.state, { columns, color: false, links: false }, rows).lines.filter(line => line !== '') }
}

function open (messages: ChatMessage[] = [said(1, 'hello'), said(2, 'how are you?')], unread = 0): Driven {
  const driven = new Driven()
  driven.give({ type: 'node', node: status({ requests: 0 }) }, { type: 'chats', chats: [chat({ unread }), chat({ id: 'bother', title: 'Bob', unread: 2 })] })
  driven.state = { ...driven.state, blocks: [] }
  driven.give({ type: 'opened', page: { chat: chat({ unread }), messages, hasMore: true }, verified: false })
  return driven
}

describe('petrel chat', () => {
  it('shows days, who and when, a number for each message, states, replies, and what is new below a line', () => {
    const driven = open([
      said(1, 'hello'), said(2, 'are you there?'), said(3, 'yes', { own: true, from: 'me', state: 'read', replyTo: { id: 'm2', quote: null, fromName: null, text: null } }), said(4, 'fine'), said(5, 'and now?')
    ], 2)
    const [day, ...rest] = driven.lines().slice(1)
    assert.match(day!, /── .*2026.* ──/)
    const clock = /^\d\d:\d\d/.exec(rest[0]!)![0]
    assert.deepEqual(rest, [
      `${clock} Ada`, '  1 hello', '  2 are you there?', `${clock} me`, '  3 │ 2 Ada: are you there?', '    yes  read', '── 2 new messages ──', `${clock} Ada`, '  4 fine', '  5 and now?'
    ])
    assert.deepEqual(driven.effects.at(-1), { do: 'read', chat: 'bchat', upTo: 5 })
    assert.deepEqual(driven.edge(), ['Bob: 2 new', '> ', 'Ada · connected · not verified'])
  })

  it('shows the end of much that was missed before the rest of it, which is then for /older, and is read to its end', () => {
    const driven = open()
    assert.deepEqual(driven.give(update({ type: 'chat', chat: 'bchat', title: 'Ada', change: 'newest' })).at(-1), { do: 'end', chat: 'bchat' })
    driven.give(update({ type: 'message', message: said(3, 'the first that was missed') }))
    const before = driven.lines()
    assert.ok(!before.some(line => line.includes('missed')), 'it waits for the end')
    driven.give({ type: 'end', chat: 'bchat', page: { chat: chat({ unread: 1, seq: 3 }), messages: [said(899, 'nearly the last'), said(900, 'the last')], hasMore: true } })
    const after = driven.lines().slice(before.length)
    assert.deepEqual(after.filter(line => !/\d\d:\d\d Ada|2026/.test(line)), ['── what was said last; /older shows what is before that ──', '  3 nearly the last', '  4 the last'])
    driven.give(update({ type: 'message', message: said(4, 'the second that was missed') }))
    assert.deepEqual(driven.lines().slice(before.length), after)
    assert.deepEqual(driven.enter('/older').at(-1), { do: 'older', chat: 'bchat', before: 899 })
    // It counts as read only when the node was taken up to it.
    assert.deepEqual(driven.give(update({ type: 'message', message: said(900, 'the last') })), [{ do: 'read', chat: 'bchat', upTo: 900 }])
    driven.give(update({ type: 'message', message: said(901, 'now') }))
    assert.equal(driven.lines().at(-1), '  5 now')
  })

  it('goes on without the end of what was missed when that cannot be had, and begins with it where nothing stands yet', () => {
    const driven = open()
    driven.give(update({ type: 'chat', chat: 'bchat', title: 'Ada', change: 'newest' }), update({ type: 'message', message: said(3, 'the first that was missed') }))
    driven.give({ type: 'end', chat: 'bchat', page: null }, update({ type: 'message', message: said(4, 'the second') }))
    assert.deepEqual(driven.lines().slice(-2), ['  3 the first that was missed', '  4 the second'])
    for (const change of ['older', 'history'] as const) assert.deepEqual(open([]).give(update({ type: 'chat', chat: 'bchat', title: 'Ada', change })).at(-1), { do: 'end', chat: 'bchat' })
    const empty = open([])
    empty.give(update({ type: 'chat', chat: 'bchat', title: 'Ada', change: 'older' }))
    empty.give({ type: 'end', chat: 'bchat', page: { chat: chat(), messages: [said(1, 'hello'), said(2, 'again')], hasMore: true } })
    assert.deepEqual(empty.lines().slice(-2), ['  1 hello', '  2 again'])
    assert.deepEqual(empty.enter('/older'), [{ do: 'older', chat: 'bchat', before: 1 }])
  })

  it('sends what is written, several rows too, and says it in the chat once it is on the disk', () => {
    const driven = open()
    assert.deepEqual(driven.enter('fine, thanks'), [{ do: 'send', chat: 'bchat', text: 'fine, thanks', replyTo: null }])
    assert.equal(driven.state.line.text, '')
    driven.give({ type: 'message', message: said(3, 'fine, thanks', { own: true, seq: null, state: 'queued' }) })
    assert.equal(driven.lines().at(-1), '  3 fine, thanks  …')
    driven.give(update({ type: 'messageState', chat: 'bchat', id: 'm3', state: 'delivered', error: null }))
    assert.equal(driven.lines().at(-1), '  3 fine, thanks  ✓✓')
    driven.give(update({ type: 'messageState', chat: 'bchat', id: 'm3', state: 'failed', error: { code: 'X', message: 'no room' } }))
    assert.deepEqual(driven.lines().slice(-2), ['  3 fine, thanks  !', '    ! no room'])
    assert.deepEqual(driven.give({ type: 'key', key: { kind: 'paste', text: 'one\n/two\n' } }, press('enter')).at(-1), { do: 'send', chat: 'bchat', text: 'one\n/two', replyTo: null })
  })

  it('answers by number, at once or with the next line, until Escape', () => {
    const driven = open()
    assert.deepEqual(driven.enter('/reply 1 me too'), [{ do: 'send', chat: 'bchat', text: 'me too', replyTo: 'm1' }])
    driven.enter('/reply')
    assert.equal(driven.edge()[1], 'reply to 2 Ada: how are you?')
    driven.give(press('escape'))
    driven.enter('/rep #1')
    assert.deepEqual(driven.enter('//slash'), [{ do: 'send', chat: 'bchat', text: '/slash', replyTo: 'm1' }])
    assert.equal(driven.state.about, null)
    assert.deepEqual(driven.enter('/reply 9 x'), [])
    assert.equal(driven.lines().at(-1), '! there is no message 9 here')
  })

  it('names nothing wrong: commands that are none, and messages that were taken back or are elsewhere', () => {
    const driven = open()
    driven.enter('/frob')
    assert.match(driven.lines().slice(-2).join(' '), /there is no \/frob/)
    driven.enter('/d')
    assert.equal(driven.lines().at(-1), '! say which message: the number in front of it')
    assert.deepEqual(driven.enter('/delete 2'), [{ do: 'delete', chat: 'bchat', id: 'm2' }])
    driven.give(update({ type: 'messageDeleted', chat: 'bchat', id: 'm2', seq: 2, by: 'x' }))
    assert.equal(driven.lines().find(line => line.startsWith('  2')), '  2 (taken back)')
    driven.enter('/reply 2 x')
    assert.equal(driven.lines().at(-1), '! 2 is no message any more')
    driven.give({ type: 'opened', page: { chat: chat({ id: 'bother', title: 'Bob', unread: 0 }), messages: [message({ id: 'other', chat: 'bother', text: 'hi' })], hasMore: false }, verified: true })
    assert.deepEqual(driven.enter('/delete 1'), [])
    assert.equal(driven.lines().at(-1), '! message 1 is in another chat: /switch there first')
  })

  it('keeps what could not be sent', () => {
    const driven = open()
    const long = 'x'.repeat(4097)
    driven.enter(long)
    assert.equal(driven.state.line.text, long)
    driven.give(press('interrupt'))
    driven.enter('short')
    driven.give({ type: 'refused', words: 'no daemon', text: 'short' })
    assert.equal(driven.state.line.text, 'short')
    assert.equal(driven.lines().at(-1), '! no daemon')
  })

  it('counts as read what stands on a screen that is looked at', () => {
    const driven = open()
    assert.deepEqual(driven.give(update({ type: 'message', message: said(3, 'now') })), [{ do: 'read', chat: 'bchat', upTo: 3 }])
    assert.deepEqual(driven.give({ type: 'key', key: { kind: 'focus', has: false } }, update({ type: 'message', message: said(4, 'later') }), update({ type: 'message', message: said(5, 'and later') })), [])
    assert.deepEqual(driven.lines().slice(-4).map(line => line.replace(/^\d\d:\d\d/, 'HH:MM')), ['── new ──', 'HH:MM Ada', '  4 later', '  5 and later'])
    assert.deepEqual(driven.give({ type: 'key', key: { kind: 'focus', has: true } }), [{ do: 'read', chat: 'bchat', upTo: 5 }])
    assert.deepEqual(driven.give({ type: 'key', key: { kind: 'focus', has: false } }, update({ type: 'message', message: said(6, 'x') }), text('a')), [{ do: 'read', chat: 'bchat', upTo: 6 }], 'who writes looks')
  })

  it('counts news of other chats, and never shows them in this one', () => {
    const driven = open()
    const before = driven.lines()
    assert.deepEqual(driven.give(update({ type: 'message', message: message({ chat: 'bother', text: 'psst' }) })), [{ do: 'refresh-chats' }])
    driven.give({ type: 'chats', chats: [chat({ id: 'bother', title: 'Bob', unread: 3 })] })
    assert.deepEqual(driven.lines(), before)
    assert.equal(driven.edge()[0], 'Bob: 3 new')
  })

  it('shows own messages that were sent elsewhere, and not old ones that were read late', () => {
    const driven = open()
    assert.deepEqual(driven.give(update({ type: 'messageState', chat: 'bchat', id: 'new', state: 'stored', error: null })), [{ do: 'fetch', chat: 'bchat', id: 'new' }])
    driven.give({ type: 'message', message: said(3, 'from my phone', { id: 'new', own: true, state: 'stored' }) })
    assert.equal(driven.lines().at(-1), '  3 from my phone  ✓')
    assert.deepEqual(driven.give(update({ type: 'messageState', chat: 'bchat', id: 'old', state: 'read', error: null })), [])
    driven.give({ type: 'message', message: said(0, 'long ago', { id: 'old', own: true, state: 'stored' }) })
    assert.equal(driven.lines().at(-1), '  3 from my phone  ✓')
  })

  it('shows no line below the end of the chat that stands above it, when the end came first', () => {
    const driven = open([said(801, 'the last but one'), said(802, 'the last one')])
    const lines = driven.lines()
    driven.give(update({ type: 'message', message: said(3, 'long ago') }))
    assert.deepEqual([driven.lines(), driven.state.chat!.info.unread, driven.state.chat!.hasMore], [lines, 1, true])
    driven.give(update({ type: 'message', message: said(802, 'the last one') }), update({ type: 'message', message: said(803, 'and news') }))
    assert.deepEqual(driven.lines().slice(lines.length).map(line => line.trim()), ['3 and news'])
  })

  it('lets nothing go to the chat before while another one is being opened', () => {
    const driven = open()
    assert.deepEqual(driven.enter('/switch bo'), [{ do: 'open', chat: 'bother' }])
    assert.deepEqual(driven.enter('for Bob'), [])
    assert.equal(driven.state.line.text, 'for Bob')
    driven.give({ type: 'refused', words: 'gone', opening: true })
    assert.equal(driven.state.chat?.info.id, 'bchat')
    // By lines nobody sees what happened before the next one: then no chat is open.
    driven.give({ type: 'line', text: '/switch Nobody' }, { type: 'refused', words: 'no such chat', opening: true })
    assert.deepEqual(driven.give({ type: 'line', text: 'for Nobody' }), [{ do: 'open', chat: 'for Nobody' }])
  })

  it('opens a chat by its number or the start of its name when none is open', () => {
    for (const [words, id] of [['2', 'bother'], ['ad', 'bchat'], ['Ada', 'bchat'], ['nobody', 'nobody']] as const) {
      const driven = new Driven()
      driven.give({ type: 'chats', chats: [chat(), chat({ id: 'bother', title: 'Bob' })] })
      assert.equal(driven.lines().length, 3)
      assert.deepEqual(driven.enter(words), [{ do: 'open', chat: id }])
    }
  })

  it('names a message that something did not work with by its number', () => {
    const id = 'byieoarwdpqqyw4xwwdt74pppl4'
    const driven = open([said(1, 'hello', { id })])
    driven.give({ type: 'refused', words: `message ${id} is not yours, nor is message ${id.replace('b', 'c')}` })
    assert.deepEqual(driven.lines().at(-1), `! message 1 is not yours, nor is message ${id.replace('b', 'c')}`)
  })

  it('lists the chats as they are when that is asked', () => {
    const driven = open()
    const before = driven.lines().length
    assert.deepEqual(driven.enter('/chats'), [{ do: 'list-chats' }])
    assert.equal(driven.lines().length, before)
    driven.give({ type: 'chats', asked: true, chats: [chat({ last: said(7, 'just now', { own: true }) })] })
    assert.match(driven.lines().at(-1) ?? '', /· 1 Ada .*me: just now/)
    driven.give({ type: 'chats', chats: [chat(), chat({ id: 'bother', title: 'Bob' })] })
    assert.equal(driven.lines().length, before + 1)
  })

  it('brings back what was written, and what stood there', () => {
    const driven = open()
    for (const words of ['one', 'two', 'one']) driven.enter(words)
    driven.give(text('half'), press('up'), press('up'))
    assert.equal(driven.state.line.text, 'two')
    driven.give(press('up'))
    assert.equal(driven.state.line.text, 'two')
    driven.give(press('down'), press('down'))
    assert.equal(driven.state.line.text, 'half')
    driven.give(press('down'))
    assert.equal(driven.state.line.text, 'half')
  })

  it('completes commands, chats behind them, and files, one after the other', () => {
    const driven = open()
    driven.give(text('/sw'), press('tab'))
    assert.equal(driven.state.line.text, '/switch ')
    driven.give(press('tab'))
    assert.equal(driven.state.line.text, '/switch Bob ')
    driven.give(press('interrupt'), text('/m'), press('tab'), press('interrupt'), text('/forward 1 b'), press('tab'))
    assert.equal(driven.state.line.text, '/forward 1 Bob ')
    driven.give(press('interrupt'), text('/attach ~/a\\ b'))
    assert.deepEqual(driven.give(press('tab')), [{ do: 'list-files', path: '~/a b', from: 8 }])
    driven.give({ type: 'words', from: 8, words: ['~/a\\ bc', '~/a\\ bd/'] })
    assert.deepEqual([driven.state.line.text, driven.edge().at(-1)], ['/attach ~/a\\ b', '~/a\\ bc ~/a\\ bd/'])
    driven.give(press('tab'), press('tab'))
    assert.deepEqual([driven.state.line.text, driven.edge().at(-1)], ['/attach ~/a\\ bd/', '~/a\\ bc [~/a\\ bd/]'])
    driven.give(press('back-tab'), text(' "look"'))
    assert.deepEqual(driven.give(press('enter')), [{ do: 'attach', chat: 'bchat', path: '~/a bc', caption: '"look"', replyTo: null }])
  })

  it('changes an own message, in the line or at once, and tells of changes in their place', () => {
    const driven = open([said(1, 'hello'), said(2, 'mistaek', { own: true, state: 'read' })])
    driven.enter('/edit')
    assert.deepEqual([driven.state.line.text, driven.edge().at(-3)], ['mistaek', 'new text for 2 (Escape: as it was)'])
    driven.give(press('backspace'), press('backspace'), text('ke'))
    assert.deepEqual(driven.give(press('enter')), [{ do: 'edit', chat: 'bchat', id: 'm2', text: 'mistake' }])
    driven.give(update({ type: 'messageChanged', change: 'edited', message: said(2, 'mistake', { own: true, state: 'read', edited: true }) }))
    assert.equal(driven.lines().at(-1), '  2 mistake  edited read')
    driven.enter('/edit 2')
    driven.give(press('escape'))
    assert.deepEqual([driven.state.line.text, driven.state.about], ['', null])
    driven.enter('/edit 1 x')
    assert.equal(driven.lines().at(-1), '! 1 is not yours')
    assert.deepEqual(driven.enter('/edit 2 /md *mistake*').filter(effect => effect.do === 'edit'), [{ do: 'edit', chat: 'bchat', id: 'm2', text: '*mistake*', markdown: true }])
    driven.enter('/edit 2')
    driven.give(press('cut-before'))
    assert.deepEqual(driven.enter('/md a *mistake*').filter(effect => effect.do === 'edit'), [{ do: 'edit', chat: 'bchat', id: 'm2', text: 'a *mistake*', markdown: true }])
  })

  it('takes by lines what is written next as the new text, or as the answer, and says so', () => {
    const driven = open([said(1, 'hello'), said(2, 'mistaek', { own: true, state: 'read' })])
    assert.deepEqual(driven.give({ type: 'line', text: '/edit' }), [])
    assert.match(driven.lines().at(-1)!, /write the new text of message 2/)
    assert.deepEqual(driven.give({ type: 'line', text: 'mistake' }), [{ do: 'edit', chat: 'bchat', id: 'm2', text: 'mistake' }])
    driven.give({ type: 'line', text: '/reply 1' })
    assert.match(driven.lines().at(-1)!, /what you write next answers message 1/)
    assert.deepEqual(driven.give({ type: 'line', text: 'hi' }), [{ do: 'send', chat: 'bchat', text: 'hi', replyTo: 'm1' }])
    assert.deepEqual(driven.give({ type: 'line', text: 'bye' }), [{ do: 'send', chat: 'bchat', text: 'bye', replyTo: null }])
  })

  it('takes back what waits for its time, or sends it now, by its place in the list', () => {
    const driven = open()
    assert.deepEqual(driven.enter('/scheduled'), [{ do: 'scheduled', chat: 'bchat' }])
    assert.deepEqual(driven.enter('/scheduled cancel 2'), [{ do: 'unschedule', chat: 'bchat', k: 2, now: false }])
    assert.deepEqual(driven.enter('/scheduled now 1'), [{ do: 'unschedule', chat: 'bchat', k: 1, now: true }])
    driven.enter('/scheduled cancel')
    assert.match(driven.lines().join(' '), /takes the first of it back/)
  })

  it('shows reactions, pins and what is for me, and gives them', () => {
    const driven = open()
    driven.give(text('/react 1 he'), press('tab'))
    assert.deepEqual(driven.give(text('+1'), press('enter')), [{ do: 'react', chat: 'bchat', id: 'm1', emoji: ['❤️', '👍'] }])
    assert.deepEqual(driven.enter('/react 1'), [{ do: 'react', chat: 'bchat', id: 'm1', emoji: [] }])
    assert.deepEqual(driven.enter('/pin 1'), [{ do: 'pin', chat: 'bchat', id: 'm1', unpin: false }])
    driven.give(update({ type: 'messageChanged', change: 'reactions', message: said(1, 'hello', { pinned: true, mentionsMe: true, reactions: [{ emoji: '👍', count: 2, own: true, accounts: [] }, { emoji: '🔥', count: 1, own: false, accounts: [] }] }) }))
    const at = driven.lines().findIndex(line => line.startsWith('  1'))
    assert.deepEqual(driven.lines().slice(at, at + 2), ['  1 hello  @you pinned', '    [👍 2]  🔥 1'])
  })

  it('asks, shows how a poll stands, and votes by numbers counted from 1', () => {
    const driven = open()
    assert.deepEqual(driven.enter('/poll Tea? | yes | no'), [{ do: 'send-poll', chat: 'bchat', question: 'Tea?', options: ['yes', 'no'] }])
    driven.enter('/poll Tea?')
    assert.match(driven.lines().at(-1)!, /two options/)
    const options = [{ text: 'yes', votes: 4, own: true, accounts: [] }, { text: 'no', votes: 1, own: false, accounts: [] }]
    driven.give({ type: 'message', message: said(3, 'Tea?', { kind: 'poll', poll: { options, voters: 5, multiple: false, quiz: false, correct: null, explanation: null, closed: false, closesAt: null } }) })
    assert.deepEqual(driven.lines().slice(-4), ['  3 Tea?', '    ● 1 yes  ████████████ 4', '    ○ 2 no  ███ 1', '    5 votes, /vote N OPTION'])
    assert.deepEqual(driven.enter('/vote 3 2'), [{ do: 'vote', chat: 'bchat', id: 'm3', options: [1] }])
    driven.enter('/vote 3 9')
    assert.equal(driven.lines().at(-1), '! the options of 3 are 1 to 2')
  })

  it('tells the others that something is being written, now and then, never of commands; and shows what they do', () => {
    const driven = open()
    driven.give(text('h'), text('i'), press('backspace'), press('backspace'))
    assert.deepEqual(driven.effects.filter(effect => effect.do === 'typing').map(({ idle }) => idle), [false, true])
    driven.enter('/info 1')
    assert.equal(driven.effects.filter(effect => effect.do === 'typing').length, 2)
    const until = new Date(NOW.getTime() + 6000)
    driven.give({ type: 'activity', activity: { chat: 'bchat', account: 'x', name: 'Ada', kind: 'typing', until } }, { type: 'activity', activity: { chat: 'bchat', account: 'x', name: 'Ada', kind: 'online', until } }, { type: 'activity', activity: { chat: 'bother', account: 'y', name: 'Bob', kind: 'typing', until } })
    assert.deepEqual(driven.edge().slice(1), ['Ada is typing …', '> ', 'Ada (online) · connected · not verified'])
    driven.give({ type: 'activity', activity: { chat: 'bchat', account: 'x', name: 'Ada', kind: 'idle', until: null } })
    assert.deepEqual(driven.edge().slice(1), ['> ', 'Ada (online) · connected · not verified'])
    driven.give({ type: 'clock', now: new Date(NOW.getTime() + 7000) })
    assert.deepEqual(driven.edge().slice(1), ['> ', 'Ada · connected · not verified'])
  })

  it('keeps what is begun, and brings it back with what it answers', () => {
    const driven = open()
    driven.enter('/reply 1')
    driven.give(text('half a tho'))
    assert.deepEqual(driven.give({ type: 'clock', now: new Date(NOW.getTime() + 9000) }), [{ do: 'draft', chat: 'bchat', text: 'half a tho', replyTo: 'm1' }])
    assert.deepEqual(driven.give({ type: 'clock', now: new Date(NOW.getTime() + 19_000) }), [])
    assert.deepEqual(driven.give(text('ught'), press('enter')).slice(0, 2), [{ do: 'send', chat: 'bchat', text: 'half a thought', replyTo: 'm1' }, { do: 'draft', chat: 'bchat', text: '', replyTo: null }])
    driven.give(text('for later'))
    assert.deepEqual(driven.enter('').concat(driven.give(text('x'), press('backspace'), press('end-of-input'))), [{ do: 'send', chat: 'bchat', text: 'for later', replyTo: null }, { do: 'quit', interrupted: false }])
    driven.give(text('for Bob'))
    assert.deepEqual(driven.give({ type: 'line', text: '/switch Bob' }), [{ do: 'draft', chat: 'bchat', text: 'for Bob', replyTo: null }, { do: 'open', chat: 'bother' }])
    driven.state = { ...driven.state, line: EMPTY }
    driven.give({ type: 'opened', page: { chat: chat({ draft: { text: 'begun', replyTo: 'm2', at: NOW } }), messages: [said(2, 'how are you?')], hasMore: false }, verified: true })
    assert.deepEqual([driven.state.line.text, driven.state.about?.n], ['begun', 2])
  })

  it('sends formatted, in silence, and later; looks for words', () => {
    const driven = open()
    assert.deepEqual(driven.enter('/md **now**'), [{ do: 'send', chat: 'bchat', text: '**now**', replyTo: null, markdown: true }])
    assert.deepEqual(driven.enter('/silent psst'), [{ do: 'send', chat: 'bchat', text: 'psst', replyTo: null, silent: true }])
    assert.deepEqual(driven.enter('/in 2h tea'), [{ do: 'send', chat: 'bchat', text: 'tea', replyTo: null, at: new Date(NOW.getTime() + 7_200_000) }])
    driven.enter('/in soon tea')
    assert.match(driven.lines().slice(-2).join(' '), /needs a duration/)
    assert.deepEqual(driven.enter('/search "my tea"'), [{ do: 'search', chat: 'bchat', query: '"my tea"' }])
    driven.give({ type: 'found', chat: 'bchat', title: 'with: tea', messages: [said(1, 'hello')] })
    assert.deepEqual(driven.lines().slice(-2), ['  1 hello', '── back to now ──'])
  })

  it('covers a spoiler anew in words that its author changes after it was looked at', () => {
    const entities = [{ type: 'spoiler', offset: 4, length: 3 }]
    const driven = open([said(1, 'the end is near', { entities })])
    driven.enter('/spoiler 1')
    driven.give(update({ type: 'messageChanged', message: said(1, 'the end is near', { entities, pinned: true }), change: 'pinned' }))
    assert.ok(driven.lines().join('\n').includes('the end is near'))
    driven.give(update({ type: 'messageChanged', message: said(1, 'the fox is dead', { entities, edited: true }), change: 'edited' }))
    assert.ok(driven.lines().join('\n').includes('the ▒▒▒ is dead') && !driven.lines().join('\n').includes('fox'))
  })

  it('covers spoilers, also in what answers them, until they are asked for', () => {
    const secret = { text: 'the end is near', entities: [{ type: 'spoiler', offset: 4, length: 3 }] }
    const driven = open([said(1, '', secret), said(2, 'oh', { replyTo: { id: 'm1', quote: null, fromName: null, text: null } })])
    const texts = (): string[] => driven.lines().filter(line => line.includes('near'))
    assert.deepEqual(texts(), ['  1 the ▒▒▒ is near', '  2 │ 1 Ada: the ▒▒▒ is near'])
    driven.enter('/spoiler 1')
    assert.deepEqual(texts(), ['  1 the end is near', '  2 │ 1 Ada: the ▒▒▒ is near'])
  })

  it('empties the line with Ctrl-C and then leaves; leaves with Ctrl-D', () => {
    const driven = open()
    assert.deepEqual(driven.give(text('x'), press('interrupt')), [])
    assert.deepEqual(driven.give(press('interrupt')), [{ do: 'quit', interrupted: true }])
    assert.deepEqual(driven.give(text('x'), press('home'), press('end-of-input')), [])
    assert.deepEqual([driven.state.line.text, driven.give(press('end-of-input'))], ['', [{ do: 'quit', interrupted: false }]])
  })

  it('says how things stand: no daemon, no relay, an alarm before all else', () => {
    const driven = open()
    driven.give({ type: 'node', node: null })
    assert.equal(driven.edge().at(-1), 'Ada · no daemon · not verified')
    driven.give({ type: 'node', node: status({ relays: [], queued: 2 }) }, { type: 'chat', info: chat({ current: false }), verified: true })
    assert.equal(driven.edge().at(-1), 'Ada · no relay yet · verified ✓ · not current · 2 waiting · 1 request')
    driven.give({ type: 'chat', info: chat({ alarm: 'two histories' }), verified: true })
    assert.equal(driven.edge().at(-1), '! two histories')
  })

  it('shows what was before below what is there, and the way back', () => {
    const driven = open([said(5, 'now')])
    assert.deepEqual(driven.enter('/older'), [{ do: 'older', chat: 'bchat', before: 5 }])
    driven.give({ type: 'older', page: { chat: chat(), messages: [said(3, 'then')], hasMore: false } })
    assert.equal(driven.lines().at(-1), '── back to now: that was the beginning ──')
    assert.ok(driven.lines().includes('  2 then'))
    driven.enter('/older')
    assert.equal(driven.lines().at(-1), '! this is the beginning of the chat')
  })

  it('shows nothing of others that a terminal obeys', () => {
    const bad = 'a\u001b[2J\u001b]0;x\u0007\u009b5n\u202e\u2066b\r\n\u0085c'
    const badly = { fromName: bad, text: bad, error: { code: 'X', message: bad }, replyTo: { id: 'gone', quote: null, fromName: bad, text: bad }, forwardedFrom: { name: bad, at: NOW }, reactions: [{ emoji: bad, count: 1, own: false, accounts: [] }] }
    const option = { text: bad, votes: 1, own: true, accounts: [] }
    const driven = open([said(1, bad, badly), said(2, bad, { ...badly, kind: 'service' }), said(3, bad, { ...badly, poll: { options: [option, option], voters: 1, multiple: true, quiz: true, correct: 0, explanation: bad, closed: true, closesAt: null } })])
    driven.give(
      { type: 'chats', chats: [chat({ title: bad, alarm: bad, unread: 1, id: 'bother', last: said(1, bad, badly) })] }, { type: 'said', lines: [bad] }, { type: 'refused', words: bad },
      { type: 'activity', activity: { chat: 'bchat', account: 'x', name: bad, kind: 'typing', until: null } }, { type: 'words', from: 0, words: [bad, `${bad}x`] }, update({ type: 'request', account: 'x', name: bad, id: 'x' })
    )
    driven.enter('/info 1')
    driven.give({ type: 'chats', asked: true, chats: [...driven.state.chats] })
    driven.enter('/reply 1')
    const screens = [driven.edge(), driven.lines(), driven.state.blocks.flatMap(block => plainLines(block, id => messageOf(driven.state, id)))]
    driven.give({ type: 'chat', info: chat({ title: bad, alarm: bad }), verified: null })
    for (const line of [...screens.flat(), ...driven.edge()]) assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
  })

  it('fits 40 columns and 12 rows, with names, texts and lines of any length, and no text looks like a line of ours', () => {
    const long = 'a rather long name 漢字漢字漢字 of somebody '
    const driven = open([said(1, long.repeat(5), { fromName: long.repeat(3) }), said(2, 'one\n12:00 me\n  9 fake\n── new ──\n! bad\n· note', { fromName: long, replyTo: { id: 'm1', quote: long.repeat(4), fromName: null, text: null }, forwardedFrom: { name: long, at: NOW } })])
    driven.give({ type: 'chats', chats: [chat({ id: 'bother', title: long, unread: 5 })] }, text(long.repeat(40)))
    driven.enter('/help')
    for (const columns of [40, 80]) {
      for (const line of [...driven.lines(columns), ...driven.edge(columns, 12)]) assert.ok(widthOf(line) <= columns, line)
    }
    assert.ok(driven.edge(40, 12).length <= 12 - 2)
    const lines = driven.lines()
    const from = lines.findIndex(line => line.startsWith('  2'))
    for (const line of lines.slice(from + 1, from + 9)) assert.match(line, /^ {4}/)
  })
})
