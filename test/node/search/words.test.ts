import assert from 'node:assert/strict'
import { fold } from '../../../src/node/search/fold.js'
import { isIn, parseQuery, rangesIn } from '../../../src/node/search/query.js'
import { anyWords, termsOf, wordsOf } from '../../../src/node/search/words.js'

const terms = (text: string): string[] => wordsOf(text).map(({ term }) => term)
const finds = (query: string, ...texts: string[]): boolean => isIn(parseQuery(query), texts)
/** The text with what is shown of it in brackets. */
function shown (query: string, text: string): string {
  return rangesIn(parseQuery(query), text).toReversed().reduce((out, { offset, length }) => `${out.slice(0, offset)}[${out.slice(offset, offset + length)}]${out.slice(offset + length)}`, text)
}

describe('the words of a text', () => {
  it('are runs of letters and digits, and emoji', () => {
    assert.deepEqual(terms('Don\'t stop: e-mail ada@example.org, v2.0 👍🏽!'), ['don', 't', 'stop', 'e', 'mail', 'ada', 'example', 'org', 'v2', '0', '👍'])
    assert.deepEqual(terms(' \n\t…!? '), [])
  })

  it('of plain ASCII are those that any text has', () => {
    const units = 'aAbzZ019 .-_\'@#*\n\t'
    for (let n = 0; n < 2000; n++) {
      const text = Array.from({ length: n % 120 }, () => units[Math.floor(Math.random() * units.length)]).join('') + (n % 50 === 0 ? 'x'.repeat(60) : '')
      assert.deepEqual(wordsOf(text), anyWords(text), JSON.stringify(text))
      assert.deepEqual(termsOf(text), anyWords(text).map(({ term }) => term), JSON.stringify(text))
    }
  })

  it('have neither case nor accents, in whatever way they are composed', () => {
    for (const [a, b] of [['ÉCOLE', 'ecole'], ['e\u0301cole', 'école'], ['Straße', 'STRASSE'], ['ﬁn', 'fin'], ['İstanbul', 'istanbul'], ['ΟΔΥΣΣΕΎΣ', 'οδυσσευς'], ['Ёлка', 'елка'], ['Łódź', 'lodz'], ['ｆｕｌｌ', 'full'], ['שָׁלוֹם', 'שלום'], ['مُحَمَّد', 'محمد']]) {
      assert.equal(fold(a!), fold(b!), `${a} ${b}`)
    }
  })

  it('fold once and for all', () => {
    for (const word of ['ÉCOLE', 'Straße', 'İ', 'ŉ', 'ΐ', 'ᴴ', 'ǅ', 'ﷺ', 'が', '한', 'हिन्दी']) assert.equal(fold(fold(word)), fold(word), word)
  })

  it('keep marks that make another letter', () => {
    assert.notEqual(fold('が'), fold('か'))
    assert.notEqual(fold('हिन्दी'), fold('हनद'))
  })

  it('are pairs of characters in Chinese, Japanese and Korean, and those of the dictionary in Thai', () => {
    assert.deepEqual(terms('東京都'), ['東京', '京都', '都'])
    assert.deepEqual(terms('학교에서'), ['학교', '교에', '에서', '서'])
    assert.deepEqual(terms('ฉันรักภาษาไทย'), ['ฉัน', 'รัก', 'ภาษา', 'ไทย'])
    assert.deepEqual(terms('iPhone用ケース'), ['iphone', '用ケ', 'ケー', 'ース', 'ス'])
  })

  it('are found by their beginning when they are very long, and never end in half a character', () => {
    const long = '𝒷'.repeat(100)
    assert.ok(terms(`x${long}`)[0]!.isWellFormed())
    assert.ok(finds('x'.repeat(400), `before ${'x'.repeat(400)} behind`))
  })

  it('say where they stand in the text', () => {
    const text = 'Ünder İt ﬁve 👍🏽 東京'
    assert.deepEqual(wordsOf(text).map(({ offset, length }) => text.slice(offset, offset + length)), ['Ünder', 'İt', 'ﬁve', '👍🏽', '東京', '京'])
  })
})

describe('a query', () => {
  it('wants all its words, in any order, the last one as a beginning', () => {
    assert.ok(finds('sea the', 'over the sea'))
    assert.ok(finds('the se', 'over the sea'))
    assert.ok(!finds('se the', 'over the sea'))
    assert.ok(!finds('the land', 'over the sea'))
  })

  it('wants words in quotes side by side, and whole', () => {
    assert.ok(finds('"the sea"', 'over the sea'))
    assert.ok(finds('“the sea” over', 'over the sea'))
    assert.ok(!finds('"sea the"', 'over the sea'))
    assert.ok(!finds('"the se"', 'over the sea'))
    assert.ok(finds('"the sea', 'over the sea'))
  })

  it('takes what is typed as one word and is several as words side by side', () => {
    assert.ok(finds('example.org', 'see https://example.org/a'))
    assert.ok(finds('example.or', 'see https://example.org/a'))
    assert.ok(!finds('example.org', 'org example'))
    assert.ok(finds('don\'t', 'I don’t know'))
  })

  it('finds any stretch of Chinese, Japanese and Korean', () => {
    for (const part of ['東', '京', '都', '東京', '京都', '東京都', '都に']) assert.ok(finds(part, '東京都に住む'), part)
    for (const part of ['東都', '京東', '都東']) assert.ok(!finds(part, '東京都に住む'), part)
    assert.ok(finds('"東京 tower"', '東京 Tower'))
    assert.ok(finds('학교 나는', '나는 학교에서'))
  })

  it('does not reach from one text into the next', () => {
    assert.ok(finds('"a b"', 'x', 'a b'))
    assert.ok(!finds('"a b"', 'x a', 'b'))
    assert.ok(finds('a b', 'x a', 'b'))
  })

  it('shows where its words are, overlaps as one', () => {
    assert.equal(shown('SEA ove', 'Over the sea, over'), '[Over] the [sea], [over]')
    assert.equal(shown('東京都', '東京都に'), '[東京都]に')
    assert.equal(shown('"b c" c', 'a b c'), 'a [b] [c]')
    assert.equal(shown('a sea', 'a lake'), '[a] lake')
  })

  it('has a word, and not too many', () => {
    for (const text of ['', ' ', '…', '""', '"!?" -']) assert.throws(() => parseQuery(text), { code: 'ERR_BAD_INPUT' })
    parseQuery('a '.repeat(32))
    assert.throws(() => parseQuery('a '.repeat(33)), { code: 'ERR_BAD_INPUT' })
  })
})
