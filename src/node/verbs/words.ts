/** What is said, as it is typed and as it is sent: formatting is read and checked, and members who are named are found. */
import type { TextEntity, TextFormat } from '../../protocol/api/index.js'
import { foldedName } from '../../protocol/message/index.js'
import { canonicalEntities, foundEntities, parseText, type FormattedText } from '../../protocol/text/index.js'
import { BadInputError, LIMITS, peerIdText, TooLargeError, type KeyBytes } from '../../protocol/wire/index.js'
import type { Chat } from '../chats/index.js'
import type { NodeCore } from '../core.js'
import { mentionsIn, type Named } from '../words/index.js'

/** How a text is formatted: by entities, in the text itself, or not at all. */
export interface Formatting { entities?: TextEntity[], format?: TextFormat }

/**
 * The text and the formatting that are sent. Without entities of the caller's own, addresses, tags and members who are
 * named with an @ are found.
 *
 * @throws BadInputError, TooLargeError over `LIMITS.textUnits`
 */
export function spoken (core: NodeCore, chat: Chat, typed: string, formatting: Formatting): FormattedText { return formattedText(typed, formatting, () => namesIn(core, chat)) }

/** The same where `names` are those that can be mentioned. @throws as {@link spoken} */
export function formattedText (typed: string, { entities, format }: Formatting, names: () => Named[]): FormattedText {
  if (!typed.isWellFormed()) throw new BadInputError('the text is not well-formed Unicode')
  if (entities !== undefined && format !== undefined) throw new BadInputError('formatting is given by entities or by a format, not by both')
  if (format === undefined) requireFits(typed)
  const { text, entities: formatted } = format === undefined ? { text: typed, entities: canonicalEntities(typed, entities ?? []) } : parseText(typed, format)
  requireFits(text)
  if (entities !== undefined) return { text, entities: formatted }
  const mentioned = mentionsIn(text, formatted, names)
  return { text, entities: canonicalEntities(text, [...formatted, ...mentioned, ...foundEntities(text, [...formatted, ...mentioned])].slice(0, LIMITS.entities)) }
}

/** @throws TooLargeError */
function requireFits (text: string): void {
  if (text.length > LIMITS.textUnits) throw new TooLargeError(`a message has at most ${LIMITS.textUnits} UTF-16 units of text, this one has ${text.length}: split it`, { details: { units: text.length, limit: LIMITS.textUnits } })
}

/** What the members of a chat are called: by this person, and by themselves where nobody else is called so. */
function namesIn (core: NodeCore, chat: Chat): Named[] {
  const shown = chat.record.members.map(({ account }) => ({ name: chat.nameOf(account), account: peerIdText(account), own: ownName(core, chat, account) }))
  const taken = new Set(shown.map(({ name }) => foldedName(name)))
  return shown.flatMap(({ name, account, own }) => [{ name, account }, ...own === undefined || taken.has(foldedName(own)) ? [] : [{ name: own, account }]])
}

/** What a member calls itself, where that is known. */
function ownName (core: NodeCore, { names }: Chat, account: KeyBytes): string | undefined { return names.get(account) ?? core.contacts.get(account)?.selfName ?? undefined }
