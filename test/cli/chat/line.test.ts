import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { KeyName } from '../../../src/cli/chat/keys.js'
import { edit, EMPTY, lineOf, write, type Line } from '../../../src/cli/chat/line.js'

/** A line with `|` where the cursor is. */
const at = (marked: string): Line => ({ text: marked.replace('|', ''), cursor: marked.indexOf('|'), cut: '' })
const shown = ({ text, cursor }: Line): string => `${text.slice(0, cursor)}|${text.slice(cursor)}`
const after = (marked: string, ...keys: KeyName[]): string => shown(keys.reduce((line, key) => edit(line, key) ?? line, at(marked)))

describe('the line that is written', () => {
  it('is edited by whole graphemes', () => {
    assert.equal(after('a👨‍👩‍👧‍👦|b', 'left'), 'a|👨‍👩‍👧‍👦b')
    assert.equal(after('a👨‍👩‍👧‍👦|b', 'backspace'), 'a|b')
    assert.equal(after('|é漢', 'delete'), '|漢')
    assert.equal(after('ab|', 'right', 'right', 'left'), 'a|b')
  })

  it('is edited by words and rows, and what was cut can be put back', () => {
    assert.equal(after('one  two|', 'word-left'), 'one  |two')
    assert.equal(after('|one two', 'word-right'), 'one| two')
    assert.equal(after('one two, |', 'word-backspace'), 'one |')
    assert.equal(after('one\ntwo three|', 'word-backspace', 'home', 'put-back'), 'one\nthree|two ')
    assert.equal(after('one\ntw|o', 'cut-before'), 'one\n|o')
    assert.equal(after('o|ne\ntwo', 'cut-after'), 'o|\ntwo')
  })

  it('moves between rows, and says when there is none', () => {
    assert.equal(after('漢字\nab|c', 'up'), '漢字|\nabc')
    assert.equal(after('漢|字\n\nabc', 'down'), '漢字\n|\nabc')
    assert.equal(after('\n|', 'up'), '|\n')
    assert.equal(edit(at('ab|c\nd'), 'up'), null)
    assert.equal(edit(at('ab\nd|'), 'down'), null)
  })

  it('takes pastes with line breaks of any kind and without controls, up to four messages', () => {
    assert.equal(write(EMPTY, 'a\r\nb\rc\u001b[31m\u0007\td').text, 'a\nb\nc[31m\td')
    const full = write(EMPTY, `${'x'.repeat(16_383)}👍`)
    assert.equal(full.text.length, 16_383)
    assert.equal(write(full, 'yz').text.length, 16_384)
  })

  it('has its cursor inside itself, whatever is pressed', () => {
    const keys: KeyName[] = ['newline', 'left', 'right', 'home', 'end', 'word-left', 'word-right', 'backspace', 'delete', 'word-backspace', 'word-delete', 'cut-before', 'cut-after', 'put-back', 'up', 'down']
    const unit = fc.constantFrom('a', ' ', '\n', '\r', '漢', 'e\u0301', '\u0301', '👨‍👩‍👧‍👦', '\u200d', '🇩🇪', '\ud83d', '\u001b', '\u2028', '.')
    fc.assert(fc.property(fc.string({ unit }), fc.array(fc.oneof(fc.constantFrom(...keys), fc.string({ unit, maxLength: 3 }).map(text => ({ text })))), (text, steps) => {
      let line = lineOf(write(EMPTY, text).text)
      for (const one of steps) line = typeof one === 'string' ? edit(line, one) ?? line : write(line, one.text)
      assert.ok(line.cursor >= 0 && line.cursor <= line.text.length)
      assert.doesNotMatch(line.text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/)
    }))
  })
})
