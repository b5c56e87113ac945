/** Where an appended item stands, and who says so. */
import type { Attested, ChainLink, KeyBytes, Receipt } from '../../protocol/wire/index.js'

/**
 * An item's place in its log. `said` are the home's own words: of the item itself, or of the last one of its call, to which
 * the chain leads from it through `past`.
 */
export interface Placed { readonly statement: Receipt, readonly home: KeyBytes, readonly said: Attested<Receipt>, readonly past?: ChainLink }
