/**
 * A formatted text as lines for a terminal. Its words are made harmless first, and then styled by us: nothing of the
 * text itself is ever obeyed. A spoiler is covered until somebody asks; where a link leads is always said, since its
 * words may say anything.
 */
import type { TextEntity } from '../../protocol/api/index.js'
import { oneLine } from './safe-text.js'
import { widthOf, wrap } from './width.js'

/** How a text is shown. */
export interface TextStyle {
  /** Columns to fit in; null to break no line. */
  readonly columns: number | null
  /** Whether the terminal shows styles. */
  readonly color: boolean
  /** Whether it makes links of links (OSC 8). */
  readonly links: boolean
  /** Whether spoilers are shown. */
  readonly spoilers: boolean
}

/** Plain words, spoilers covered. */
export const PLAIN_STYLE: TextStyle = { columns: null, color: false, links: false, spoilers: false }

interface Range { readonly type: string, readonly from: number, readonly to: number, readonly value: string | undefined }
/** A stretch of a line under the same formatting. */
interface Run { readonly text: string, readonly types: ReadonlySet<string>, readonly href: string | undefined }

const BREAK = /\r\n|[\n\r\u2028\u2029]/g
const QUOTE = '▏ '
const COVER = '▒'
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The SGR codes (ECMA-48 section 8.3.117) that begin and end each style. */
const SGR: Readonly<Record<string, readonly [number, number]>> = {
  bold: [1, 22], italic: [3, 23], underline: [4, 24], strikethrough: [9, 29], code: [33, 39], pre: [33, 39], mention: [36, 39], text_mention: [36, 39], hashtag: [36, 39], bot_command: [36, 39],
  url: [4, 24], text_link: [4, 24], email: [4, 24]
}

/** The lines of a text; each is harmless by itself, and ends with every style off. */
export function styledLines (text: string, entities: readonly TextEntity[], style: TextStyle): string[] {
  const ranges = rangesOf(text, entities)
  const lines: string[] = []
  let from = 0
  for (const match of [...text.matchAll(BREAK), undefined]) {
    const to = match?.index ?? text.length
    lines.push(...lineOf(text, from, to, ranges, style))
    from = to + (match?.[0].length ?? 0)
  }
  return lines
}

/** The text with its spoilers covered, as it was otherwise. */
export function covered (text: string, entities: readonly TextEntity[]): string {
  let out = ''
  let at = 0
  for (const { type, from, to } of [...rangesOf(text, entities)].sort((a, b) => a.from - b.from)) {
    if (type !== 'spoiler' || to <= at) continue
    out += text.slice(at, Math.max(at, from)) + cover(text.slice(Math.max(at, from), to))
    at = to
  }
  return out + text.slice(at)
}

/** Formatting that has a place in the text: what others sent may be anywhere. */
function rangesOf (text: string, entities: readonly TextEntity[]): Range[] {
  return entities
    .map(({ type, offset, length, value }) => ({ type, from: offset, to: Math.min(text.length, offset + length), value }))
    .filter(({ from, to }) => from < to && !isInside(text, from) && !isInside(text, to))
}

function isInside (text: string, at: number): boolean { return at > 0 && at < text.length && (text.codePointAt(at - 1) ?? 0) > 0xffff }

function lineOf (text: string, from: number, to: number, ranges: readonly Range[], style: TextStyle): string[] {
  const here = ranges.filter(range => range.from < to && from < range.to)
  const runs = runsOf(text, from, to, here, style)
  const prefix = ranges.some(range => range.type === 'blockquote' && range.from <= from && from < range.to) ? QUOTE : ''
  const bare = runs.map(run => run.text).join('')
  const wrapped = style.columns === null ? [bare] : wrap(bare, Math.max(1, style.columns - widthOf(prefix)))
  let at = 0
  return wrapped.map(line => {
    // Blanks at the end of a line that was broken are gone.
    while (at < bare.length && !bare.startsWith(line, at)) at++
    const shown = prefix + painted(runs, at, at + line.length, style)
    at += line.length
    return shown
  })
}

/** A line cut where formatting begins and ends, each stretch harmless. */
function runsOf (text: string, from: number, to: number, ranges: readonly Range[], style: TextStyle): Run[] {
  const cuts = [...new Set([from, to, ...ranges.flatMap(range => [range.from, range.to])])].filter(at => at >= from && at <= to).sort((a, b) => a - b)
  const runs: Run[] = []
  for (const [i, start] of cuts.slice(0, -1).entries()) {
    const end = cuts[i + 1] ?? to
    const over = ranges.filter(range => range.from <= start && end <= range.to)
    const types = new Set(over.map(({ type }) => type))
    const words = text.slice(start, end)
    runs.push({ text: oneLine(types.has('spoiler') && !style.spoilers ? cover(words) : words), types, href: hrefOf(over, text) })
    for (const link of types.has('spoiler') && !style.spoilers ? [] : over) if (link.type === 'text_link' && link.to === end) runs.push({ text: target(text, link), types: new Set(), href: undefined })
  }
  return runs
}

/** Where a link leads, unless its words say just that. */
function target (text: string, { from, to, value = '' }: Range): string { return text.slice(from, to) === value ? '' : ` (${oneLine(value)})` }

function cover (words: string): string { return [...graphemes.segment(words)].map(({ segment }) => /^\s+$/u.test(segment) ? segment : COVER.repeat(Math.max(1, widthOf(oneLine(segment))))).join('') }

/** An address that a terminal may be given: ours to escape, and of a kind that a click cannot run. */
function hrefOf (over: readonly Range[], text: string): string | undefined {
  const link = over.find(({ type }) => type === 'text_link' || type === 'url')
  if (link === undefined) return undefined
  const address = link.type === 'url' ? text.slice(link.from, link.to) : link.value ?? ''
  if (!URL.canParse(address)) return undefined
  const { href, protocol } = new URL(address)
  return ['http:', 'https:', 'mailto:'].includes(protocol) && /^[\x21-\x7e]{1,2048}$/.test(href) ? href : undefined
}

/** The stretch of a line's runs from one place to another, with what makes the terminal show it so. */
function painted (runs: readonly Run[], from: number, to: number, { color, links }: TextStyle): string {
  let at = 0
  let out = ''
  for (const { text, types, href } of runs) {
    const part = text.slice(Math.max(0, from - at), Math.max(0, to - at))
    at += text.length
    if (part === '') continue
    const codes = color ? [...new Set([...types].flatMap(type => Object.hasOwn(SGR, type) ? [SGR[type]] : []))].filter(code => code !== undefined) : []
    const styled = codes.reduce((inner, [on, off]) => `\u001b[${on}m${inner}\u001b[${off}m`, part)
    out += links && href !== undefined ? `\u001b]8;;${href}\u001b\\${styled}\u001b]8;;\u001b\\` : styled
  }
  return out
}
