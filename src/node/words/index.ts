/** The door of `node/words`: what was begun to be written, and what waits for its time. */
export { decodeDraft, DraftBook } from './draft-book.js'
export { draftView } from './draft-view.js'
export { dueParts } from './due.js'
export { mentionsIn, type Named } from './mentions.js'
export { ScheduledBook } from './scheduled-book.js'
export type { Scheduled } from './scheduled.js'
