/**
 * A text of others as HTML. Every character of it is escaped, whatever its formatting says; tags are ours alone, and each
 * stretch under the same formatting opens and closes its own, so that formatting that crosses cannot break a page.
 */
import type { TextEntity } from '../../protocol/api/index.js'
import { oneLine, safeLines } from '../terminal/safe-text.js'

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Each kind of formatting's own tags, the outer first. */
const TAGS: ReadonlyArray<readonly [type: string, open: string, close: string]> = [
  ['blockquote', '<span class="quote">', '</span>'],
  ['spoiler', '<span class="spoiler" tabindex="0">', '</span>'],
  ['pre', '<code class="block">', '</code>'],
  ['code', '<code>', '</code>'],
  ['bold', '<b>', '</b>'],
  ['italic', '<i>', '</i>'],
  ['underline', '<u>', '</u>'],
  ['strikethrough', '<s>', '</s>']
]

/** Text for a page, also inside an attribute's quotes: on one line, controls and what turns text around made visible or dropped. */
export function escaped (text: string): string { return escapeAll(oneLine(text)) }

function escapeAll (text: string): string { return text.replace(/[&<>"']/g, character => ENTITIES[character] ?? '') }

/** The address of a link as an attribute's value, if a click on it can run nothing. */
function hrefOf (address: string): string | undefined {
  if (!URL.canParse(address)) return undefined
  const { href, protocol } = new URL(address)
  return ['http:', 'https:', 'mailto:'].includes(protocol) ? escapeAll(href) : undefined
}

interface Range { readonly type: string, readonly from: number, readonly to: number, readonly value: string }

/** A formatted text; its line breaks stay. */
export function formatted (text: string, entities: readonly TextEntity[]): string {
  const ranges = entities
    .map(({ type, offset, length, value }): Range => ({ type, from: offset, to: Math.min(text.length, offset + length), value: value ?? '' }))
    .filter(({ from, to }) => from < to && !isInside(text, from) && !isInside(text, to))
  const cuts = [...new Set([0, text.length, ...ranges.flatMap(({ from, to }) => [from, to])])].sort((a, b) => a - b)
  let out = ''
  for (const [i, from] of cuts.slice(0, -1).entries()) {
    const to = cuts[i + 1] ?? text.length
    out += stretch(text, from, to, ranges.filter(range => range.from <= from && to <= range.to))
  }
  return out
}

/** Whether a place is between the halves of one character. */
function isInside (text: string, at: number): boolean { return at > 0 && at < text.length && (text.codePointAt(at - 1) ?? 0) > 0xffff }

function stretch (text: string, from: number, to: number, over: readonly Range[]): string {
  let out = safeLines(text.slice(from, to)).map(escapeAll).join('\n')
  for (const [type, open, close] of TAGS.toReversed()) if (over.some(range => range.type === type)) out = open + out + close
  const link = over.find(({ type }) => type === 'text_link' || type === 'url')
  if (link === undefined) return out
  const words = text.slice(link.from, link.to)
  const address = link.type === 'url' ? words : link.value
  const href = hrefOf(address)
  // Its words may say anything: where it leads stands behind them.
  const told = link.to === to && address !== words ? ` (${escaped(address)})` : ''
  return (href === undefined ? out : `<a href="${href}" rel="noreferrer noopener nofollow">${out}</a>`) + told
}
