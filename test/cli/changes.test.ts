import assert from 'node:assert/strict'
import { messageLines, updateLines } from '../../src/cli/terminal/message.js'
import { widthOf } from '../../src/cli/terminal/width.js'
import { cli, fake, message, MESSAGE_ID, NOW, poll } from './support.js'

describe('petrel edit, react, pin and poll', () => {
  const named = ['ada', MESSAGE_ID]

  it('change a message, and print it as it is then', async () => {
    const { petrel, calls } = fake()
    const lines = async (...args: string[]): Promise<string> => {
      const { code, out, err } = await cli(args, { petrel })
      assert.equal(code, 0, err)
      return out
    }
    assert.match(await lines('edit', ...named, 'see you at seven', '--format', 'markdown'), /edited\n {2}see you at seven/)
    assert.match(await lines('react', ...named, '👍', '🦀'), /\n {2}👍 2 \(me\) {2}🦀 2 \(me\)\n$/)
    assert.doesNotMatch(await lines('react', ...named, '--none'), /👍/)
    assert.match(await lines('pin', ...named, '--silent'), /pinned/)
    assert.doesNotMatch(await lines('unpin', ...named), /pinned/)
    assert.match(await lines('poll', 'vote', ...named, '2'), /\n {2}1\. Tea: 0\n {2}2\. Coffee: 1 \(me\)\n {2}\(poll, 1 voted\)/)
    assert.match(await lines('poll', 'close', ...named), /closed/)
    assert.match(await lines('poll', 'create', 'ada', 'Which one sings?', 'Stork', 'Wren', '--correct', '2', '--ends-in', '1h'), /Which one sings\?\n {2}1\. Stork: 0/)
    const options = (method: string): unknown => calls.find(([name]) => name === method)?.slice(1).map(one => typeof one === 'object' && one !== null && !Array.isArray(one) ? { ...one, signal: undefined, idempotencyKey: undefined } : one)
    const none = { signal: undefined, idempotencyKey: undefined }
    assert.deepEqual(options('editMessage'), ['ada', MESSAGE_ID, 'see you at seven', { ...none, format: 'markdown' }])
    assert.deepEqual(options('pinMessage'), ['ada', MESSAGE_ID, { ...none, silent: true }])
    assert.deepEqual(options('vote'), ['ada', MESSAGE_ID, { ...none, 0: 1 }, none])
    assert.deepEqual(options('sendPoll')?.[1 as never], { ...none, question: 'Which one sings?', options: ['Stork', 'Wren'], multiple: false, correct: 1, closesAt: new Date(NOW.getTime() + 3_600_000) })
  })

  it('say what is missing or cannot be', async () => {
    for (const [args, words] of [
      [['react', ...named], /--none/], [['react', ...named, '👍', '--none'], /--none/], [['edit', ...named], /TEXT/], [['edit', ...named, 'x', '--history'], /--history/], [['poll', 'vote', ...named], /--none/], [['poll', 'vote', ...named, 'tea'], /number/],
      [['poll', 'vote', ...named, '0'], /counted from 1/], [['poll', 'create', 'ada', 'why?', 'a', 'b', '--correct', '3'], /1 to 2/], [['poll', 'show', ...named], /no poll/]
    ] as Array<[string[], RegExp]>) {
      const { code, err } = await cli(args, { petrel: fake().petrel })
      assert.equal(code, 2, args.join(' '))
      assert.match(err, words)
    }
  })

  it('print what a message said before, and what is pinned', async () => {
    assert.match((await cli(['edit', ...named, '--history'], { petrel: fake().petrel })).out, /\n {2}helo\n.*\n {2}hello\n$/)
    assert.match((await cli(['pins', 'ada'], { petrel: fake().petrel })).out, /pinned\n {2}hello/)
    assert.match((await cli(['pins', 'ada'], { petrel: fake({ listPinned: async () => [] }).petrel })).err, /Nothing is pinned/)
  })

  it('show nothing of another\'s that moves a terminal, and fit a narrow one', () => {
    const told = message({ edited: true, pinned: true, reactions: [{ emoji: '\u001b[2J', count: 1, own: false, accounts: [] }], poll: { ...poll(['a\u001b[2Jb', 'x\ny'], [0]), quiz: true, correct: 0, explanation: 'so\u202e it is', closed: true } })
    for (const columns of [null, 40]) {
      for (const line of [...messageLines(told, { columns, now: NOW }), ...updateLines({ n: 1, at: NOW, event: { type: 'messageChanged', message: told, change: 'poll' } }, { columns, now: NOW })]) {
        assert.ok(!/[\u001b\u202e\n]/.test(line.replaceAll('\n  ', '')), line)
        if (columns !== null) assert.ok(line.split('\n').every(part => widthOf(part) <= columns), line)
      }
    }
    const changes = (['edited', 'reactions', 'pinned', 'poll'] as const).map(change => updateLines({ n: 1, at: NOW, event: { type: 'messageChanged', message: told, change } }, { columns: null, now: NOW }).join(' '))
    for (const [i, words] of ['edited: hello', 'reactions: ␛[2J 1', 'pinned', '1. a␛[2Jb: 1 (me) ✓  2. x⏎y: 0  (quiz, 1 voted, closed)  so it is'].entries()) assert.ok(changes[i]!.includes(words), changes[i])
  })

  it('of older messages of a chat are told in words: that they are on their way, and that all are here', () => {
    const told = (['older', 'history'] as const).map(change => updateLines({ n: 1, at: NOW, event: { type: 'chat', chat: 'x', title: 'Birds', change } }, { columns: null, now: NOW }).join(' '))
    assert.match(told[0]!, /chat Birds: older messages are being fetched/)
    assert.match(told[1]!, /chat Birds: all older messages that you may read are here/)
  })

  it('of devices are told in words', () => {
    const told = (['added', 'renamed', 'revoked', 'cloned'] as const).map(change => updateLines({ n: 1, at: NOW, event: { type: 'device', device: 'x', name: 'laptop', change } }, { columns: null, now: NOW }).join(' '))
    for (const [i, words] of [/device laptop: came to your account/u, /device laptop: is what it is called now/u, /device laptop: is out/u, /device laptop: another copy/u].entries()) assert.match(told[i]!, words)
  })
})
