/** Formatting as a format's nesting gives it, made what may be sent: code is only code, a link in a link is the outer one, a quote in a quote is one quote. */
import type { TextEntity } from './entities.js'

const isCode = ({ type }: TextEntity): boolean => type === 'code' || type === 'pre'
const isLink = ({ type }: TextEntity): boolean => type === 'text_link' || type === 'text_mention' || type === 'custom_emoji'
const endOf = ({ offset, length }: TextEntity): number => offset + length
const holds = (outer: TextEntity, inner: TextEntity): boolean => outer !== inner && outer.offset <= inner.offset && endOf(outer) >= endOf(inner)
const meet = (a: TextEntity, b: TextEntity): boolean => a.offset < endOf(b) && b.offset < endOf(a)

/** See the file's head. */
export function fitted (entities: readonly TextEntity[]): TextEntity[] {
  const quotes = entities.filter(({ type }) => type === 'blockquote')
  const links = entities.filter(isLink).filter((one, i, all) => !all.some((other, j) => holds(other, one) && (!holds(one, other) || j > i)))
  const code = entities.filter(isCode).filter(one => !links.some(link => holds(link, one))).filter((one, i, all) => !all.some((other, j) => holds(other, one) && (!holds(one, other) || j > i)))
  const clear = links.filter(link => !code.some(one => meet(one, link)))
  const styles = entities.filter(one => !isCode(one) && !isLink(one) && one.type !== 'blockquote').flatMap(style => around(style, code))
  return [...quotes.filter((one, i) => !quotes.some((other, j) => holds(other, one) && (!holds(one, other) || j > i))), ...clear, ...code, ...styles]
}

/** The parts of a style that are no code. */
function around (style: TextEntity, code: readonly TextEntity[]): TextEntity[] {
  let parts = [style]
  for (const one of code) parts = parts.flatMap(part => meet(part, one) ? [{ ...part, length: one.offset - part.offset }, { ...part, offset: endOf(one), length: endOf(part) - endOf(one) }].filter(({ length }) => length > 0) : [part])
  return parts
}
