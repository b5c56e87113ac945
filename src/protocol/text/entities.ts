/**
 * The formatting of a text as it may be sent: Telegram's types, inside the text, and each inside or beside every other.
 * Offsets and lengths in UTF-16 units.
 */
import { BadInputError, LIMITS, peerIdText, keyFromPeerId } from '../wire/index.js'

/** Formatting of a stretch of text. */
export interface TextEntity { type: string, offset: number, length: number, value?: string }

/** Styles may stand in each other and in all that is no code. */
const STYLES: ReadonlySet<string> = new Set(['bold', 'italic', 'underline', 'strikethrough', 'spoiler'])
const CODE: ReadonlySet<string> = new Set(['code', 'pre'])
/** What names something: none stands in another. */
const NAMES: ReadonlySet<string> = new Set(['text_link', 'text_mention', 'mention', 'url', 'email', 'hashtag', 'bot_command', 'custom_emoji'])
const VALUED: ReadonlySet<string> = new Set(['text_link', 'text_mention', 'custom_emoji', 'pre'])
const SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:', 'tel:', 'petrel:'])
const LANGUAGE_UNITS = 64

const isKnown = (type: string): boolean => STYLES.has(type) || CODE.has(type) || NAMES.has(type) || type === 'blockquote'
const endOf = ({ offset, length }: TextEntity): number => offset + length

/**
 * The formatting in order (by offset, the longer first), equal styles that meet made one.
 *
 * @throws BadInputError for a type that is not Telegram's, what is outside the text, cuts a character in two, crosses
 * another or may not stand in it, an address of another scheme; more than `LIMITS.entities`
 */
export function canonicalEntities (text: string, given: readonly TextEntity[]): TextEntity[] {
  for (const entity of given) requireSound(text, entity)
  const entities = merged(given).sort((a, b) => a.offset - b.offset || b.length - a.length || rank(a) - rank(b))
  if (entities.length > LIMITS.entities) throw new BadInputError(`a text has at most ${LIMITS.entities} entities, this one has ${entities.length}`)
  requireNested(entities)
  return entities
}

// Of two at the same place the quote is outside, and code inside.
function rank ({ type }: TextEntity): number { return type === 'blockquote' ? 0 : NAMES.has(type) ? 1 : CODE.has(type) ? 3 : 2 }

function requireSound (text: string, entity: TextEntity): void {
  const { type, offset, length, value } = entity
  if (!isKnown(type)) throw new BadInputError(`there is no formatting "${type.slice(0, 40)}"`)
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 1) throw new BadInputError(`the ${type} has no place in the text: its offset is at least 0 and its length at least 1`)
  if (endOf(entity) > text.length) throw new BadInputError(`the ${type} ends at ${endOf(entity)}, after the text's end at ${text.length}`)
  for (const at of [offset, endOf(entity)]) if (isInside(text, at)) throw new BadInputError(`the ${type} cuts the character at ${at - 1} in two: offsets count UTF-16 units`)
  if (value !== undefined && !VALUED.has(type)) throw new BadInputError(`a ${type} has no value`)
  if (type === 'text_link') requireAddress(value)
  if (type === 'text_mention') requireAccount(value)
  if (type === 'custom_emoji' && (value === undefined || value === '')) throw new BadInputError('a custom_emoji has the emoji\'s id as its value')
  if (type === 'pre' && value !== undefined && (value.length > LANGUAGE_UNITS || !/^[^\s`]+$/u.test(value))) throw new BadInputError('the value of a pre is the name of a language, without spaces')
}

/** Whether a place is between the halves of one character. */
function isInside (text: string, at: number): boolean { return at > 0 && at < text.length && (text.codePointAt(at - 1) ?? 0) > 0xffff }

function requireAddress (value: string | undefined): void { if (value === undefined || !isAddress(value)) throw new BadInputError(`a link leads to an address with http, https, mailto, tel or petrel, of at most ${LIMITS.entityValueBytes} bytes`) }

/** Whether a text is an address that a link may lead to. */
export function isAddress (text: string): boolean { return Buffer.byteLength(text) <= LIMITS.entityValueBytes && URL.canParse(text) && SCHEMES.has(new URL(text).protocol) }

function requireAccount (value: string | undefined): void { if (value === undefined || !isAccount(value)) throw new BadInputError('a text_mention has an account\'s id as its value') }

/** Whether a text is an account's id as it is written. */
export function isAccount (text: string): boolean {
  try {
    return peerIdText(keyFromPeerId(text)) === text
  } catch {
    return false
  }
}

/** Equal styles that touch or overlap are one: they look like one. */
function merged (given: readonly TextEntity[]): TextEntity[] {
  const out: TextEntity[] = given.filter(({ type }) => !STYLES.has(type)).map(copy)
  for (const style of STYLES) {
    const all = given.filter(({ type }) => type === style).map(copy).sort((a, b) => a.offset - b.offset)
    let last: TextEntity | undefined
    for (const entity of all) {
      if (last === undefined || entity.offset > endOf(last)) out.push(last = entity)
      else last.length = Math.max(endOf(last), endOf(entity)) - last.offset
    }
  }
  return out
}

function copy ({ type, offset, length, value }: TextEntity): TextEntity { return { type, offset, length, ...value === undefined ? {} : { value } } }

/** Looks at each in the ones that are open where it begins. */
function requireNested (sorted: readonly TextEntity[]): void {
  const open: TextEntity[] = []
  for (const entity of sorted) {
    while (open.length > 0 && endOf(open.at(-1) ?? entity) <= entity.offset) open.pop()
    for (const outer of open) {
      if (endOf(outer) < endOf(entity)) throw new BadInputError(`the ${entity.type} at ${entity.offset} and the ${outer.type} at ${outer.offset} cross: one must be inside the other`)
      if (!mayHold(outer, entity)) throw new BadInputError(`a ${entity.type} may not stand in a ${outer.type}`)
    }
    open.push(entity)
  }
}

function mayHold (outer: TextEntity, inner: TextEntity): boolean {
  if (CODE.has(outer.type)) return false
  if (CODE.has(inner.type)) return outer.type === 'blockquote'
  if (NAMES.has(outer.type) && NAMES.has(inner.type)) return false
  return !(outer.type === 'blockquote' && inner.type === 'blockquote')
}
