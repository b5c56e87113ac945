/** What a batch of entries tells about one message. */
import type { NumberedRow } from '../timeline.js'
import type { Facts } from './facts.js'

/** The message's row, and its facts before the batch and after it. */
export interface AboutDraft { readonly found: NumberedRow, readonly before: Facts, readonly after: Facts }
