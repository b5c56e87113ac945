/** Messages as HTML. Pages run no scripts, load nothing from elsewhere, and their policy (CSP) says so. Pure. */
import { createHash } from 'node:crypto'
import type { ChatMessage, MediaFile, PollView } from '../../protocol/api/index.js'
import { stateMark } from '../terminal/people.js'
import { bytesText, shortTime } from '../terminal/time.js'
import { escaped, formatted } from './formatted.js'

/** A file of a message: where it was saved, from the page, or why it was not. Null when files are not saved. */
export interface Kept { readonly path: string | null, readonly error: string | null }

const STYLE = `
body{max-width:46rem;margin:0 auto;padding:1rem;font:1rem/1.45 system-ui,sans-serif;color:#222;background:#fff}
header,nav{color:#666}
h1{font-size:1.2rem;color:#222}
h2{font-size:.9rem;text-align:center;color:#666}
.m{margin:.6rem 0;padding:.4rem .7rem;border-radius:.5rem;background:#f2f2f2;overflow-wrap:anywhere}
.own{background:#e3f1e3}
.service{background:none;text-align:center;color:#666}
.h{font-size:.85rem;color:#666}
.n{font-weight:600;color:#333}
.r,.quote{border-left:3px solid #999;padding-left:.5rem;color:#555}
.r{font-size:.9rem}
.t{white-space:pre-wrap}
.spoiler{background:#555;color:transparent}
.spoiler:hover,.spoiler:focus{background:none;color:inherit}
.block{display:block;background:#e6e6e6;padding:.3rem}
img,video{display:block;max-width:100%;max-height:30rem;margin:.3rem 0}
`

/** What a page may do: show itself and the files beside it. Browsers differ in whether files beside a file are its own. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; img-src 'self' file:; media-src 'self' file:; base-uri 'none'; form-action 'none'`

/** Types that a browser shows as a picture and as nothing else. */
const PICTURES: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif'])
/** Ends of names that a browser could take for a page of its own, with whatever its author put into it. */
const ACTIVE = /\.(?:[a-z]?html?|xht|xml|xsl|xslt|svgz?|mht|mhtml|htc|js|mjs|pdf|swf|hta|url|webloc)$/iu

const EPOCH = new Date(0)

/** `2026-03-01 14:05`, in the person's own zone. */
function time (at: Date): string { return `<time datetime="${at.toISOString()}">${shortTime(at, EPOCH)}</time>` }

/** The beginning of a page. */
export function pageHead (title: string, facts: string): string {
  return `<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1 dir="auto">${escaped(title)}</h1><p>${escaped(facts)}</p></header>
`
}

/** The end of a page, with the way to the ones beside it. */
export function pageFoot (before: string | null, after: string | null): string {
  const links = [before === null ? '' : `<a href="${before}">earlier</a>`, after === null ? '' : `<a href="${after}">later</a>`].filter(link => link !== '')
  return `${links.length === 0 ? '' : `<nav>${links.join(' · ')}</nav>\n`}</body>\n</html>\n`
}

/** A day's line. */
export function dayLine (day: string): string { return `<h2>${escaped(day)}</h2>\n` }

/** One message. `kept` is its files, in their order. */
export function messageHtml (message: ChatMessage, kept: readonly Kept[]): string {
  const { seq, own, kind, deleted, poll, reactions } = message
  const parts = [
    `<div class="h">${headOf(message)}</div>`,
    quoteOf(message),
    ...deleted ? [] : message.media.map((file, i) => fileOf(file, kept[i])),
    textOf(message),
    poll === null || deleted ? '' : pollOf(poll),
    reactions.length === 0 || deleted ? '' : `<div class="h">${reactions.map(({ emoji, count }) => `${escaped(emoji)} ${count}`).join(' ')}</div>`
  ]
  return `<div class="m${own ? ' own' : ''}${kind === 'service' ? ' service' : ''}" id="m${seq ?? 0}">${parts.filter(part => part !== '').join('\n')}</div>\n`
}

function headOf ({ fromName, own, at, edited, pinned, forwardedFrom, state }: ChatMessage): string {
  const notes = [edited ? 'edited' : '', pinned ? 'pinned' : '', forwardedFrom === null ? '' : `forwarded from <bdi>${escaped(forwardedFrom.name)}</bdi>`, own ? escaped(stateMark(state)) : '']
  return [`<bdi class="n">${escaped(fromName)}</bdi>`, time(at), ...notes.filter(note => note !== '')].join(' ')
}

function quoteOf ({ replyTo }: ChatMessage): string {
  if (replyTo === null) return ''
  const { fromName, quote, text } = replyTo
  return `<div class="r" dir="auto">${fromName === null ? 'a reply' : `<bdi>${escaped(fromName)}</bdi>`}${quote === null && text === null ? '' : `: ${escaped(quote ?? text ?? '')}`}</div>`
}

function textOf ({ deleted, text, entities, media, kind }: ChatMessage): string {
  if (deleted) return '<div class="t">(deleted)</div>'
  if (text !== '') return `<div class="t" dir="auto">${formatted(text, entities)}</div>`
  return media.length > 0 ? '' : `<div class="t">(${escaped(kind)})</div>`
}

function pollOf ({ options, voters, quiz, closed }: PollView): string {
  const lines = options.map(({ text, votes, own }) => `<li dir="auto">${escaped(text)}: ${votes}${own ? ' (own)' : ''}</li>`)
  return `<ol>${lines.join('')}</ol><div class="h">${quiz ? 'quiz' : 'poll'}, ${voters} voted${closed ? ', closed' : ''}</div>`
}

function fileOf (file: MediaFile, kept: Kept | undefined): string {
  const words = `${escaped(file.as)}${file.name === null ? '' : ` <bdi>${escaped(file.name)}</bdi>`}, ${bytesText(file.size)}`
  if (kept?.path == null) return `<div class="h">[${words}${kept?.error == null ? '' : `: not saved, ${escaped(kept.error)}`}]</div>`
  const at = kept.path.split('/').map(encodeURIComponent).map(part => part.replaceAll("'", '%27')).join('/')
  if (file.as === 'photo' && PICTURES.has(file.type ?? '') && !ACTIVE.test(kept.path)) return `<a href="${at}"><img src="${at}" alt="${escaped(file.name ?? file.as)}" loading="lazy"></a>`
  if (file.as === 'video' && !ACTIVE.test(kept.path)) return `<video controls preload="none" src="${at}"></video><div class="h"><a href="${at}" download>${words}</a></div>`
  if ((file.as === 'voice' || file.as === 'audio') && !ACTIVE.test(kept.path)) return `<audio controls preload="none" src="${at}"></audio><div class="h"><a href="${at}" download>${words}</a></div>`
  // A click must not open what a stranger made a page: such a file is only named.
  return ACTIVE.test(kept.path) ? `<div>${words}: <code>${escaped(kept.path)}</code></div>` : `<div><a href="${at}" download>${words}</a></div>`
}
