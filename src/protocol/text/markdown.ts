/**
 * Markdown as people type it in chats. Emphasis, code spans, escapes and links are CommonMark's, by `marked`; of blocks
 * there are fenced code and quotes, since a chat has no headings, lists or paragraphs: all else stays as it was typed,
 * line for line.
 */
import { Lexer, Marked, type Token, type Tokens } from 'marked'
import { TextBuilder } from './builder.js'
import type { TextEntity } from './entities.js'
import { linkEntity } from './links.js'

const no = (): undefined => undefined

const { defaults } = new Marked({
  // Characters that mean something elsewhere are characters here.
  tokenizer: { tag: no, autolink: no, url: no, br: no, reflink: no },
  extensions: [{
    name: 'spoiler',
    level: 'inline',
    start: src => { const at = src.indexOf('||'); return at < 0 ? undefined : at },
    tokenizer (src) {
      const match = /^\|\|(?=\S)((?:\\[^\n]|[^\\])*?)\|\|/.exec(src)
      const [raw, inner] = match ?? []
      if (raw === undefined || inner === undefined || inner.trim() === '') return undefined
      return { type: 'spoiler', raw, tokens: this.lexer.inlineTokens(inner) }
    }
  }]
})

const FENCE = /^ {0,3}(`{3,}|~{3,})/
const LANGUAGE = /^[ \t]*([^\s`]*)/
const QUOTE = /^ {0,3}> ?/

/** The text that a Markdown source stands for, and its formatting. */
export function fromMarkdown (source: string): { text: string, entities: TextEntity[] } {
  const out = new TextBuilder()
  const lines = source.split('\n')
  for (let at = 0; at < lines.length;) {
    const end = blockEnd(lines, at)
    if (out.length > 0 || at > 0) out.add('\n')
    addBlock(out, lines.slice(at, end))
    at = end
  }
  return out.end()
}

type Kind = 'fence' | 'quote' | 'blank' | 'words'

/** The fence and the language of a line that begins a block of code. In steps: one pattern for all of it would try each split of a long line. CommonMark section 4.5. */
function fenceOf (line: string): { fence: string, language: string } | undefined {
  const [whole, fence] = FENCE.exec(line) ?? []
  if (whole === undefined || fence === undefined) return undefined
  const rest = line.slice(whole.length)
  return rest.includes('`') ? undefined : { fence, language: LANGUAGE.exec(rest)?.[1] ?? '' }
}

function kindOf (line: string): Kind {
  if (fenceOf(line) !== undefined) return 'fence'
  if (QUOTE.test(line)) return 'quote'
  return line.trim() === '' ? 'blank' : 'words'
}

/** The line after the block that begins at one: fenced code ends by its fence, all else where another kind begins. */
function blockEnd (lines: readonly string[], at: number): number {
  const kind = kindOf(lines[at] ?? '')
  if (kind === 'fence') {
    const { fence = '' } = fenceOf(lines[at] ?? '') ?? {}
    const close = lines.findIndex((line, i) => i > at && isClosing(line, fence))
    return close < 0 ? lines.length : close + 1
  }
  let end = at + 1
  while (end < lines.length && kindOf(lines[end] ?? '') === kind) end++
  return end
}

function isClosing (line: string, fence: string): boolean {
  const bare = line.trim()
  return bare.length >= fence.length && bare === (fence[0] ?? '').repeat(bare.length)
}

function addBlock (out: TextBuilder, lines: readonly string[]): void {
  const [first = ''] = lines
  const from = out.length
  switch (kindOf(first)) {
    case 'fence': {
      const { fence = '', language = '' } = fenceOf(first) ?? {}
      const inside = lines.slice(1, lines.length > 1 && isClosing(lines.at(-1) ?? '', fence) ? -1 : undefined)
      out.add(inside.join('\n'))
      out.mark(from, 'pre', language === '' ? undefined : language)
      return
    }
    case 'quote':
      addInline(out, lines.map(line => line.replace(QUOTE, '')).join('\n'))
      out.mark(from, 'blockquote')
      return
    case 'blank':
      out.add(lines.join('\n'))
      return
    case 'words':
      addInline(out, lines.join('\n'))
  }
}

function addInline (out: TextBuilder, source: string): void { addTokens(out, Lexer.lexInline(source, defaults)) }

const STYLES: Readonly<Record<string, string>> = { strong: 'bold', em: 'italic', del: 'strikethrough', spoiler: 'spoiler' }

function addTokens (out: TextBuilder, tokens: readonly Token[]): void {
  for (const token of tokens) {
    const from = out.length
    const style = STYLES[token.type]
    const inner = 'tokens' in token ? token.tokens : undefined
    if (style !== undefined) {
      addTokens(out, inner ?? [])
      out.mark(from, style)
    } else if (token.type === 'codespan') {
      out.add((token as Tokens.Codespan).text)
      out.mark(from, 'code')
    } else if (token.type === 'link') {
      addLink(out, token as Tokens.Link)
    } else if (token.type === 'escape') {
      out.add((token as Tokens.Escape).text)
    } else {
      out.add(token.raw)
    }
  }
}

function addLink (out: TextBuilder, { raw, href, tokens }: Tokens.Link): void {
  const link = linkEntity(href)
  const from = out.length
  // Where it leads must be seen, if it is no link.
  if (link === undefined) { out.add(raw); return }
  addTokens(out, tokens)
  out.mark(from, link.type, link.value)
}
