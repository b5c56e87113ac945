/** What the calls of errands need. */
import type { Petrel } from '../../protocol/api/index.js'
import type { Context } from '../context.js'
import type { Input } from './state.js'

/** See the file's head. */
export interface CallOptions { readonly petrel: Petrel, readonly signal: AbortSignal, readonly context: Context, readonly dispatch: (input: Input) => void }
