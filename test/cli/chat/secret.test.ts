import assert from 'node:assert/strict'
import { pageOf } from '../../../src/cli/chat/secret-page.js'
import { secretPlainLines, type SecretShown } from '../../../src/cli/chat/plain-secret.js'
import { step } from '../../../src/cli/chat/machine.js'
import { newState, type Effect, type Input, type SecretPage, type State } from '../../../src/cli/chat/state.js'
import type { KeyName } from '../../../src/cli/chat/keys.js'
import type { MediaTransfer, SecretInfo, SecretLine, UpdateEvent } from '../../../src/protocol/api/index.js'
import { widthOf } from '../../../src/cli/terminal/width.js'
import { chat, file, NOW, OTHER, status } from '../support.js'

const info = (fields: Partial<SecretInfo> = {}): SecretInfo => ({ id: 'abcdef0123456789', account: OTHER, name: 'Ada', devices: ['x'], ending: null, device: OTHER, state: 'open', timer: 0, unread: 0, waiting: 0, createdAt: NOW, path: 'relay', alarm: null, verified: false, ...fields })
const line = (number: number, text: string, fields: Partial<SecretLine> = {}): SecretLine => ({
  number, kind: 'message', id: `m${number}`, own: false, at: new Date(NOW.getTime() + number * 1000), text, entities: [], replyTo: null, state: null, edited: false, reactions: { own: [], theirs: [] }, ttl: 0, goesAt: null, note: null, media: [], ...fields
})
const happened = (number: number, note: string, fields: Partial<SecretLine> = {}): SecretLine => line(number, '', { kind: 'note', id: null, text: null, note, ...fields })

const text = (words: string): Input => ({ type: 'key', key: { kind: 'text', text: words } })
const press = (name: KeyName): Input => ({ type: 'key', key: { kind: 'key', name } })
const update = (event: UpdateEvent): Input => ({ type: 'update', update: { n: 1, at: NOW, event } })
const page = (lines: SecretLine[], fields: Partial<SecretInfo> = {}, more: Partial<SecretPage> = {}): SecretPage => ({ info: info(fields), lines, hasMore: false, settles: false, ...more })
const again = (lines: SecretLine[], fields: Partial<SecretInfo> = {}, more: Partial<SecretPage> = {}): Input => ({ type: 'secret-page', secret: info().id, page: page(lines, fields, more) })

/** The machine with a secret chat open: what it shows, and what it wanted done. */
class Driven {
  state: State = newState(NOW)
  readonly effects: Effect[] = []

  readonly columns: number
  readonly rows: number

  constructor (columns = 40, rows = 12) {
    this.columns = columns
    this.rows = rows
    this.give({ type: 'size', size: { columns, rows } }, { type: 'node', node: status({ requests: 0 }) }, { type: 'chats', chats: [chat({ unread: 0 }), chat({ id: 'bother', title: 'Bob', peer: 'bob', unread: 0 })], secrets: [info()] })
  }

  give (...inputs: Input[]): Effect[] {
    const from = this.effects.length
    for (const input of inputs) {
      const next = step(this.state, input)
      this.state = next.state
      this.effects.push(...next.effects)
    }
    return this.effects.slice(from)
  }

  enter (words: string): Effect[] { return this.give(text(words), press('enter')) }

  screen (): string[] { return [...pageOf(this.state, this.state.secret!, { columns: this.columns, color: false, links: false }, this.rows).rows] }

  /** The rows between the bar and the line. */
  said (): string[] { return this.screen().slice(1, -2).filter(row => row !== '') }
}

function open (lines: SecretLine[], fields: Partial<SecretInfo> = {}, more: Partial<SecretPage> = {}): Driven {
  const driven = new Driven()
  driven.give({ type: 'secret-opened', page: page(lines, fields, more) })
  return driven
}

describe('a secret chat in petrel chat', () => {
  it('takes the whole screen, under a bar that says so: states, answers, timers, what happened and what is lost', () => {
    const driven = open([
      happened(1, 'accepted', { own: true }), line(2, 'hello'), line(3, 'hi', { own: true, state: 'read', replyTo: 'm2', ttl: 3600, goesAt: new Date(NOW.getTime() + 90_000) }),
      happened(4, 'timer:3600'), line(5, '', { kind: 'lost', id: null, text: null }), line(6, 'there', { own: true, state: 'waiting', ttl: 3600, reactions: { own: [], theirs: ['👍'] } })
    ], { timer: 3600, waiting: 1 })
    const rows = driven.screen()
    assert.equal(rows.length, 12)
    assert.ok(rows.every(row => widthOf(row) <= 40), rows.join('\n'))
    assert.equal(rows[0], 'SECRET CHAT with Ada · timer 1 hour    ↑')
    assert.deepEqual(rows.slice(-2), ['> ', 'secret: Ada · by relay · not verified ·…'])
    const clock = /\d\d:\d\d/.exec(rows.join('\n'))![0]
    assert.deepEqual(driven.said(), [
      `${clock} me`, '  3 │ 2 Ada: hello', '    hi  read 1m 30s left', `· ${clock} Ada set the timer to 1 hour`, `! ${clock} a message of Ada can never be`, 'read', `${clock} me`, '  6 there  … 1h', '    👍 1'
    ])
  })

  it('is read while its end is looked at, and what comes meanwhile stands below a line', () => {
    const driven = open([line(1, 'one'), line(2, 'two')], { unread: 1 })
    assert.deepEqual(driven.effects.at(-1), { do: 'read-secret', secret: info().id, lines: 2 })
    assert.deepEqual(driven.give(again([line(1, 'one'), line(2, 'two')], { unread: 1 })), [], 'it is said once')
    driven.give(again([line(1, 'one'), line(2, 'two')]))
    assert.deepEqual(driven.said().slice(-4), ['  1 one', '── new ──', `${/\d\d:\d\d/.exec(driven.said().join())![0]} Ada`, '  2 two'])
    driven.give({ type: 'key', key: { kind: 'focus', has: false } })
    assert.deepEqual(driven.give(update({ type: 'secret', secret: info().id, change: 'message' })), [{ do: 'refresh-chats' }, { do: 'refresh-secret', secret: info().id, lines: 2 }])
    assert.deepEqual(driven.give(again([line(1, 'one'), line(2, 'two'), line(3, 'three')], { unread: 1 })), [], 'nobody looks')
    assert.deepEqual(driven.said().slice(-3, -2), ['── new ──'])
    assert.deepEqual(driven.give({ type: 'key', key: { kind: 'focus', has: true } }), [{ do: 'read-secret', secret: info().id, lines: 3 }])
  })

  it('sends what is written to it alone: nobody is told of typing, and nothing is kept as a draft', () => {
    const driven = open([line(1, 'hello')])
    driven.give(text('half of '), { type: 'clock', now: new Date(NOW.getTime() + 60_000) }, text('it'), press('enter'))
    driven.give({ type: 'secret-line', secret: info().id, line: line(2, 'half of it', { own: true, state: 'waiting' }) })
    assert.equal(driven.said().at(-1), '  2 half of it  …')
    driven.enter('/reply 1 me too')
    driven.enter('/md **so**')
    driven.give(text('left as it is'), press('end-of-input'), { type: 'clock', now: new Date(NOW.getTime() + 120_000) })
    assert.deepEqual(driven.effects.filter(effect => ['typing', 'draft', 'send', 'send-secret'].includes(effect.do)), [
      { do: 'send-secret', secret: info().id, text: 'half of it', replyTo: null, markdown: false }, { do: 'send-secret', secret: info().id, text: 'me too', replyTo: 'm1', markdown: false }, { do: 'send-secret', secret: info().id, text: '**so**', replyTo: null, markdown: true }
    ])
  })

  it('forgets all of it when it is left: what was said, written and cut, and what comes too late', () => {
    const driven = new Driven()
    driven.enter('/chats')
    driven.give({ type: 'secret-opened', page: page([line(1, 'oystercatcher says')]) })
    driven.enter('oystercatcher says so')
    driven.give(text('oystercatcher is cut'), press('cut-before'))
    driven.enter('/verify')
    driven.give({ type: 'secret-said', secret: info().id, lines: ['oystercatcher digits'] }, text('oystercatcher begun'))
    driven.give({ type: 'opened', page: { chat: chat(), messages: [], hasMore: false }, verified: false })
    driven.give({ type: 'secret-line', secret: info().id, line: line(2, 'oystercatcher says so') }, { type: 'refused', words: 'oystercatcher.jpg did not go', text: 'oystercatcher says so', secret: info().id }, { type: 'secret-said', secret: info().id, lines: ['oystercatcher'] })
    assert.ok(!JSON.stringify(driven.state).includes('oystercatcher'))
    assert.deepEqual([driven.state.line.text, driven.state.history.lines], ['', ['/chats']])
    driven.give(press('put-back'), press('up'))
    assert.equal(driven.state.line.text, '/chats')
  })

  it('gives back what did not go, in its own line only', () => {
    const driven = open([])
    driven.enter('hello')
    driven.give({ type: 'refused', words: 'lost', text: 'of another chat' })
    assert.equal(driven.state.line.text, '')
    driven.give({ type: 'refused', words: 'lost', text: 'hello', secret: info().id })
    assert.equal(driven.state.line.text, 'hello')
  })

  it('takes lines away when their time is over, by the clock and by the node\'s word, with what was begun about them', () => {
    const goes = line(2, 'gone soon', { ttl: 60, goesAt: new Date(NOW.getTime() + 60_000) })
    const driven = open([line(1, 'stays'), goes, line(3, 'mine', { own: true, state: 'read' })])
    driven.enter('/reply 2')
    driven.give(text('about that'))
    assert.ok(driven.screen().some(row => row.startsWith('reply to 2 Ada: gone soon')))
    driven.give({ type: 'clock', now: new Date(NOW.getTime() + 60_000) })
    assert.ok(!driven.screen().join('\n').includes('gone soon'))
    assert.deepEqual([driven.state.about, driven.state.line.text], [null, 'about that'])
    driven.give(press('cut-before'))
    driven.enter('/edit 3')
    driven.give(again([line(1, 'stays')]))
    assert.deepEqual([driven.state.about, driven.state.line.text, driven.state.hint], [null, '', '3 is gone'])
    assert.deepEqual(driven.said().slice(-1), ['  1 stays'])
    driven.enter('/reply 2 x')
    assert.equal(driven.said().at(-1), '! there is no message 2 here (any more)')
  })

  it('does by number what there is to do, and nothing that would take words out of it', () => {
    const driven = open([line(1, 'hello'), line(2, 'mine', { own: true, state: 'read' })])
    const secret = info().id
    assert.deepEqual(driven.enter('/react 1 heart'), [{ do: 'react-secret', secret, id: 'm1', emoji: ['❤️'] }])
    assert.deepEqual(driven.enter('/edit other words'), [{ do: 'edit-secret', secret, id: 'm2', text: 'other words' }])
    driven.enter('/edit 2')
    assert.equal(driven.state.line.text, 'mine')
    assert.deepEqual(driven.give(text('!'), press('enter')), [{ do: 'edit-secret', secret, id: 'm2', text: 'mine!' }])
    assert.deepEqual(driven.enter('/edit 2 /md **mine**'), [{ do: 'edit-secret', secret, id: 'm2', text: '**mine**', markdown: true }])
    driven.enter('/edit 2')
    driven.give(press('cut-before'))
    assert.deepEqual(driven.enter('/md all *mine*'), [{ do: 'edit-secret', secret, id: 'm2', text: 'all *mine*', markdown: true }])
    assert.equal(driven.state.about, null)
    driven.give(again([line(1, 'hello'), line(2, 'all mine', { own: true, entities: [{ type: 'italic', offset: 4, length: 4 }] })]))
    driven.enter('/edit 2')
    assert.match(driven.state.hint!, /formatting goes/)
    driven.give(press('escape'))
    assert.deepEqual(driven.enter('/delete 1'), [{ do: 'delete-secret', secret, id: 'm1' }])
    assert.deepEqual(driven.enter('/timer 1h'), [{ do: 'time-secret', secret, seconds: 3600 }])
    assert.deepEqual(driven.enter('/timer off'), [{ do: 'time-secret', secret, seconds: 0 }])
    for (const words of ['0s', '8d', '1y', '1.5h', 'soon']) assert.deepEqual(driven.enter(`/timer ${words}`), [])
    assert.deepEqual(driven.enter('/verify'), [{ do: 'compare-secret', secret }])
    for (const words of ['qr', '--qr']) assert.deepEqual(driven.enter(`/verify ${words}`), [{ do: 'compare-secret', secret, qr: true }])
    assert.deepEqual(driven.enter('/verify yes'), [{ do: 'verify-secret', secret, verified: true }])
    assert.deepEqual(driven.enter('/verify no'), [{ do: 'verify-secret', secret, verified: false }])
    assert.deepEqual(driven.enter('/close'), [])
    assert.deepEqual(driven.enter('/close yes'), [{ do: 'close-secret', secret, name: 'Ada' }])
    assert.deepEqual(driven.enter('/forget'), [])
    for (const words of ['/forward 1 Bob', '/pin 1', '/search hello', '/in 2h later', '/poll a | b | c', '/silent x']) {
      assert.deepEqual(driven.enter(words), [])
      assert.ok(driven.screen().join(' ').includes('what is said here'), words)
    }
    driven.give({ type: 'secret-left', secret, words: 'it is closed' })
    assert.deepEqual([driven.state.secret, driven.state.chat], [null, null])
  })

  it('leads back to the chat from before when it is over, and tells that once', () => {
    const before = (): Driven => {
      const driven = new Driven()
      driven.give({ type: 'opened', page: { chat: chat(), messages: [], hasMore: false }, verified: false }, { type: 'secret-opened', page: page([line(1, 'hello')]) })
      return driven
    }
    const back = { do: 'open', chat: chat().id }
    const closed = info({ state: 'closed', ending: 'here' })
    const driven = before()
    driven.enter('/close yes')
    driven.give(again([], closed))
    assert.deepEqual(driven.state.secret!.notes, [])
    assert.deepEqual(driven.give({ type: 'secret-left', secret: closed.id, words: 'the secret chat with Ada is closed' }), [{ do: 'refresh-chats' }, back])
    driven.give({ type: 'chats', chats: driven.state.chats, secrets: [closed] })
    assert.equal(driven.state.blocks.filter(block => block.kind === 'note' && block.lines.some(words => words.includes('secret chat with Ada'))).length, 1)
    assert.ok(before().give(update({ type: 'secret', secret: closed.id, change: 'forgotten' })).some(effect => effect.do === 'open'))
  })

  it('brings files, shows how far they are, sends and saves them by the message', () => {
    const photo = file({ state: { here: 0, held: false, transfer: null } })
    const driven = open([line(1, 'look', { media: [photo] }), line(2, 'no file', { own: true, state: 'read' })])
    assert.ok(driven.said().some(row => row.includes('[photo] holiday.jpg')), driven.said().join('\n'))
    driven.give({ type: 'transfer', transfer: { media: photo.id, name: photo.name, direction: 'download', state: 'running', bytes: 11, total: photo.size, rate: 0, error: null } as MediaTransfer })
    assert.match(driven.said().join(' '), /coming, 50 %/)
    const secret = info().id
    assert.deepEqual(driven.enter('/attach "my notes.txt" as promised'), [{ do: 'attach-secret', secret, path: 'my notes.txt', caption: 'as promised', replyTo: null }])
    assert.deepEqual(driven.enter('/save 1').map(effect => effect.do === 'save-secret' ? [effect.line.id, effect.path] : []), [['m1', null]])
    assert.deepEqual(driven.enter('/save 1 ~/there').map(effect => effect.do === 'save-secret' ? [effect.line.id, effect.path] : []), [['m1', '~/there']])
    assert.deepEqual(driven.enter('/save 2'), [])
    assert.equal(driven.said().at(-1), '! 2 has no file')
  })

  it('says nothing before it is accepted and after it is closed, and keeps the line', () => {
    for (const [state, words] of [['asking', /has not accepted yet/], ['asked', /\/accept, or \/close/], ['closed', /is closed/]] as const) {
      const driven = open([], { state })
      assert.deepEqual(driven.enter('hello'), [])
      assert.equal(driven.state.line.text, 'hello')
      assert.match(driven.said().join(' '), words)
    }
    const asked = open([], { state: 'asked' })
    asked.give({ type: 'chats', chats: [], secrets: [info({ state: 'asked' })] })
    assert.deepEqual(asked.enter('/accept'), [{ do: 'accept-secret', secret: info().id }])
  })

  it('warns over the whole width while keys are in doubt, and sends nothing until the person has accepted', () => {
    const alarm = 'this contact\'s devices contradict what was known of them'
    const driven = open([line(1, 'hello')], { alarm }, { settles: true })
    const rows = driven.screen().filter(row => row.startsWith('! '))
    assert.ok(rows.length >= 2 && rows.length <= 4 && rows.every(row => widthOf(row) === 40), rows.join('\n'))
    assert.match(rows[0]!, /^! NOTHING IS SENT: this contact's +$/)
    assert.deepEqual(driven.enter('are you there?'), [])
    assert.equal(driven.state.line.text, 'are you there?')
    driven.give(press('cut-before'))
    assert.deepEqual(driven.enter('/accept'), [{ do: 'verify-secret', secret: info().id, verified: true }])
    driven.give(again([line(1, 'hello')], { verified: true }))
    assert.ok(!driven.screen().some(row => row.includes('NOTHING')))
    assert.equal(driven.enter('are you there?').at(-1)!.do, 'send-secret')
    const revoked = open([], { alarm: 'the contact has revoked the device' })
    assert.deepEqual(revoked.enter('/accept'), [])
    assert.match(revoked.said().join(' '), /cannot be accepted: \/close/)
  })

  it('is listed after the other chats, found by number, name and completion, and begun with whom there is none', () => {
    const driven = new Driven()
    const lines = (): string => JSON.stringify(driven.state.blocks)
    assert.match(lines(), /3 Ada \(secret\)/)
    assert.deepEqual(driven.enter('/switch 3').at(-1), { do: 'open-secret', secret: info().id })
    driven.give({ type: 'refused', words: 'no', opening: true })
    assert.deepEqual(driven.enter('/switch Ada').at(-1), { do: 'open', chat: 'bchat' })
    driven.give({ type: 'refused', words: 'no', opening: true })
    assert.deepEqual(driven.enter('/secret Ada').at(-1), { do: 'open-secret', secret: info().id })
    driven.give({ type: 'refused', words: 'no', opening: true })
    assert.deepEqual(driven.enter('/secret bo').at(-1), { do: 'start-secret', contact: 'bob' })
    driven.give({ type: 'refused', words: 'no', opening: true })
    driven.give(text('/switch Ada'), press('tab'))
    assert.deepEqual(driven.state.completion?.words, ['Ada', 'Ada (secret)'])
    driven.give(press('interrupt'))
    driven.give({ type: 'chats', chats: driven.state.chats, secrets: [info(), info({ id: 'b0b0b0b0', name: 'Bob', account: 'bob', state: 'asked' }), info({ id: 'c0c0c0c0', state: 'asking' })] })
    assert.match(lines(), /Bob asks you for a secret chat: \/accept Bob/)
    assert.deepEqual(driven.enter('/secret Ada'), [], 'there are two')
    assert.match(lines(), /Ada \(secret abcdef\), Ada \(secret c0c0c0\)/)
    assert.deepEqual(driven.enter('/accept bob').at(-1), { do: 'accept-secret', secret: 'b0b0b0b0' })
    driven.give({ type: 'chats', chats: [], secrets: [info({ state: 'closed', ending: 'there' }), info({ id: 'b0b0b0b0', name: 'Bob', account: 'bob', state: 'closed', ending: 'elsewhere' }), info({ id: 'c0c0c0c0' })] })
    assert.match(lines(), /Ada has accepted: \/secret Ada/)
    assert.match(lines(), /the secret chat with Ada was closed/)
    assert.match(lines(), /the secret chat with Bob was accepted on another device of yours/)
  })

  it('scrolls by whole pages, asks once for what was before, and keeps its place when something comes', () => {
    const all = Array.from({ length: 30 }, (_, i) => line(11 + i, `line ${11 + i}`))
    const driven = open(all, {}, { hasMore: true })
    assert.equal(driven.said().at(-1), ' 40 line 40')
    driven.give(press('page-up'))
    const seen = driven.said().filter(row => row.includes('line'))
    assert.match(driven.screen().join('\n'), /more below: Page-Down/)
    driven.give(again([...all, line(41, 'news\nin two rows')], { unread: 1 }, { hasMore: true }))
    assert.deepEqual(driven.said().filter(row => row.includes('line')), seen, 'the same lines are in sight')
    assert.ok(driven.effects.every(effect => effect.do !== 'read-secret'), 'what is not in sight is not read')
    for (let i = 0; i < 6; i++) driven.give(press('page-up'))
    assert.deepEqual(driven.effects.filter(effect => effect.do === 'older-secret'), [{ do: 'older-secret', secret: info().id, before: 11 }])
    driven.give({ type: 'secret-older', secret: info().id, lines: Array.from({ length: 10 }, (_, i) => line(1 + i, `line ${1 + i}`)), hasMore: false })
    for (let i = 0; i < 9; i++) driven.give(press('page-up'))
    assert.ok(driven.said().includes('  1 line 1'), driven.said().join('\n'))
    for (let i = 0; i < 12; i++) driven.give(press('page-down'))
    assert.equal(driven.said().at(-1), '    in two rows')
    assert.equal(driven.effects.at(-1)!.do, 'read-secret')
  })

  it('brings the answer to a command into sight, wherever the person looks; what comes by itself leaves them there', () => {
    const driven = open(Array.from({ length: 30 }, (_, i) => line(1 + i, `line ${1 + i}`)))
    const up = (): void => { driven.give(press('page-up'), press('page-up')) }
    up()
    driven.give(update({ type: 'contact', account: 'bob', name: 'Bob', change: 'alarm' }))
    assert.ok(!driven.said().some(row => row.includes('Bob')), 'nobody asked')
    driven.enter('/timer never')
    assert.match(driven.said().join(' '), /a timer is 1s to 7d/)
    up()
    driven.enter('/verify')
    driven.give({ type: 'secret-said', secret: info().id, lines: ['12345 67890'] })
    assert.equal(driven.said().at(-1), '· 12345 67890')
    up()
    driven.enter('/react 30 heart')
    driven.give({ type: 'refused', words: 'too many', secret: info().id })
    assert.equal(driven.said().at(-1), '! too many')
  })

  it('draws what a camera compares where it is seen whole, and says where it is not', () => {
    const code = Array.from({ length: 8 }, () => '█▀▄ '.repeat(5))
    const shown = (rows: number, columns = 40): string[] => {
      const driven = new Driven(columns, rows)
      driven.give({ type: 'secret-opened', page: page([line(1, 'hello')]) }, { type: 'secret-said', secret: info().id, lines: ['12345 67890'], code })
      return driven.said()
    }
    assert.deepEqual(shown(24).slice(-8), code)
    assert.match(shown(10).join(' '), /the QR code needs 20 columns and 11 rows,/)
    assert.match(shown(24, 12).join(' '), /needs\s+20\s+columns/)
  })

  it('fits terminals of any size, with a warning and a long line too', () => {
    for (const [columns, rows] of [[20, 4], [40, 12], [80, 24], [21, 7]] as const) {
      const driven = new Driven(columns, rows)
      driven.give({ type: 'secret-opened', page: page([line(1, '漢字 '.repeat(80)), line(2, 'x'.repeat(200), { own: true, state: 'waiting', ttl: 5 })], { alarm: 'it is in doubt '.repeat(9) }) }, text('a long text '.repeat(40)))
      const { rows: all, row } = pageOf(driven.state, driven.state.secret!, { columns, color: false, links: false }, rows)
      assert.equal(all.length, rows)
      assert.ok(all.every(one => widthOf(one) <= columns), all.join('\n'))
      assert.ok(row >= 0 && row < rows)
    }
  })

  it('is said in plain words: each line once, what changed, how far it got, and what is gone', () => {
    let shown: SecretShown | null = null
    const say = (driven: Driven): string[] => {
      const next = secretPlainLines(shown, driven.state.secret!, driven.state.now)
      shown = next.shown
      return next.lines
    }
    const driven = open([line(1, 'hello'), line(2, 'mine', { own: true, state: 'waiting', ttl: 60 })])
    const first = say(driven)
    assert.equal(first[0], 'SECRET CHAT with Ada · no timer.')
    assert.match(first.at(-2)!, /^2, you, \d\d:\d\d, not sent yet: mine$/)
    assert.equal(first.at(-1), '  Goes 1m after it was read.')
    assert.deepEqual(say(driven), [])
    driven.give(again([line(1, 'hello you'), line(2, 'mine', { own: true, state: 'read', ttl: 60 })]))
    assert.deepEqual(say(driven), ['Message 1 is now: hello you.', 'Message 2 was read.'])
    driven.give(again([line(1, 'hello you')], { alarm: 'it is in doubt' }))
    driven.enter('/timer never')
    assert.deepEqual(say(driven), ['Message 2 is gone.', 'Error: a timer is 1s to 7d, or off, not "never"', 'Warning: NOTHING IS SENT: it is in doubt. /close ends this chat.'])
  })
})
