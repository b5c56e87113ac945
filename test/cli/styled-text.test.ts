import assert from 'node:assert/strict'
import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { showsLinks } from '../../src/cli/terminal/hyperlinks.js'
import { PLAIN_STYLE, styledLines } from '../../src/cli/terminal/styled-text.js'
import { widthOf } from '../../src/cli/terminal/width.js'
import { cli, fake, message, chat } from './support.js'

const COLOR = { ...PLAIN_STYLE, color: true }
const at = (type: string, offset: number, length: number, value?: string) => ({ type, offset, length, ...value === undefined ? {} : { value } })
const visible = (lines: readonly string[]): string => lines.join('\n').replaceAll('\u001b', '^')

describe('a formatted text in a terminal', () => {
  it('is bold, italic, underlined, struck and code where the terminal shows styles, and plain where not', () => {
    const entities = [at('bold', 0, 1), at('italic', 2, 1), at('underline', 4, 1), at('strikethrough', 6, 1), at('code', 8, 1)]
    assert.equal(visible(styledLines('b i u s c', entities, COLOR)), '^[1mb^[22m ^[3mi^[23m ^[4mu^[24m ^[9ms^[29m ^[33mc^[39m')
    assert.deepEqual(styledLines('b i u s c', entities, PLAIN_STYLE), ['b i u s c'])
  })

  it('covers spoilers until somebody asks', () => {
    const entities = [at('spoiler', 2, 7)]
    assert.deepEqual(styledLines('a 秘密 pw b', [at('spoiler', 2, 5)], PLAIN_STYLE), ['a ▒▒▒▒ ▒▒ b'])
    assert.deepEqual(styledLines('a se cret b', entities, PLAIN_STYLE), ['a ▒▒ ▒▒▒▒ b'])
    assert.deepEqual(styledLines('a se cret b', entities, { ...PLAIN_STYLE, spoilers: true }), ['a se cret b'])
  })

  it('says where a link leads, unless its words say so; a link that is covered says nothing', () => {
    assert.deepEqual(styledLines('my bank', [at('text_link', 3, 4, 'https://evil.example/')], PLAIN_STYLE), ['my bank (https://evil.example/)'])
    assert.deepEqual(styledLines('https://x.example', [at('text_link', 0, 17, 'https://x.example')], PLAIN_STYLE), ['https://x.example'])
    assert.deepEqual(styledLines('bank', [at('spoiler', 0, 4), at('text_link', 0, 4, 'https://evil.example/')], PLAIN_STYLE), ['▒▒▒▒'])
  })

  it('makes links of addresses where the terminal can, and never of what a click could run', () => {
    const links = { ...COLOR, links: true }
    assert.equal(visible(styledLines('https://x.example/ü', [at('url', 0, 19)], links)), '^]8;;https://x.example/%C3%BC^\\^[4mhttps://x.example/ü^[24m^]8;;^\\')
    assert.ok(!visible(styledLines('x', [at('text_link', 0, 1, 'javascript:alert(1)')], links)).includes(']8;;'))
    assert.ok(!visible(styledLines('x', [at('text_link', 0, 1, 'https://x.example/\u001b]0;t\u0007')], links)).includes('^]0'))
    const settings = { columns: 80, json: false, color: true }
    assert.deepEqual([{ TERM: 'xterm-kitty' }, { VTE_VERSION: '7600' }, { TERM_PROGRAM: 'WezTerm' }, { TERM: 'xterm' }, { TERM: 'xterm-kitty', TMUX: '/t' }].map(env => showsLinks(env, settings)), [true, true, true, false, false])
    assert.equal(showsLinks({ TERM: 'xterm-kitty' }, { ...settings, columns: null }), false)
  })

  it('marks the lines of a quote, and wraps within the columns', () => {
    assert.deepEqual(styledLines('one two three\nfour', [at('blockquote', 0, 13)], { ...PLAIN_STYLE, columns: 8 }), ['▏ one', '▏ two', '▏ three', 'four'])
  })

  it('shows the same words whatever formatting others send, wherever that stands', () => {
    const text = 'a🐦b 👩‍👩‍👧 c\r\nd\u001b[31m e\u202e ﷽\n\nlast'
    const entity = fc.record({ type: fc.constantFrom('bold', 'italic', 'code', 'underline', 'blink', 'text_mention', 'url', '__proto__'), offset: fc.nat(40), length: fc.nat(60) })
    fc.assert(fc.property(fc.array(entity, { maxLength: 6 }), fc.integer({ min: 8, max: 40 }), (entities, columns) => {
      for (const style of [{ ...PLAIN_STYLE, columns }, { ...COLOR, links: true, columns }]) {
        const lines = styledLines(text, entities, style)
        const bare = lines.map(line => stripVTControlCharacters(line))
        assert.equal(bare.join('').replaceAll(' ', ''), styledLines(text, [], PLAIN_STYLE).join('').replaceAll(' ', ''))
        for (const line of bare) assert.ok(widthOf(line) <= columns && !line.includes('\u001b'), JSON.stringify(line))
        // Each style that a line begins ends in it.
        for (const line of lines) assert.equal(line.match(/\u001b\[(1|3|4|9|33|36)m/g)?.length ?? 0, line.match(/\u001b\[(22|23|24|29|39)m/g)?.length ?? 0)
      }
    }), { numRuns: 200 })
  })
})

describe('messages with words in a terminal', () => {
  const showing = (...messages: ReturnType<typeof message>[]) => fake({ showChat: async () => ({ chat: chat(), messages, hasMore: false }), listChats: async () => [chat({ last: messages[0]! })] }).petrel
  const spoiler = message({ text: 'it was Bob', entities: [at('spoiler', 7, 3)] })

  it('cover spoilers in chats and lists, and show them when asked', async () => {
    const petrel = showing(spoiler)
    assert.match((await cli(['chats', 'show', 'ada'], { petrel })).out, /it was ▒▒▒\n/)
    assert.match((await cli(['chats', 'show', 'ada', '--spoilers'], { petrel })).out, /it was Bob\n/)
    const { out } = await cli(['chats', 'list'], { petrel })
    assert.ok(out.includes('it was ▒▒▒') && !out.includes('Bob'))
  })

  it('show what they answer: who said it, and the words that were quoted or the beginning', async () => {
    const answer = (replyTo: ReturnType<typeof message>['replyTo']) => cli(['chats', 'show', 'ada'], { petrel: showing(message({ replyTo })) })
    assert.match((await answer({ id: 'bx', quote: 'at six', fromName: 'Bob', text: 'see you at six' })).out, /\n {2}> Bob: at six\n/)
    assert.match((await answer({ id: 'bx', quote: null, fromName: 'Bob', text: 'see you\nat six' })).out, /\n {2}> Bob: see you⏎at six\n/)
    assert.match((await answer({ id: 'bx', quote: null, fromName: 'Bob', text: null })).out, /\n {2}> Bob: \(deleted\)\n/)
    assert.ok(!(await answer({ id: 'bx', quote: null, fromName: null, text: null })).out.includes('>'))
  })
})
