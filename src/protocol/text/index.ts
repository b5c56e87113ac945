/** The door of `protocol/text`: text as it is typed, and its formatting as it is sent. */
export { canonicalEntities } from './entities.js'
export { foundEntities } from './found.js'
export { parseText, type FormattedText, type TextFormat } from './parse.js'
