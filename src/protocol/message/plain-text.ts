/** A text and nothing else, which nearly all bodies are, read without a map: see PlainItems. */
import { itemBytes, PlainItems } from '../wire/index.js'

const MAP_OF_TWO = 0xa2
const START = itemBytes(MAP_OF_TWO, 'k', 'text', 'text')

/** The text of a body that has no other field; undefined for any other form. */
export function plainText (bytes: Uint8Array): string | undefined {
  const items = new PlainItems(bytes)
  items.pass(START)
  const text = items.text()
  return items.isWhole ? text : undefined
}
