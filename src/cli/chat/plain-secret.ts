/** A secret chat in plain lines: what is new in it since it was last shown. What was written stays where it is: only a whole screen can take a line back. Pure. */
import { formatDuration } from '../duration.js'
import { plainLines } from './plain.js'
import { changeWords } from './render.js'
import { secretPlaced } from './secret-blocks.js'
import { secretBar, warningWords } from './secret-words.js'
import type { MessageBlock, OpenSecret } from './state.js'

/** What was shown of it. */
export interface SecretShown { readonly id: string, readonly last: number, readonly messages: ReadonlyMap<number, MessageBlock>, readonly notes: OpenSecret['notes'], readonly warning: string }

/** The lines that are new, and what is shown with them. */
export function secretPlainLines (shown: SecretShown | null, secret: OpenSecret, now: Date): { lines: string[], shown: SecretShown } {
  const before = shown?.id === secret.info.id ? shown : null
  const placed = secretPlaced(secret, now)
  const messages = new Map(placed.flatMap(({ number, block }) => block.kind === 'message' ? [[number, block] as const] : []))
  const find = (id: string): MessageBlock | undefined => [...messages.values()].find(({ message }) => message.id === id)
  const oldest = Math.min(...secret.lines.map(({ number }) => number), Infinity)
  const lines: string[] = before === null ? [`${secretBar(secret)}.`] : []
  for (const [number, was] of before?.messages ?? []) {
    const is = messages.get(number)
    if (is !== undefined) lines.push(...changeWords(is, was).map(words => `Message ${words}.`), ...reachedWords(is, was))
    // Further up than what is looked at nothing is known of it.
    else if (number >= oldest || !secret.hasMore) lines.push(`Message ${number} is gone.`)
  }
  for (const { number, block } of placed) {
    if (block.kind === 'note' && secret.notes.some(note => note.lines === block.lines)) { if (before?.notes.some(note => note.lines === block.lines) !== true) lines.push(...plainLines(block, find)) } else if (number > (before?.last ?? 0)) lines.push(...plainLines(block, find), ...lifeWords(secret, number, block.kind))
  }
  const warning = warningWords(secret)
  if (warning !== '' && warning !== before?.warning) lines.push(`Warning: ${warning}.`)
  return { lines, shown: { id: secret.info.id, last: Math.max(before?.last ?? 0, secret.lines.at(-1)?.number ?? 0), messages, notes: secret.notes, warning } }
}

function reachedWords ({ n, message }: MessageBlock, { message: before }: MessageBlock): string[] {
  if (message.state === before.state) return []
  return message.state === 'stored' ? [`Message ${n} is sent.`] : message.state === 'delivered' ? [`Message ${n} is delivered.`] : message.state === 'read' ? [`Message ${n} was read.`] : []
}

function lifeWords ({ lines }: OpenSecret, number: number, kind: string): string[] {
  const ttl = kind === 'message' ? lines.find(line => line.number === number)?.ttl ?? 0 : 0
  return ttl === 0 ? [] : [`  Goes ${formatDuration(ttl * 1000)} after it was read.`]
}
