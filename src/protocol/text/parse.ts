/** Text with its formatting written in it, as text and entities. */
import { BadInputError, LIMITS } from '../wire/index.js'
import { canonicalEntities, type TextEntity } from './entities.js'
import { fitted } from './fitted.js'
import { fromHtml } from './html.js'
import { fromMarkdown } from './markdown.js'

/** How formatting is written. */
export type TextFormat = 'markdown' | 'html'

/** A text and its formatting, in UTF-16 units. */
export interface FormattedText { text: string, entities: TextEntity[] }

/**
 * Reads a formatted text. White space at its ends goes.
 *
 * @throws BadInputError for HTML out of form, more than `LIMITS.formattedUnits`, Markdown of nothing but marks, and as {@link canonicalEntities}
 */
export function parseText (source: string, format: TextFormat): FormattedText {
  if (source.length > LIMITS.formattedUnits) throw new BadInputError(`a formatted text has at most ${LIMITS.formattedUnits} UTF-16 units, this one has ${source.length}`)
  if (format === 'markdown') requireFewMarks(source)
  const plain = source.replaceAll('\r\n', '\n')
  const { text, entities } = trimmed(format === 'html' ? fromHtml(plain) : fromMarkdown(plain))
  return { text, entities: canonicalEntities(text, fitted(entities)) }
}

function requireFewMarks (source: string): void {
  const marks = source.replace(/[^*_~`|[\]()<>\\!]/g, '').length
  if (marks > LIMITS.markdownMarks) throw new BadInputError(`a text in Markdown has at most ${LIMITS.markdownMarks} characters that mark something, this one has ${marks}: send it without a format, or as a file`)
}

function trimmed ({ text, entities }: FormattedText): FormattedText {
  const whole = text.trimEnd()
  const cut = whole.length - whole.trimStart().length
  const moved = entities.map(entity => {
    const from = Math.max(0, entity.offset - cut)
    return { ...entity, offset: from, length: Math.min(whole.length, entity.offset + entity.length) - cut - from }
  })
  return { text: whole.slice(cut), entities: moved.filter(({ length }) => length > 0) }
}
