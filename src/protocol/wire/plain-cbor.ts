/** What writing and reading plain dag-cbor share. */

/** Says that the library is to be asked. One for all: its stack says nothing, and making one costs more than a value. */
export const NOT_PLAIN = new Error('not plain dag-cbor')

/** The longest key of a plain map. */
export const NAME_BYTES = 32
