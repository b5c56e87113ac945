/** What a text shows by itself: addresses, mail addresses, tags, a bot's command. Telegram finds them at the server; here it is the author's node. */
import { LIMITS } from '../wire/index.js'
import type { TextEntity } from './entities.js'

// No pattern can look at a character twice: a text is looked through once for each.
const URLS = /\bhttps?:\/\/[^\s<>"'`\u0000-\u001f]+/giu
const EMAILS = /(?<![\p{L}\p{N}_.+-])[\w.+-]{1,64}@[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63}){1,4}(?![\p{L}\p{N}_-])/giu
const HASHTAGS = /(?<![\p{L}\p{N}_&/#])#(?=[^\s]*\p{L})[\p{L}\p{M}\p{N}_]{1,64}(?![\p{L}\p{N}_#])/giu
const COMMAND = /^\/[a-z\d_]{1,32}(?![\w/.])/iu

/** What may stand at an address's end without being of it. */
const TAIL = '.,:;!?…*)]}_~|'

const endOf = ({ offset, length }: TextEntity): number => offset + length

/** What is found where no code, link or other finding is, in the text's order; at most as many as there is room for beside `given`. */
export function foundEntities (text: string, given: readonly TextEntity[]): TextEntity[] {
  const taken = given.filter(({ type }) => type !== 'blockquote' && !STYLES.has(type))
  const found: TextEntity[] = []
  const add = (type: string, offset: number, length: number): void => {
    const entity = { type, offset, length }
    if (length > 0 && ![...taken, ...found].some(other => other.offset < endOf(entity) && offset < endOf(other)) && !given.some(other => crosses(other, entity))) found.push(entity)
  }
  for (const { index, 0: match } of text.matchAll(URLS)) add('url', index, URL.canParse(trimmed(match)) ? trimmed(match).length : 0)
  for (const { index, 0: match } of text.matchAll(EMAILS)) add('email', index, match.length)
  for (const { index, 0: match } of text.matchAll(HASHTAGS)) add('hashtag', index, match.length)
  const command = COMMAND.exec(text)?.[0]
  if (command !== undefined) add('bot_command', 0, command.length)
  return found.sort((a, b) => a.offset - b.offset).slice(0, Math.max(0, LIMITS.entities - given.length))
}

const STYLES: ReadonlySet<string> = new Set(['bold', 'italic', 'underline', 'strikethrough', 'spoiler'])

function crosses (a: TextEntity, b: TextEntity): boolean {
  if (a.offset >= endOf(b) || b.offset >= endOf(a)) return false
  return !(a.offset <= b.offset && endOf(a) >= endOf(b)) && !(b.offset <= a.offset && endOf(b) >= endOf(a))
}

/** An address without the punctuation of the sentence around it; a bracket that was opened in it is its own. */
function trimmed (url: string): string {
  let open = count(url, '(') - count(url, ')')
  let end = url.length
  while (end > 0 && TAIL.includes(url.charAt(end - 1))) {
    if (url.charAt(end - 1) === ')' && open++ >= 0) break
    end--
  }
  return url.slice(0, end)
}

function count (text: string, character: string): number { return text.split(character).length - 1 }
