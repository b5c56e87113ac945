import assert from 'node:assert/strict'
import fc from 'fast-check'
import { canonicalEntities, foundEntities, parseText, type FormattedText, type TextFormat } from '../../../src/protocol/text/index.js'
import { BadInputError, ed25519Key, LIMITS, peerIdText } from '../../../src/protocol/wire/index.js'

const ACCOUNT = peerIdText(ed25519Key(new Uint8Array(32).fill(7)))

/** What is formatted how, in words: `bold[x]`, and with a value `text_link[x]=…`. */
function said ({ text, entities }: FormattedText): string[] {
  return [text, ...entities.map(({ type, offset, length, value }) => `${type}[${text.slice(offset, offset + length)}]${value === undefined ? '' : `=${value}`}`)]
}
const markdown = (source: string): string[] => said(parseText(source, 'markdown'))
const html = (source: string): string[] => said(parseText(source, 'html'))

describe('formatted text as Markdown', () => {
  it('has CommonMark\'s emphasis, and strikethrough, spoilers, code and links', () => {
    assert.deepEqual(markdown('**b** *i* _i_ __b__ ***bi*** ~~s~~ ||h|| `c*o*`'), ['b i i b bi s h c*o*', 'bold[b]', 'italic[i]', 'italic[i]', 'bold[b]', 'bold[bi]', 'italic[bi]', 'strikethrough[s]', 'spoiler[h]', 'code[c*o*]'])
    assert.deepEqual(markdown(`[t](https://x.example/?a=1) [m](petrel:${ACCOUNT})`), ['t m', 'text_link[t]=https://x.example/?a=1', `text_mention[m]=${ACCOUNT}`])
    assert.deepEqual(markdown('||a **b** c||'), ['a b c', 'spoiler[a b c]', 'bold[b]'])
  })

  it('counts in UTF-16 units', () => {
    assert.deepEqual(parseText('🐦 **🐦🐦**', 'markdown'), { text: '🐦 🐦🐦', entities: [{ type: 'bold', offset: 3, length: 4 }] })
  })

  it('leaves everything else as it was typed, line for line', () => {
    for (const text of ['# no heading\n- item\n1. item\n\n\n  spaces  here', 'a_b_c snake_case', '2 * 3 * 4', '<b>x</b> &amp; https://a.example/a_x_b', '![picture](https://x.example)', '| a | b |', '----', 'a\\\nb', '|| x ||', '||||', '**', '[x]', '[x][y]', '[x]: https://y.example', '\\']) assert.deepEqual(markdown(text), [text])
  })

  it('takes an escaped character for itself', () => { assert.deepEqual(markdown('\\*no\\* \\|\\|no\\|\\| \\`no\\`'), ['*no* ||no|| `no`']) })

  it('has fenced code with its language, closed by its fence or by the end', () => {
    assert.deepEqual(markdown('see\n```js\nlet x = **1**\n\n> y\n```\nend'), ['see\nlet x = **1**\n\n> y\nend', 'pre[let x = **1**\n\n> y]=js'])
    assert.deepEqual(markdown('~~~\nopen'), ['open', 'pre[open]'])
  })

  it('takes a line for a fence only if no other fence is in what follows on it', () => {
    for (const text of ['```a`\nb', '~~~ ` a\nb', '~~~~~`']) assert.ok(!markdown(text).some(words => words.startsWith('pre')), text)
    assert.deepEqual(markdown('~~~~ c~d e\nx\n~~~~'), ['x', 'pre[x]=c~d'])
  })

  it('has quotes, line by line', () => { assert.deepEqual(markdown('> a **b**\n> c\nd\n\n> e'), ['a b\nc\nd\n\ne', 'blockquote[a b\nc]', 'bold[b]', 'blockquote[e]']) })

  it('keeps a link as it stands that leads to what nobody may send', () => {
    for (const text of ['[x](javascript:alert(1))', '[x](file:///etc/passwd)', '[x](/relative)', '[x](data:text/html,x)']) assert.deepEqual(markdown(text), [text])
  })

  it('ends a style where code stands, and makes one of styles that meet', () => {
    assert.deepEqual(markdown('**a `c` b**'), ['a c b', 'bold[a ]', 'code[c]', 'bold[ b]'])
    assert.deepEqual(markdown('**a **b** c**'), ['a b c', 'bold[a b c]'])
  })
})

describe('formatted text as HTML', () => {
  it('has the tags of Telegram\'s bots', () => {
    assert.deepEqual(html('<b>a<i>b</i></b><strong>c</strong><em>d</em><u>e</u><ins>f</ins><s>g</s><strike>h</strike><del>i</del>'), ['abcdefghi', 'bold[abc]', 'italic[b]', 'italic[d]', 'underline[ef]', 'strikethrough[ghi]'])
    assert.deepEqual(html('<tg-spoiler>a</tg-spoiler> <span class="tg-spoiler">b</span> <code>c</code> <pre>d</pre> <pre><code class="language-js">e</code></pre>'), ['a b c d e', 'spoiler[a]', 'spoiler[b]', 'code[c]', 'pre[d]', 'pre[e]=js'])
    assert.deepEqual(html(`<a href="https://x.example/?a=1&amp;b=2">l</a> <a href='petrel:${ACCOUNT}'>m</a> <tg-emoji emoji-id="5">👍</tg-emoji>`), ['l m 👍', 'text_link[l]=https://x.example/?a=1&b=2', `text_mention[m]=${ACCOUNT}`, 'custom_emoji[👍]=5'])
    assert.deepEqual(html('<blockquote>a<blockquote>b</blockquote></blockquote><br>c'), ['ab\nc', 'blockquote[ab]'])
  })

  it('means characters by their names, and a < that begins no tag by itself', () => { assert.deepEqual(html('a &lt;b&gt; &amp; &quot;x&quot; &#128038; 1 < 2'), ['a <b> & "x" 🐦 1 < 2']) })

  it('refuses other tags, and tags that are not closed in turn: more likely the text was not escaped', () => {
    for (const bad of ['<script>x</script>', '<p>x</p>', '<b>x', 'x</b>', '<b><i>x</b></i>', '<b/>x', '<!-- c -->', '<?x?>', '<![CDATA[x]]>', '<a>x</a>', '<a href="javascript:1">x</a>', '<span class="x">y</span>', '<li>a<li>b', '<textarea><b>', '<plaintext>', '<svg>', '<B>x</i>', '<tg-emoji>x</tg-emoji>', '<pre><code class="language-a`b">x</code></pre>']) {
      assert.throws(() => parseText(bad, 'html'), BadInputError, bad)
    }
    assert.throws(() => parseText('<b>'.repeat(1000), 'html'), BadInputError)
  })
})

describe('a formatted text, whatever stands in it', () => {
  const pieces = fc.array(fc.oneof(
    fc.constantFrom('**', '*', '_', '__', '~~', '||', '`', '```', '\n', '> ', '[', '](https://x.example)', '\\', ' ', '🐦', 'a', 'b c', '&lt;', '<b>', '</b>', '<i>', '</i>', '<code>', '</code>', '<a href="https://x.example">', '</a>', '<pre>', '</pre>', '<br>', '<blockquote>', '</blockquote>', '#tag', '@x', 'https://y.example/(z)', 'm@x.example', '\r\n', '\u202e'),
    fc.string({ unit: 'binary', maxLength: 4 }).filter(text => text.isWellFormed())
  ), { maxLength: 30 }).map(parts => parts.join(''))

  it('gives formatting that may be sent, or is refused as bad input', () => {
    for (const format of ['markdown', 'html'] as TextFormat[]) {
      fc.assert(fc.property(pieces, source => {
        let read: FormattedText
        try {
          read = parseText(source, format)
        } catch (error) {
          // Markdown takes everything; only the number of entities is bounded.
          assert.ok(error instanceof BadInputError && (format === 'html' || error.message.includes('at most')), String(error))
          return
        }
        assert.deepEqual(canonicalEntities(read.text, read.entities), read.entities)
        const found = foundEntities(read.text, read.entities)
        canonicalEntities(read.text, [...read.entities, ...found])
        assert.ok(read.text.isWellFormed())
      }), { numRuns: 400 })
    }
  })

  it('is read in a moment, and not at all over its limit', () => {
    const long = LIMITS.formattedUnits
    const hard = ['*a **a ', '[', '[a](', '||a ', '~~a ', '_a __b ', '`', '\\', '> ', '![', '<a ', '<b>', '</b>', '&', '[a](<b', '**a `b` '].map(part => part.repeat(long).slice(0, long))
    // A line that looks like a fence to its last character.
    hard.push(`${'~'.repeat(long - 1)}\``, `\`\`\`${' '.repeat(long - 4)}\``)
    // At the limit of what may mark something, one in the other.
    hard.push(`${'**a '.repeat(249)}${'x'.repeat(12_000)}${' b**'.repeat(249)}`, `${'a_'.repeat(999)}${'x'.repeat(14_000)}`)
    for (const source of hard) {
      for (const format of ['markdown', 'html'] as TextFormat[]) {
        const from = process.cpuUsage().user
        try { parseText(source, format) } catch (error) { assert.ok(error instanceof BadInputError) }
        assert.ok(process.cpuUsage().user - from < 5_000_000, `${format} ${source.slice(0, 10)}`)
      }
    }
    assert.throws(() => parseText('a'.repeat(long + 1), 'markdown'), BadInputError)
    assert.throws(() => parseText('*a '.repeat(LIMITS.markdownMarks + 1), 'markdown'), /at most 1000 characters that mark something/)
    assert.equal(parseText('*a '.repeat(LIMITS.markdownMarks), 'markdown').text.length, 3 * LIMITS.markdownMarks - 1)
  })
})

describe('formatting by offsets', () => {
  const refused = (text: string, ...entities: FormattedText['entities']): string => {
    let message = ''
    assert.throws(() => canonicalEntities(text, entities), (error: unknown) => { message = (error as Error).message; return error instanceof BadInputError })
    return message
  }

  it('is refused outside the text, without a length, and where it cuts a character in two', () => {
    refused('abc', { type: 'bold', offset: 2, length: 2 })
    refused('abc', { type: 'bold', offset: 4, length: 1 })
    refused('abc', { type: 'bold', offset: 0, length: 0 })
    refused('abc', { type: 'bold', offset: -1, length: 2 })
    refused('abc', { type: 'bold', offset: 0.5, length: 1 })
    assert.match(refused('🐦b', { type: 'bold', offset: 1, length: 2 }), /in two/)
    assert.match(refused('a🐦', { type: 'bold', offset: 0, length: 2 }), /in two/)
  })

  it('is refused where one crosses another, or stands where it may not', () => {
    assert.match(refused('abcdef', { type: 'bold', offset: 0, length: 3 }, { type: 'italic', offset: 2, length: 3 }), /cross/)
    assert.match(refused('abcdef', { type: 'pre', offset: 0, length: 4 }, { type: 'bold', offset: 1, length: 1 }), /may not stand/)
    assert.match(refused('abcdef', { type: 'bold', offset: 0, length: 4 }, { type: 'code', offset: 1, length: 1 }), /may not stand/)
    assert.match(refused('abcdef', { type: 'text_link', offset: 0, length: 4, value: 'https://x.example' }, { type: 'mention', offset: 1, length: 1 }), /may not stand/)
    assert.match(refused('abcdef', { type: 'blockquote', offset: 0, length: 4 }, { type: 'blockquote', offset: 1, length: 1 }), /may not stand/)
  })

  it('is refused for a type, a value or an address that is none', () => {
    refused('abc', { type: 'blink', offset: 0, length: 1 })
    refused('abc', { type: 'toString', offset: 0, length: 1 })
    refused('abc', { type: 'bold', offset: 0, length: 1, value: 'x' })
    for (const value of [undefined, '', 'javascript:alert(1)', 'x', `https://${'x'.repeat(LIMITS.entityValueBytes)}.example`]) refused('abc', { type: 'text_link', offset: 0, length: 1, ...value === undefined ? {} : { value } })
    for (const value of [undefined, 'bob', `petrel:${ACCOUNT}`]) refused('abc', { type: 'text_mention', offset: 0, length: 1, ...value === undefined ? {} : { value } })
    refused('a'.repeat(200), ...Array.from({ length: LIMITS.entities + 1 }, (_, i) => ({ type: 'code', offset: i, length: 1 })))
  })

  it('comes in order, the longer first, with equal styles that meet as one', () => {
    assert.deepEqual(canonicalEntities('abcdef', [{ type: 'italic', offset: 0, length: 2 }, { type: 'bold', offset: 3, length: 3 }, { type: 'bold', offset: 0, length: 3 }, { type: 'blockquote', offset: 0, length: 6 }]), [
      { type: 'blockquote', offset: 0, length: 6 }, { type: 'bold', offset: 0, length: 6 }, { type: 'italic', offset: 0, length: 2 }
    ])
  })
})

describe('what a text shows by itself', () => {
  const found = (text: string): string[] => said({ text, entities: foundEntities(text, []) }).slice(1)

  it('are addresses without the sentence around them, mail, tags, and a command at the beginning', () => {
    assert.deepEqual(found('see https://a.example/b(c)_d, (http://x.example/y). or "https://z.example"!'), ['url[https://a.example/b(c)_d]', 'url[http://x.example/y]', 'url[https://z.example]'])
    assert.deepEqual(found('mail me@x.example or a.b+c@y.co.example. not a@b'), ['email[me@x.example]', 'email[a.b+c@y.co.example]'])
    assert.deepEqual(found('#one #2 #3rd a#no ##no #größe'), ['hashtag[#one]', 'hashtag[#3rd]', 'hashtag[#größe]'])
    assert.deepEqual(found('/start now'), ['bot_command[/start]'])
    assert.deepEqual(found('/usr/bin is /no'), [])
    assert.deepEqual(found('javascript://x ftp://y http:// https://'), [])
  })

  it('is not looked for in code or links', () => {
    assert.deepEqual(foundEntities('https://x.example', [{ type: 'code', offset: 0, length: 17 }]), [])
    assert.deepEqual(foundEntities('https://x.example', [{ type: 'bold', offset: 0, length: 17 }]).length, 1)
  })
})
