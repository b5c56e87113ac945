/** What a secret chat shows: its lines as blocks, and words for the person between them. Pure. */
import type { ChatMessage, SecretInfo, SecretLine } from '../../protocol/api/index.js'
import { formatDuration } from '../duration.js'
import { secretNoteText } from '../terminal/secret.js'
import { goesOn } from './blocks.js'
import { clockText } from './render.js'
import type { Block, MessageBlock, OpenSecret } from './state.js'

/** A block, and the number of the line that it is or stands behind; `line` when it is that. */
export interface Placed { readonly number: number, readonly block: Block, readonly line?: SecretLine }

/** Everything, oldest first. */
export function secretPlaced (secret: OpenSecret, now: Date): Placed[] {
  const { info, lines, newFrom } = secret
  const out: Placed[] = []
  let [noted, day] = [0, '']
  const notesBefore = (number: number): void => {
    for (let note = secret.notes[noted]; note !== undefined && note.after < number; note = secret.notes[++noted]) {
      const { after, ...words } = note
      out.push({ number: after, block: { kind: 'note', ...words } })
    }
  }
  for (const line of lines) {
    const { number, at } = line
    notesBefore(number)
    if (day !== at.toDateString()) out.push({ number, block: { kind: 'day', at } })
    day = at.toDateString()
    if (number === newFrom) out.push({ number, block: { kind: 'rule', text: 'new', fresh: false } })
    out.push({ number, line, block: line.kind === 'message' ? messageBlock(secret, line, out.at(-1)?.block, now) : noticeBlock(line, info) })
  }
  notesBefore(Infinity)
  return out
}

function messageBlock ({ info, revealed }: OpenSecret, line: SecretLine, before: Block | undefined, now: Date): MessageBlock {
  const message = secretMessage(line, info)
  return {
    kind: 'message', n: line.number, head: before?.kind !== 'message' || !goesOn(before.message, message), message, tail: timerMark(line, now),
    ...line.id !== null && revealed.includes(line.id) ? { revealed: true } : {}
  }
}

function noticeBlock (line: SecretLine, { name }: SecretInfo): Block {
  const words = line.kind === 'lost' ? `a message of ${name} can never be read` : secretNoteText(line, line.own ? 'you' : name)
  return { kind: 'note', lines: [`${clockText(line.at)} ${words}`], bad: line.kind === 'lost' }
}

const STATES = { waiting: 'queued', sent: 'stored', delivered: 'delivered', read: 'read', failed: 'failed' } as const
const LOST = { code: 'ERR_NOT_FOUND', message: 'its files are lost' } as const

/** A line as the messages of other chats are shown. */
function secretMessage (line: SecretLine, info: SecretInfo): ChatMessage {
  return {
    id: line.id ?? '', chat: info.id, seq: line.number, preview: false, from: line.own ? '' : info.account, fromName: info.name, own: line.own, at: line.at, kind: line.media.length === 0 ? 'text' : line.media.length === 1 ? 'media' : 'album', text: line.text ?? '', entities: line.entities, media: line.media,
    replyTo: line.replyTo === null ? null : { id: line.replyTo, quote: null, fromName: null, text: null }, forwardedFrom: null, edited: line.edited, editedAt: null, reactions: reactionsOf(line, info), pinned: false, poll: null, deleted: false,
    silent: false, scheduledAt: null, state: line.state === null ? null : STATES[line.state], error: line.state === 'failed' ? LOST : null, mentionsMe: false, deliveredTo: null, readBy: null
  }
}

function reactionsOf ({ reactions: { own, theirs } }: SecretLine, { account }: SecretInfo): ChatMessage['reactions'] {
  return [...new Set([...theirs, ...own])].map(emoji => ({ emoji, count: Number(own.includes(emoji)) + Number(theirs.includes(emoji)), own: own.includes(emoji), accounts: theirs.includes(emoji) ? [account] : [] }))
}

/** How long it lives, or has left. */
function timerMark ({ ttl, goesAt }: SecretLine, now: Date): string {
  return ttl === 0 ? '' : goesAt === null ? formatDuration(ttl * 1000) : `${formatDuration(Math.max(0, goesAt.getTime() - now.getTime()))} left`
}
