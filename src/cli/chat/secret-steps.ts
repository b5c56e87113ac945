/** What happens to the secret chat that is open. Pure. */
import type { SecretLine } from '../../protocol/api/index.js'
import { messagesIn } from './secret-lines.js'
import { withNote } from './blocks.js'
import { EMPTY } from './line.js'
import { widthOf } from '../terminal/width.js'
import { readUpTo } from './reading.js'
import { keptBelow, scrolledBelow } from './secret-page.js'
import { to, type OpenSecret, type SecretInput, type SecretPage, type State, type Step } from './state.js'

/** Lines that are held at most: further up nothing is shown. */
const KEPT = 2000

/** One step. What is about another secret chat than the one that is open comes too late, and is forgotten. */
export function onSecret (state: State, input: SecretInput): Step {
  if (input.type === 'secret-opened') return opened(state, input.page)
  const { secret } = state
  if (secret === null || secret.info.id !== input.secret) return to(state)
  switch (input.type) {
    case 'secret-page': return refreshed(state, secret, input.page)
    case 'secret-older': return to({ ...state, secret: longer(secret, input.lines, input.hasMore) })
    case 'secret-line': return to(put(state, secret, input.line))
    case 'secret-said': return to(withCode(state, input.lines, input.code))
    case 'secret-left': return secretEnded(state, input.secret, input.words)
  }
}

/** Rows of the screen that are no place for a code: the bar, the line and the lower edge. */
const EDGES = 3

/** Words, and below them a code for a camera where it is seen whole. */
function withCode (state: State, lines: readonly string[], code: readonly string[] | undefined): State {
  const { size } = state
  if (code === undefined) return withNote(state, lines)
  if (size === null) return withNote(state, [...lines, 'a QR code is drawn on a whole screen only: without --plain'])
  const needs = { columns: Math.max(...code.map(widthOf)), rows: code.length + EDGES }
  if (needs.columns <= size.columns && needs.rows <= size.rows) return withNote(state, lines, false, code)
  return withNote(state, [...lines, `the QR code needs ${needs.columns} columns and ${needs.rows} rows, this terminal has ${size.columns} and ${size.rows}`])
}

/** It is over: the person is told, once, and is where they were before it. */
export function secretEnded (state: State, id: string, words: string): Step {
  // What is not in the list any more is not told of again when the next list comes.
  const left = withNote({ ...withoutSecret(state), secrets: state.secrets.filter(one => one.id !== id) }, [words])
  return left.last === null ? to(left, { do: 'refresh-chats' }) : to({ ...left, opening: true }, { do: 'refresh-chats' }, { do: 'open', chat: left.last })
}

/** Leaves the secret chat, and forgets all that was said and written in it. */
export function withoutSecret (state: State): State {
  if (state.secret === null) return state
  return { ...state, secret: null, line: EMPTY, history: state.secret.before, about: null, completion: null, hint: null }
}

function opened (state: State, { info, lines, hasMore, settles }: SecretPage): Step {
  const before = state.secret?.before ?? state.history
  const clean = state.secret === null ? state : withoutSecret(state)
  const secret: OpenSecret = { info, lines, hasMore, settles, notes: [], revealed: [], newFrom: firstUnread(lines, info.unread), readTo: 0, below: 0, loading: false, closing: false, before }
  const next: State = { ...clean, opening: false, chat: null, secret, about: null, draft: '', typedAt: null, completion: null, history: { lines: [], at: null, kept: EMPTY } }
  const said = info.state === 'asked' ? withNote(next, [`${info.name} asks you for a secret chat: /accept, or /close`]) : info.state === 'asking' ? withNote(next, [`${info.name} is asked, and has to accept`]) : lines.length === 0 && info.state === 'open' ? withNote(next, ['nothing was said yet']) : next
  return readUpTo(said)
}

/** The number of the first line that was not read; null when all was. */
function firstUnread (lines: readonly SecretLine[], unread: number): number | null {
  return unread === 0 ? null : messagesIn(lines).filter(({ own }) => !own).at(-unread)?.number ?? null
}

function longer (secret: OpenSecret, more: readonly SecretLine[], hasMore: boolean): OpenSecret {
  const lines = [...more.filter(line => !isIn(secret.lines, line)), ...secret.lines]
  return { ...secret, loading: false, hasMore: hasMore && lines.length < KEPT, lines: lines.slice(-KEPT) }
}

/** It stands otherwise than before: lines came, changed, or are gone. */
function refreshed (state: State, secret: OpenSecret, { info, lines, hasMore, settles }: SecretPage): Step {
  const last = secret.lines.at(-1)?.number ?? 0
  const fresh = messagesIn(lines).find(({ number, own }) => number > last && !own)?.number ?? null
  const newFrom = fresh !== null && !state.looked && secret.info.unread === 0 ? fresh : secret.newFrom
  // Pages further up that came meanwhile stay.
  const up = hasMore ? secret.lines.filter(({ number }) => number < (lines[0]?.number ?? 0)) : []
  // Lines that are as they were stay the same objects: how they look is known.
  const held = new Map(secret.lines.map(line => [line.number, line]))
  const left = lines.filter(line => isLeft(line, state.now))
  const now = left.map(line => { const was = held.get(line.number); return was !== undefined && JSON.stringify(was) === JSON.stringify(line) ? was : line })
  const next: OpenSecret = { ...secret, info, settles, lines: [...up, ...now].slice(-KEPT), hasMore: up.length > 0 ? secret.hasMore : hasMore, newFrom }
  const below = state.size === null ? 0 : keptBelow(secret, next, state.now, state.size.columns)
  const shown = { ...state, secret: { ...next, below } }
  // Whoever ends it here is told when that is done.
  const isNews = info.state === 'closed' && secret.info.state !== 'closed' && !(secret.closing && info.ending === 'here')
  const told = isNews ? withNote(shown, [info.ending === 'elsewhere' ? 'you have accepted this secret chat on another device, which has it now. /forget takes it from here' : 'this secret chat was closed: its keys and messages are gone on both devices. /forget erases that it was']) : shown
  return readUpTo(withoutGone(told, next))
}

/** What the line was about may be gone. */
function withoutGone (state: State, { lines }: OpenSecret): State {
  const { about } = state
  if (about === null || lines.some(({ number }) => number === about.n)) return state
  return { ...state, about: null, hint: `${about.n} is gone`, ...about.kind === 'edit' ? { line: EMPTY } : {} }
}

/** A line that this node has just written, in its place. */
function put (state: State, secret: OpenSecret, line: SecretLine): State {
  const lines = isIn(secret.lines, line) ? secret.lines.map(one => one.number === line.number ? line : one) : [...secret.lines, line].sort((a, b) => a.number - b.number)
  return { ...state, secret: { ...secret, lines } }
}

const isIn = (lines: readonly SecretLine[], { number }: SecretLine): boolean => lines.some(one => one.number === number)

const isLeft = ({ goesAt }: SecretLine, now: Date): boolean => goesAt === null || goesAt > now

/** Time passes: what is over is not shown, whether the node has said so yet or not. */
export function tickedSecret (state: State): State {
  const { secret, now } = state
  if (secret === null || secret.lines.every(line => isLeft(line, now))) return state
  const next = { ...secret, lines: secret.lines.filter(line => isLeft(line, now)) }
  return withoutGone({ ...state, secret: next }, next)
}

/** A page up (1) or down (-1); at the beginning of what is here, what was said before is asked for. */
export function scrolled (state: State, by: 1 | -1): Step {
  const { secret, size } = state
  if (secret === null) return to(state)
  const { below, atTop } = size === null ? { below: 0, atTop: true } : scrolledBelow(state, secret, size, by)
  const isMore = by > 0 && atTop && secret.hasMore && !secret.loading
  const next = { ...state, secret: { ...secret, below, loading: secret.loading || isMore } }
  if (isMore) return to(next, { do: 'older-secret', secret: secret.info.id, before: secret.lines[0]?.number ?? 1 })
  return by < 0 ? readUpTo(next) : to(next)
}
