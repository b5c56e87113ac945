import assert from 'node:assert/strict'
import fc from 'fast-check'
import { changesBetween, factsOf, faultOf, NO_FACTS, withFact, type Fact, type Facts, type Fault, type Target } from '../../../../src/node/chats/about/facts.js'
import { aboutView } from '../../../../src/node/chats/about/shown.js'
import type { About, Said } from '../../../../src/protocol/message/index.js'
import { LIMITS, peerIdText } from '../../../../src/protocol/wire/index.js'
import { fill, key } from '../../../protocol/wire/kit.js'

const id = fill(16)
const [ann, bob, cat] = [key(1).key, key(2).key, key(3).key]
const POLL: Said = { kind: 'poll', question: 'Tea?', options: [{ text: 'a' }, { text: 'b' }, { text: 'c' }] }
const target = (body: Said): Target => ({ seq: 5, from: ann, body })
const text = target({ kind: 'text', text: 'first' })
const poll = target(POLL)
const edit = (words = 'new'): About => ({ kind: 'edit', target: id, text: words })
const vote = (...options: number[]): About => ({ kind: 'vote', target: id, options })
const fact = (seq: number, from: Fact['from'], body: About, time = 1000 * seq): Fact => ({ seq, time, from, body })

/** The faults of entries in their order. */
function faults (of: Target, entries: readonly Fact[]): Array<Fault | undefined> {
  let facts = NO_FACTS
  return entries.map(one => {
    const fault = faultOf(of, facts, one)
    facts = withFact(of, facts, one)
    return fault
  })
}

describe('what is told about a message', () => {
  it('counts only from its place in the log on', () => {
    for (const seq of [1, 5]) assert.equal(faultOf(text, NO_FACTS, fact(seq, ann, edit())), 'before')
    assert.equal(faultOf(text, NO_FACTS, fact(6, ann, edit())), undefined)
  })

  it('changes a text or a caption of its author, never another\'s, a forward, a poll or nothing', () => {
    const file = { root: fill(36), key: fill(32), size: 1, sha256: fill(32), at: [] }
    const of: Array<[Said, Fault | undefined]> = [
      [{ kind: 'text', text: 'x' }, undefined], [{ kind: 'media', as: 'photo', file }, undefined], [{ kind: 'album', items: [] }, undefined], [POLL, 'kind'], [{ kind: 'unknown', name: 'story', fallback: '', bytes: fill(1) }, 'kind'],
      [{ kind: 'text', text: 'x', forward: { name: 'Bob', at: 1 } }, 'kind']
    ]
    for (const [body, fault] of of) assert.equal(faultOf(target(body), NO_FACTS, fact(6, ann, edit())), fault, body.kind)
    assert.equal(faultOf(text, NO_FACTS, fact(6, bob, edit())), 'author')
    assert.equal(faultOf(text, NO_FACTS, fact(6, ann, edit(''))), 'empty')
    assert.equal(faultOf(target({ kind: 'media', as: 'photo', file }), NO_FACTS, fact(6, ann, edit(''))), undefined)
  })

  it('takes a hundred edits of one message and keeps where each stands', () => {
    const entries = Array.from({ length: LIMITS.editsPerMessage + 1 }, (_, i) => fact(6 + i, ann, edit(`${i}`)))
    assert.deepEqual(faults(text, entries).slice(-2), [undefined, 'many'])
    assert.deepEqual(factsOf(text, entries).edits, entries.slice(0, -1).map(({ seq }) => seq))
  })

  it('has of each account the last reactions, each emoji once, and none that were taken back', () => {
    const react = (seq: number, from: Fact['from'], ...emoji: string[]): Fact => fact(seq, from, { kind: 'reaction', target: id, emoji })
    const facts = factsOf(text, [react(6, bob, '👍', '👍'), react(7, cat, '👍', '🦀'), react(8, bob, '🦀'), react(9, ann, '🔥'), react(10, ann)])
    const { reactions } = aboutView(text.body, { facts, edit: null }, { me: bob, now: 0 })
    assert.deepEqual(reactions, [
      { emoji: '🦀', count: 2, own: true, accounts: [cat, bob].map(peerIdText) }, { emoji: '👍', count: 1, own: false, accounts: [peerIdText(cat)] }
    ])
  })

  it('shows at most 32 emoji, the most chosen, and always the own ones', () => {
    const many = Array.from({ length: 60 }, (_, i) => fact(6 + i, key(100 + i).key, { kind: 'reaction', target: id, emoji: ['🔥', `e${i}`] }))
    const facts = factsOf(text, [...many, fact(100, bob, { kind: 'reaction', target: id, emoji: ['own'] })])
    const { reactions } = aboutView(text.body, { facts, edit: null }, { me: bob, now: 0 })
    assert.equal(reactions.length, LIMITS.reactionsShown)
    assert.deepEqual([reactions[0]?.emoji, reactions[0]?.count, reactions[0]?.accounts.length], ['🔥', 60, LIMITS.reactorsShown])
    assert.ok(reactions.some(({ emoji, own }) => emoji === 'own' && own))
  })

  it('keeps the reactions of as many as can be in a group, and of more those that changed last', () => {
    const entries = Array.from({ length: LIMITS.factAccounts + 2 }, (_, i) => fact(6 + i, fill(34, i).with(0, i & 255).with(1, i >> 8), { kind: 'reaction', target: id, emoji: ['👍'] }))
    const { reactions } = factsOf(text, entries)
    assert.equal(reactions.length, LIMITS.factAccounts)
    assert.deepEqual(reactions[0]?.account, entries[2]?.from)
  })

  it('is pinned as the last pin says, whoever says it', () => {
    const pin = (seq: number, from: Fact['from'], pinned: boolean): Fact => fact(seq, from, { kind: 'pin', target: id, pinned })
    assert.equal(factsOf(text, [pin(6, bob, true)]).pinned, true)
    assert.equal(factsOf(text, [pin(7, cat, false), pin(6, bob, true)]).pinned, false)
  })

  it('counts the last vote of each that the poll allows', () => {
    assert.deepEqual(faults(poll, [fact(6, bob, vote(0)), fact(7, bob, vote(3)), fact(8, bob, vote(0, 1)), fact(9, bob, vote(1, 1)), fact(10, bob, vote(2)), fact(11, bob, vote())]), [undefined, 'options', 'options', 'options', undefined, undefined])
    assert.deepEqual(factsOf(poll, [fact(6, bob, vote(0)), fact(7, bob, vote(3)), fact(8, cat, vote(1)), fact(9, cat, vote())]).votes, [{ account: bob, options: [0] }])
    assert.deepEqual(factsOf(target({ ...POLL, multiple: true }), [fact(6, bob, vote(0, 2))]).votes, [{ account: bob, options: [0, 2] }])
    assert.equal(faultOf(text, NO_FACTS, fact(6, bob, vote(0))), 'kind')
  })

  it('keeps the first answer to a quiz', () => {
    const quiz = target({ ...POLL, quiz: { correct: 1 } })
    const entries = [fact(6, bob, vote()), fact(7, bob, vote(9)), fact(8, bob, vote(0)), fact(9, bob, vote(1)), fact(10, bob, vote())]
    assert.deepEqual(faults(quiz, entries), [undefined, 'options', undefined, 'answered', 'answered'])
    assert.deepEqual(factsOf(quiz, entries).votes, [{ account: bob, options: [0] }])
  })

  it('takes no vote after a poll\'s end: by its author, or by its time', () => {
    const end: About = { kind: 'closePoll', target: id }
    assert.deepEqual(faults(poll, [fact(6, bob, end), fact(7, bob, vote(0)), fact(8, ann, end), fact(9, bob, vote(1)), fact(10, ann, end)]), ['author', undefined, undefined, 'closed', 'closed'])
    const timed = target({ ...POLL, closesAt: 8000 })
    assert.deepEqual(faults(timed, [fact(6, bob, vote(0), 7999), fact(7, bob, vote(1), 8000)]), [undefined, 'closed'])
    assert.equal(faultOf(text, NO_FACTS, fact(6, ann, end)), 'kind')
    const { poll: shown } = aboutView(timed.body, { facts: NO_FACTS, edit: null }, { me: bob, now: 8000 })
    assert.deepEqual([shown?.closed, shown?.closesAt], [true, new Date(8000)])
  })

  it('says what is another afterwards', () => {
    const all: Facts = { edits: [7], reactions: [{ account: bob, emoji: ['👍'] }], votes: [{ account: bob, options: [1] }], pinned: true, closed: true }
    assert.deepEqual(changesBetween(NO_FACTS, all), ['edited', 'reactions', 'pinned', 'poll'])
    assert.deepEqual(changesBetween(all, { ...all, reactions: [...all.reactions], votes: [...all.votes], edits: [...all.edits] }), [])
    assert.deepEqual(changesBetween(all, { ...all, votes: [{ account: bob, options: [0] }] }), ['poll'])
    assert.deepEqual(changesBetween(all, { ...all, reactions: [{ account: cat, emoji: ['👍'] }] }), ['reactions'])
  })

  it('is one state in whatever order it is learned', () => {
    const body = fc.oneof<Array<fc.Arbitrary<About>>>(
      fc.constantFrom('', 'x', 'y').map(edit), fc.array(fc.nat(3), { maxLength: 3 }).map(options => vote(...options)), fc.constant<About>({ kind: 'closePoll', target: id }),
      fc.array(fc.constantFrom('👍', '🦀'), { maxLength: 2 }).map((emoji): About => ({ kind: 'reaction', target: id, emoji })), fc.boolean().map((pinned): About => ({ kind: 'pin', target: id, pinned }))
    )
    const entries = fc.array(fc.tuple(fc.constantFrom(ann, bob, cat), body), { maxLength: 20 }).map(list => list.map(([from, one], i) => fact(i + 1, from, one)))
    const targets = fc.constantFrom(text, poll, target({ ...POLL, quiz: { correct: 0 } }), target({ ...POLL, multiple: true, closesAt: 9000 }))
    fc.assert(fc.property(targets, entries.chain(list => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))), (of, [inOrder, shuffled]) => {
      const one = inOrder.reduce((facts, entry) => withFact(of, facts, entry), NO_FACTS)
      assert.deepEqual(factsOf(of, shuffled), one)
    }), { numRuns: 100 })
  })
})
